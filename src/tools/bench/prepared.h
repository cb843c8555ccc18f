// tools/bench/prepared.h: requests that are encoded once and sent many times.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/loop.h"
#include "base/result.h"
#include "record/compression.h"
#include "wire/frame.h"

namespace sluice::tools::bench {

/// What records a batch is made of.
struct BatchShape {
  std::size_t batch_bytes = 16'384;  ///< At most, before compression; one record at least.
  std::size_t record_bytes = 1'024;  ///< Of a record's value.
  Compression compression;
};

/// One batch with a valid CRC, of records whose values are letters by chance, the same in every run.
struct PreparedBatch {
  Buffer bytes;
  std::uint64_t record_count = 0;

  /// `now` is the records' timestamp. Errors: too_large.
  static Result<PreparedBatch> make(const BatchShape& shape, WallTime now);
};

/// A request of which only the correlation id changes from one sending to the next. That stands in the first
/// kPrefix bytes, which each sender has for itself; the others are shared by all.
class PreparedRequest {
 public:
  static constexpr std::size_t kPrefix = 12;  ///< Size, API key, version, correlation id.
  using Prefix = std::array<std::byte, kPrefix>;

  /// The bytes of `externals` by their tokens; they must stay.
  PreparedRequest(wire::Frame frame, std::span<const Bytes> externals);
  PreparedRequest(const PreparedRequest&) = delete;
  PreparedRequest& operator=(const PreparedRequest&) = delete;

  Prefix prefix(std::int32_t correlation_id) const;
  /// What follows the prefix.
  std::span<const Bytes> parts() const { return parts_; }
  /// Where in the frame a number stands, for those who change it between two sendings. Needs to be unique in it.
  std::size_t find(std::int64_t number) const;
  void set(std::size_t position, std::int64_t number) {
    store<std::int64_t>(frame_.bytes.bytes(), position, number);
  }

 private:
  wire::Frame frame_;
  std::vector<Bytes> parts_;
};

}  // namespace sluice::tools::bench
