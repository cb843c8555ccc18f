// tools/bench/answer.h: requests that are encoded when they are sent, and answers opened.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "base/assert.h"
#include "tools/bench/prepared.h"
#include "wire/error_code.h"

namespace sluice::tools::bench {

/// The last request of a conversation in which every request depends on the answers before.
class FreshRequest {
 public:
  /// `request` is one that `version` can carry.
  template <class Request>
  const PreparedRequest& encode(const Request& request, std::int16_t version,
                                std::span<const Bytes> externals = {}) {
    Result<wire::Frame> frame = wire::encode_request(request, version, 0, "bench");
    SLUICE_ASSERT(frame.has_value());
    return request_.emplace(std::move(*frame), externals);
  }

 private:
  std::optional<PreparedRequest> request_;
};

/// The message in an answer to a request of `version`; views of `frame`. Errors: corrupt.
template <class Response>
Result<Response> open_answer(Bytes frame, std::int16_t version) {
  const auto opened = wire::open_response(frame, wire::api_info(Response::kApiKey), version);
  if (!opened) return fail(opened.error());
  return wire::decode<Response>(opened->body, version);
}

/// Whether what was asked may be asked again soon: the coordinator is being made, or the transaction before is not
/// complete.
inline bool comes_later(ErrorCode code) {
  return code == ErrorCode::coordinator_load_in_progress || code == ErrorCode::coordinator_not_available ||
         code == ErrorCode::not_coordinator || code == ErrorCode::concurrent_transactions;
}
/// How long to wait until then: what Kafka's producer waits for a transaction.
inline constexpr std::chrono::milliseconds kSoon{20};

/// An error code as a sentence: what was asked, and what the server says of it.
inline std::unexpected<Error> refused(std::string_view what, ErrorCode code, std::string_view why = {}) {
  return fail(Errc::io, "{}: {} {}", what, name(code), why);
}

}  // namespace sluice::tools::bench
