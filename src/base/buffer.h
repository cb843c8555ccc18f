// base/buffer.h: owned bytes that can be handed over whole.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace sluice {

/// Bytes of its own, growing at the end. Moves, never copies by itself. What growing adds is not initialised.
/// Views of it end when it grows, moves or dies.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) { resize(size); }
  static Buffer copy_of(Bytes bytes);

  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::byte* data() { return bytes_.get(); }
  const std::byte* data() const { return bytes_.get(); }

  MutableBytes bytes() { return {bytes_.get(), size_}; }
  Bytes bytes() const { return {bytes_.get(), size_}; }

  /// Makes the size `size`; new bytes have no set value. Room grows at least by half, so that appends are cheap.
  void resize(std::size_t size);
  void reserve(std::size_t capacity);
  void append(Bytes bytes);
  void clear() { size_ = 0; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace sluice
