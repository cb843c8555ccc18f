// server/handlers/heartbeat.cc: Heartbeat (API key 12).
#include "wire/api/heartbeat.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::HeartbeatRequest;
using wire::HeartbeatResponse;

Task<ErrorCode> beat(GroupCoordinator& groups, const HeartbeatRequest& request) {
  co_return groups.heartbeat(request);
}

Task<HeartbeatResponse> answer(RequestContext& context, const HeartbeatRequest& request) {
  auto there = [&request](GroupCoordinator& groups) { return beat(groups, request); };
  auto refuse = [](ErrorCode error) { return error; };
  HeartbeatResponse response;
  response.error_code = co_await on_coordinator(context, request.group_id, there, refuse);
  co_return response;
}

}  // namespace

Task<Result<Reply>> heartbeat(RequestContext& context) {
  return serve<HeartbeatRequest, HeartbeatResponse>(context, answer);
}

}  // namespace sluice::handlers
