// coordinator/refusal.h: why a group does not do what it was asked to: a code for the client, a sentence for a
// person.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

#include "wire/error_code.h"

namespace sluice {

struct Refusal {
  ErrorCode code;
  std::string message;
};

template <class T>
using Granted = std::expected<T, Refusal>;

template <class... Args>
std::unexpected<Refusal> refused(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected<Refusal>(Refusal{code, fmt::format(format, std::forward<Args>(args)...)});
}
inline std::unexpected<Refusal> refused(Refusal refusal) { return std::unexpected<Refusal>(std::move(refusal)); }

}  // namespace sluice
