// server/request_context.h: one request on its way through the broker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/loop.h"
#include "metadata/metadata_image.h"
#include "server/reply.h"
#include "server/session.h"
#include "wire/api_key.h"
#include "wire/reader.h"

namespace sluice {

class Broker;
class BrokerShard;

/// Lives from the frame's arrival until its answer is encoded, on the shard of its connection. What the request
/// decodes to views the frame; what the answer says may view the arena, the image and the frame.
struct RequestContext {
  Broker& broker;
  BrokerShard& shard;
  Peer& peer;
  ApiKey api_key;
  std::int16_t version = 0;
  std::int32_t correlation_id = 0;
  std::string_view client_id;
  MutableBytes body;  ///< Of the frame, behind the header.
  SteadyTime received;
  std::shared_ptr<const MetadataImage> image;  ///< As of the request's arrival.
  Arena arena;
};

/// Decodes the request, answers it with `answer` and encodes what that returns. `answer` is a coroutine of a
/// handler's file: Task<Response>(RequestContext&, const Request&). Errors: what decoding says; the connection is
/// then closed, as there is no telling what else is wrong.
template <class Request, class Response>
Task<Result<Reply>> serve(RequestContext& context, Task<Response> (*answer)(RequestContext&, const Request&)) {
  wire::Reader in(context.body, wire::kRequestMemory);
  const Result<Request> request = Request::decode(in, context.version);
  if (!request) co_return fail(request.error());
  const Response response = co_await answer(context, *request);
  co_return make_reply(response, context.version, context.correlation_id);
}

}  // namespace sluice
