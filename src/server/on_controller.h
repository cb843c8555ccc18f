// server/on_controller.h: requests that the controller answers.
#pragma once

#include "base/crossing.h"
#include "controller/controller.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/request_context.h"

namespace sluice {

/// Decodes the request, has `decide(Controller&, const Request&)` answer it on the controller's shard, and encodes
/// that. The answer leaves when the decision is committed and this broker goes by it. Errors: as serve().
template <class Request, class Decide>
Task<Result<Reply>> serve_by_controller(RequestContext& context, Decide decide) {
  using Decided = Answer<typename Request::Response>;
  wire::Reader in(context.body, wire::kRequestMemory);
  const Result<Request> request = Request::decode(in, context.version);
  if (!request) co_return fail(request.error());
  Broker& broker = context.broker;
  auto there = [&broker, &request, &decide] { return decide(broker.controller(), *request); };
  const Decided decided = co_await on(broker.first_shard().loop(), there);
  co_return make_reply(*decided, context.version, context.correlation_id);
}

}  // namespace sluice
