// base/bytes.h: views of bytes, and big-endian numbers in them.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/assert.h"

namespace sluice {

/// Bytes that someone else owns; valid for as long as that owner says.
using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {
template <std::integral T>
constexpr T swap_bytes(T value) {
  using U = std::make_unsigned_t<T>;
  const auto bits = static_cast<U>(value);
  if constexpr (sizeof(T) == 1)
    return value;
  else if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(bits));
  else if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(bits));
  else
    return static_cast<T>(__builtin_bswap64(bits));
}
}  // namespace detail

/// The big-endian number at `at`, which the caller has checked to lie within `bytes`.
template <std::integral T>
T load(Bytes bytes, std::size_t at) {
  SLUICE_ASSERT(at + sizeof(T) <= bytes.size());
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  if constexpr (std::endian::native == std::endian::little) value = detail::swap_bytes(value);
  return value;
}

/// Writes a big-endian number at `at`, which the caller has checked to lie within `bytes`.
template <std::integral T>
void store(MutableBytes bytes, std::size_t at, T value) {
  SLUICE_ASSERT(at + sizeof(T) <= bytes.size());
  if constexpr (std::endian::native == std::endian::little) value = detail::swap_bytes(value);
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

}  // namespace sluice
