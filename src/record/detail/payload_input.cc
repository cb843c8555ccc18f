#include "record/detail/payload_input.h"

#include <cstring>

namespace sluice::detail {

bool StreamInput::fill() {
  if (ended_ || failure_) return false;
  if (begin_ > 0) {
    std::memmove(window_->data(), window_->data() + begin_, at_hand());
    base_ += begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == window_->size()) return false;
  const Result<std::size_t> size = decompressor_->read(window_->bytes().subspan(end_));
  if (!size) {
    failure_ = size.error();
    return false;
  }
  end_ += *size;
  ended_ = *size == 0;
  return !ended_;
}

// Brings a whole number to hand, unless the payload ends before.
void StreamInput::reserve_number() {
  while (at_hand() < kVarlongSizeMax && fill()) {
  }
}

bool StreamInput::read_byte(std::int8_t& value) {
  if (begin_ == end_ && !fill()) return false;
  value = static_cast<std::int8_t>(window_->data()[begin_++]);
  return true;
}

bool StreamInput::read_varint(std::int32_t& value) {
  reserve_number();
  const std::byte* at = window_->data() + begin_;
  const bool read = get_varint(at, window_->data() + end_, value);
  begin_ = static_cast<std::size_t>(at - window_->data());
  return read && !failure_;
}

bool StreamInput::read_varlong(std::int64_t& value) {
  reserve_number();
  const std::byte* at = window_->data() + begin_;
  const bool read = get_varlong(at, window_->data() + end_, value);
  begin_ = static_cast<std::size_t>(at - window_->data());
  return read && !failure_;
}

bool StreamInput::take(std::size_t size, Bytes& bytes) {
  bytes = {};
  while (size > at_hand()) {
    size -= at_hand();
    begin_ = end_;
    if (!fill()) return false;
  }
  begin_ += size;
  return true;
}

bool StreamInput::gather(std::size_t size, Bytes& bytes) {
  while (at_hand() < size) {
    // `size` is only what a record claims: room doubles as its bytes arrive.
    if (at_hand() == window_->size()) window_->resize(std::min(size, 2 * window_->size()));
    if (!fill()) return false;
  }
  bytes = window_->bytes().subspan(begin_, size);
  begin_ += size;
  return true;
}

}  // namespace sluice::detail
