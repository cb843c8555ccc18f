// client/request.h: messages as they leave, and as they come back.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "client/failure.h"
#include "net/frame_reader.h"
#include "net/request_channel.h"
#include "wire/api_table.h"
#include "wire/message.h"
#include "wire/reader.h"
#include "wire/writer.h"

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

namespace detail {
/// The frame's head: room for the size, then the header. The correlation id is left to the channel.
Result<Buffer> begin_request(ApiKey key, std::int16_t version, std::string_view client_id, std::size_t body_size);
/// Passes over the header of a response.
Result<void> skip_response_header(wire::Reader& in, ApiKey key, std::int16_t version);
}  // namespace detail

/// Encodes `request` with its header. The tokens of its external records are indexes of `sources`.
/// Errors: as of encoded_size: the version cannot carry what is set.
template <class Request>
Result<OutgoingRequest> make_request(const Request& request, std::int16_t version, std::string_view client_id,
                                     std::vector<RecordsSource> sources = {}) {
  const Result<wire::EncodedSize> size = request.encoded_size(version);
  if (!size) return fail(size.error());
  Result<Buffer> frame = detail::begin_request(Request::kApiKey, version, client_id, size->written);
  if (!frame) return fail(std::move(frame.error()));
  const std::size_t head = frame->size();
  frame->resize(head + size->written);
  std::vector<wire::External> externals;
  wire::Writer out(frame->bytes().subspan(head), &externals);
  request.encode(out, version);
  OutgoingRequest outgoing{.written = std::move(*frame), .inserts = {}};
  outgoing.inserts.reserve(externals.size());
  for (const wire::External& external : externals) {
    RecordsSource& source = sources.at(external.token);
    outgoing.inserts.push_back({head + external.position, source.bytes, std::move(source.owner)});
  }
  return outgoing;
}

/// Decodes a response of `version`. Errors: as of decode.
template <class Response>
Result<Answer<Response>> read_response(Frame frame, std::int16_t version) {
  wire::Reader in(frame.bytes.bytes());
  if (Result<void> skipped = detail::skip_response_header(in, Response::kApiKey, version); !skipped)
    return fail(std::move(skipped.error()));
  Result<Response> message = Response::decode(in, version);
  if (!message) return fail(std::move(message.error()));
  return Answer<Response>{std::move(frame), std::move(*message), version};
}

}  // namespace sluice::client
