// metadata/directory_id.h: what the ids of log directories say beside naming one (KIP-858).
#pragma once

#include "wire/uuid.h"

namespace sluice {

namespace detail {
constexpr Uuid reserved_directory(std::byte last) {
  Uuid id;
  id.bytes.back() = last;
  return id;
}
}  // namespace detail

/// The broker has not said yet in which directory the replica lies.
inline constexpr Uuid kDirectoryUnassigned = detail::reserved_directory(std::byte{0});
/// In one that the broker has lost.
inline constexpr Uuid kDirectoryLost = detail::reserved_directory(std::byte{1});
/// The replica was placed before directories had ids.
inline constexpr Uuid kDirectoryMigrating = detail::reserved_directory(std::byte{2});

/// Whether the id is one of the hundred that no directory may have.
constexpr bool is_reserved_directory(const Uuid& id) {
  for (std::size_t i = 0; i + 1 < id.bytes.size(); ++i)
    if (id.bytes[i] != std::byte{0}) return false;
  return id.bytes.back() < std::byte{100};
}

}  // namespace sluice
