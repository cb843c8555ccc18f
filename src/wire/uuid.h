// wire/uuid.h: the 128-bit ids of topics, directories, incarnations and voters, and their text.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// Sixteen bytes, big-endian as on the wire. All zero stands for "none".
struct Uuid {
  std::array<std::byte, 16> bytes{};

  /// Reads the 22 characters of Kafka's text. Errors: invalid_argument.
  static Result<Uuid> parse(std::string_view text);

  /// Kafka's text: url-safe base64 without padding, always 22 characters.
  std::string text() const;
  bool is_zero() const { return *this == Uuid{}; }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace sluice

template <>
struct std::hash<sluice::Uuid> {
  // The ids are random numbers made by us or by a peer broker, so any eight of the bytes will do; both halves are
  // mixed because the two reserved ids differ in the last byte only.
  std::size_t operator()(const sluice::Uuid& id) const noexcept {
    std::size_t halves[2];
    std::memcpy(halves, id.bytes.data(), sizeof(halves));
    return halves[0] * 31 + halves[1];
  }
};
