// client/request.h: messages as they leave, and as they come back.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "net/frame_reader.h"
#include "net/request_channel.h"
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
template <class Request>
Result<OutgoingRequest> make_request(const Request& request, std::int16_t version, std::string_view client_id,
                                     std::vector<RecordsSource> sources = {}) {
  Result<wire::Frame> frame = wire::encode_request(request, version, 0, client_id);
  if (!frame) return fail(std::move(frame.error()));
  OutgoingRequest outgoing{.written = std::move(frame->bytes), .inserts = {}};
  outgoing.inserts.reserve(frame->externals.size());
  for (const wire::External& external : frame->externals) {
    RecordsSource& source = sources.at(external.token);
    outgoing.inserts.push_back({external.position, source.bytes, std::move(source.owner)});
  }
  return outgoing;
}

/// Decodes a response of `version`. Errors: as of decode.
template <class Response>
Result<Answer<Response>> read_response(Frame frame, std::int16_t version) {
  const Result<wire::OpenedResponse> opened =
      wire::open_response(frame.bytes.bytes(), wire::api_info(Response::kApiKey), version);
  if (!opened) return fail(opened.error());
  Result<Response> message = wire::decode<Response>(opened->body, version);
  if (!message) return fail(std::move(message.error()));
  // What was asked for is bounded by how it was asked; the answer may outlive the client.
  frame.share.release();
  return Answer<Response>{std::move(frame), std::move(*message), version};
}

}  // namespace sluice::client
