// record/varint.h: the zig-zag variable-length integers inside records of magic 2 (as Protocol Buffers'
// sint32/64). A value that fits 32 bits is encoded alike whether it is a varint or a varlong.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace sluice {

inline constexpr std::size_t kVarintSizeMax = 5;
inline constexpr std::size_t kVarlongSizeMax = 10;

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t bits) {
  return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
}

/// The bytes that `value` takes, 1 to 10.
constexpr std::size_t varint_size(std::int64_t value) {
  return (static_cast<std::size_t>(std::bit_width(zigzag(value) | 1)) + 6) / 7;
}

/// Writes `value` at `out`, which has room for varint_size(value) bytes. Returns the byte behind it.
inline std::byte* put_varint(std::byte* out, std::int64_t value) {
  std::uint64_t bits = zigzag(value);
  for (; bits >= 0x80; bits >>= 7) *out++ = static_cast<std::byte>(bits | 0x80);
  *out++ = static_cast<std::byte>(bits);
  return out;
}

/// Reads up to `size_max` bytes from `at` and moves it behind them. False if the number goes on beyond `end` or
/// beyond `size_max` bytes; `at` is then somewhere between.
inline bool get_varint_bits(const std::byte*& at, const std::byte* end, std::size_t size_max,
                            std::uint64_t& bits) {
  bits = 0;
  for (std::size_t n = 0; n < size_max && at != end; ++n) {
    const auto byte = std::to_integer<std::uint64_t>(*at++);
    bits |= (byte & 0x7F) << (7 * n);
    if (byte < 0x80) return true;
  }
  return false;
}

/// As get_varint_bits, for a 64-bit number.
inline bool get_varlong(const std::byte*& at, const std::byte* end, std::int64_t& value) {
  std::uint64_t bits;
  if (!get_varint_bits(at, end, kVarlongSizeMax, bits)) return false;
  value = unzigzag(bits);
  return true;
}

/// As get_varint_bits, for a 32-bit number; bits beyond 32 are dropped, as Kafka does.
inline bool get_varint(const std::byte*& at, const std::byte* end, std::int32_t& value) {
  std::uint64_t bits;
  if (!get_varint_bits(at, end, kVarintSizeMax, bits)) return false;
  value = static_cast<std::int32_t>(unzigzag(bits & 0xFFFFFFFF));
  return true;
}

}  // namespace sluice
