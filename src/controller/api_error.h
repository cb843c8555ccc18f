// controller/api_error.h: why something was refused, as the answer tells it.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "wire/error_code.h"

namespace sluice {

/// An error code of the protocol and a sentence for a person, in Kafka's words where Kafka has some: people's
/// scripts look for them.
struct ApiError {
  ErrorCode code = ErrorCode::none;
  std::string text;
};

/// A value, or why there is none.
template <class T>
using OrApiError = std::expected<T, ApiError>;

template <class... Args>
std::unexpected<ApiError> refuse(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(ApiError{code, fmt::format(format, std::forward<Args>(args)...)});
}
/// With the code's own sentence.
inline std::unexpected<ApiError> refuse(ErrorCode code) {
  return std::unexpected(ApiError{code, std::string(message(code))});
}

/// Puts an error into an answer's item; the text is copied into `arena`.
template <class Item>
void set_error(Item& item, const ApiError& error, Arena& arena) {
  item.error_code = error.code;
  item.error_message = arena.copy(error.text);
}
template <class Item>
void set_no_error(Item& item) {
  item.error_code = ErrorCode::none;
  item.error_message = std::nullopt;
}

}  // namespace sluice
