// record/detail/payload_input.h: where the fields of records are read from. A call that returns false has nothing
// to give and leaves the reason in `error()`; the input is then of no further use.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "record/compression.h"
#include "record/varint.h"

namespace sluice::detail {

/// Fields in bytes that lie there: an uncompressed payload, or one record of a compressed one.
class SpanInput {
 public:
  SpanInput() = default;
  /// `position` is where `bytes` begin, for messages.
  explicit SpanInput(Bytes bytes, std::size_t position = 0)
      : start_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()), base_(position) {}

  std::size_t position() const { return base_ + static_cast<std::size_t>(at_ - start_); }
  bool at_end() const { return at_ == end_; }
  bool failed() const { return false; }

  bool read_byte(std::int8_t& value) {
    if (at_ == end_) return false;
    value = static_cast<std::int8_t>(*at_++);
    return true;
  }
  bool read_varint(std::int32_t& value) { return get_varint(at_, end_, value); }
  bool read_varlong(std::int64_t& value) { return get_varlong(at_, end_, value); }
  /// The next `size` bytes, where they lie.
  bool take(std::size_t size, Bytes& bytes) {
    if (size > static_cast<std::size_t>(end_ - at_)) return false;
    bytes = {at_, size};
    at_ += size;
    return true;
  }
  bool gather(std::size_t size, Bytes& bytes) { return take(size, bytes); }
  const std::byte* here() const { return at_; }

  Error error() const { return {Errc::corrupt, "data ends early, or a number is too long"}; }

 private:
  const std::byte* start_ = nullptr;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  std::size_t base_ = 0;
};

/// Fields in what a decompressor gives, in its window. Bytes are passed over, or gathered one record at a time.
class StreamInput {
 public:
  /// `decompressor` has been started; nobody else may use it as long as this lives.
  explicit StreamInput(Decompressor& decompressor)
      : decompressor_(&decompressor), window_(&decompressor.window()) {}

  std::size_t position() const { return base_ + begin_; }
  /// Whether the payload ends here. Reads on to find out; false if that fails.
  bool at_end() { return begin_ == end_ && !fill() && !failure_; }
  bool failed() const { return failure_.has_value(); }

  bool read_byte(std::int8_t& value);
  bool read_varint(std::int32_t& value);
  bool read_varlong(std::int64_t& value);
  /// Passes over `size` bytes; `bytes` is left without any.
  bool take(std::size_t size, Bytes& bytes);
  const std::byte* here() const { return nullptr; }

  /// Gathers the next `size` bytes; they stay until the next call. Takes memory only as they come.
  bool gather(std::size_t size, Bytes& bytes);
  /// Gives the last `size` gathered bytes again.
  void unread(std::size_t size) { begin_ -= size; }

  Error error() const {
    return failure_.value_or(Error{Errc::corrupt, "data ends early, or a number is too long"});
  }

 private:
  std::size_t at_hand() const { return end_ - begin_; }
  /// Reads on behind what is at hand, which moves to the window's front. False at the end, or after a failure.
  bool fill();
  void reserve_number();

  Decompressor* decompressor_;
  Buffer* window_;
  std::size_t base_ = 0;   // The position in the payload at which the window's contents begin.
  std::size_t begin_ = 0;  // What is at hand, in the window.
  std::size_t end_ = 0;
  bool ended_ = false;
  std::optional<Error> failure_;
};

}  // namespace sluice::detail
