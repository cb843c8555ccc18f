// controller/revoke.h: an answer whose records could not be committed.
#pragma once

#include "base/result.h"
#include "controller/api_error.h"
#include "controller/decision.h"

namespace sluice {

/// What a failed append means to a client.
ApiError api_error(const Error& error);

namespace detail {

template <class Item>
void revoke_item(Item& item, const ApiError& error, Arena& arena) {
  if (item.error_code != ErrorCode::none) return;  // It was refused before, for a better reason.
  item.error_code = error.code;
  if constexpr (requires { item.error_message; }) item.error_message = arena.copy(error.text);
  if constexpr (requires { item.configs; }) item.configs = std::nullopt;
}

}  // namespace detail

/// Makes every success in an answer a failure: nothing of it has happened, as far as anyone can tell.
template <class Response>
void revoke(Answer<Response>& answer, const Error& failure) {
  const ApiError error = api_error(failure);
  Arena& arena = answer.arena();
  if constexpr (requires { answer->error_code; }) detail::revoke_item(*answer, error, arena);
  if constexpr (requires { answer->topics; })
    for (auto& item : answer->topics) detail::revoke_item(item, error, arena);
  if constexpr (requires { answer->responses; })
    for (auto& item : answer->responses) detail::revoke_item(item, error, arena);
  if constexpr (requires { answer->results; })
    for (auto& item : answer->results) detail::revoke_item(item, error, arena);
}

}  // namespace sluice
