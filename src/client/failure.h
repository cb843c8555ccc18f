// client/failure.h: what goes wrong for a client, in the words of Kafka's protocol.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "wire/error_code.h"

namespace sluice::client {

/// What a broker answered, or what happened here put as the code that stands for it: request_timed_out for a
/// deadline, network_exception for a connection, invalid_request for a wrong argument, operation_not_attempted
/// once closed.
struct Failure {
  ErrorCode code;
  std::string what;  ///< For a person: what was tried, where, and why it failed.

  bool retriable() const { return sluice::retriable(code); }
};

template <class T>
using Outcome = std::expected<T, Failure>;

/// What a function returns to fail: `return failed(ErrorCode::invalid_request, "topic {} is …", name);`
template <class... Args>
std::unexpected<Failure> failed(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected<Failure>(Failure{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// Passes on a failure as it is.
inline std::unexpected<Failure> failed(Failure failure) { return std::unexpected<Failure>(std::move(failure)); }

/// An error of the layers below.
Failure failure_of(const Error& error);
/// An error code in an answer about `subject`, with what the broker said besides, if anything.
Failure failure_of(ErrorCode code, std::string_view subject, std::optional<std::string_view> said = std::nullopt);

/// Nothing, or the failure that `code` stands for.
inline Outcome<void> outcome_of(ErrorCode code, std::string_view subject,
                                std::optional<std::string_view> said = std::nullopt) {
  if (code == ErrorCode::none) return {};
  return failed(failure_of(code, subject, said));
}

/// Whether the error may come from metadata that are out of date, so that they should be asked for again.
bool asks_for_metadata(ErrorCode code);
/// Whether the error says that the coordinator is elsewhere or not there, so that it should be looked up again.
bool asks_for_coordinator(ErrorCode code);

}  // namespace sluice::client
