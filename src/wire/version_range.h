// wire/version_range.h: which versions of a message there are.
#pragma once

#include <cstdint>

namespace sluice::wire {

/// The versions from `low` to `high`, both included; none where `high` is less than `low`.
struct VersionRange {
  std::int16_t low = 0;
  std::int16_t high = -1;

  constexpr bool contains(std::int16_t version) const { return low <= version && version <= high; }
  constexpr bool empty() const { return high < low; }
  friend constexpr bool operator==(VersionRange, VersionRange) = default;
};

/// The first flexible version of a message that never is flexible; no version reaches it.
inline constexpr std::int16_t kNeverFlexible = INT16_MAX;

}  // namespace sluice::wire
