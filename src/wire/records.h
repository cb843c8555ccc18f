// wire/records.h: the value of a `records` field: record batches in memory, or a stretch of a file sent from
// there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/bytes.h"

namespace sluice::wire {

/// Record batches, not looked into. Decoding yields a view of the frame. For encoding they are either bytes in
/// memory, which are copied into the frame, or external: the frame leaves them out and says where they belong, so
/// that the sender can put them there from a file or from memory of its own (see Frame).
class Records {
 public:
  Records() = default;
  Records(Bytes bytes) : data_(bytes.data()), size_(bytes.size()) {}

  /// `size` bytes that the sender knows by `token`: an index, or a pointer as a number.
  static Records external(std::size_t size, std::uint64_t token) {
    Records records;
    records.size_ = size;
    records.token_ = token;
    records.external_ = true;
    return records;
  }

  std::size_t size() const { return size_; }
  bool is_external() const { return external_; }

  Bytes bytes() const {
    SLUICE_ASSERT(!external_);
    return {data_, size_};
  }

  std::uint64_t token() const {
    SLUICE_ASSERT(external_);
    return token_;
  }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t token_ = 0;
  bool external_ = false;
};

}  // namespace sluice::wire
