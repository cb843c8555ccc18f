// wire/detail/element.h: the values that arrays hold beside structs, and how many bytes of the wire each takes.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "base/id.h"
#include "wire/uuid.h"

namespace sluice::wire::detail {

template <class T>
struct IdRep {};
template <class Kind, class Rep>
struct IdRep<Id<Kind, Rep>> {
  using type = Rep;
};

template <class T>
concept IdNumber = requires { typename IdRep<T>::type; };

/// A number, or an Id of one.
template <class T>
concept Number = std::integral<T> || IdNumber<T>;

/// The number as it stands on the wire.
template <Number T>
using Rep = typename std::conditional_t<IdNumber<T>, IdRep<T>, std::type_identity<T>>::type;

template <Number T>
constexpr Rep<T> number_of(T value) {
  if constexpr (IdNumber<T>)
    return value.value;
  else
    return value;
}

/// The least bytes that one element takes.
template <class T>
constexpr std::size_t element_size_min(bool flexible) {
  if constexpr (Number<T>)
    return sizeof(Rep<T>);
  else if constexpr (std::same_as<T, Uuid>)
    return sizeof(Uuid);
  else
    return flexible ? 1 : 2;  // A string's length.
}

}  // namespace sluice::wire::detail
