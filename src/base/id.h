// base/id.h: numbers that mean something, told apart by the compiler.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>

namespace sluice {

/// A number of one kind. Kinds neither mix nor convert; `.value` is the way out, and it shows.
template <class Kind, std::integral Rep>
struct Id {
  Rep value{};
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

}  // namespace sluice

template <class Kind, class Rep>
struct std::hash<sluice::Id<Kind, Rep>> {
  std::size_t operator()(const sluice::Id<Kind, Rep>& id) const noexcept { return std::hash<Rep>{}(id.value); }
};
