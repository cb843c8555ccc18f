// client/request.h: messages as they leave, and as they come back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "client/failure.h"
#include "net/frame_reader.h"
#include "net/request_channel.h"
#include "wire/api_message.h"
#include "wire/frame.h"

namespace sluice::client {

/// A response with the frame that it views.
template <class Response>
struct Answer {
  Frame frame;
  Response message;
  std::int16_t version = 0;

  const Response* operator->() const { return &message; }
  const Response& operator*() const { return message; }
};

/// Bytes that a request leaves out, with who keeps them.
struct RecordsSource {
  Bytes bytes;
  std::shared_ptr<const void> owner;
};

/// Encodes `request` with its header. The tokens of its external records are indexes of `sources`.
/// Errors: as of encoded_size: the version cannot carry what is set.
Result<OutgoingRequest> make_request(wire::ApiMessage request, std::int16_t version, std::string_view client_id,
                                     std::vector<RecordsSource> sources = {});

/// Where the response to a request goes, whatever its type.
class ResponseTaker {
 public:
  /// Decodes a response of `version`. Errors: as of decode.
  virtual Result<void> take(Frame frame, std::int16_t version) = 0;

 protected:
  ~ResponseTaker() = default;
};

/// The body of a response of `version`, which views the frame. Errors: corrupt.
Result<Bytes> open_answer(const Frame& frame, ApiKey api, std::int16_t version);

template <class Response>
class Taken final : public ResponseTaker {
 public:
  Result<void> take(Frame frame, std::int16_t version) override {
    const Result<Bytes> body = open_answer(frame, Response::kApiKey, version);
    if (!body) return fail(body.error());
    Result<Response> message = wire::decode<Response>(*body, version);
    if (!message) return fail(std::move(message.error()));
    // What was asked for is bounded by how it was asked; the answer may outlive the client.
    frame.share.release();
    answer_.emplace(std::move(frame), std::move(*message), version);
    return {};
  }

  /// What was taken, if asking has succeeded.
  Outcome<Answer<Response>> after(Outcome<void> asked) {
    if (!asked) return failed(std::move(asked.error()));
    return std::move(*answer_);
  }

 private:
  std::optional<Answer<Response>> answer_;
};

}  // namespace sluice::client
