#include "base/buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice {

Buffer Buffer::copy_of(Bytes bytes) {
  Buffer copy;
  copy.append(bytes);
  return copy;
}

Buffer::Buffer(Buffer&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

void Buffer::resize(std::size_t size) {
  if (size > capacity_) reserve(std::max(size, capacity_ + capacity_ / 2));
  size_ = size;
}

void Buffer::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  auto grown = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
  bytes_ = std::move(grown);
  capacity_ = capacity;
}

void Buffer::append(Bytes bytes) {
  if (bytes.empty()) return;
  const std::size_t end = size_;
  resize(end + bytes.size());
  std::memcpy(bytes_.get() + end, bytes.data(), bytes.size());
}

}  // namespace sluice
