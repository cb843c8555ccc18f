// server/handlers/share_group_heartbeat.cc: ShareGroupHeartbeat (API key 76, KIP-932).
#include "wire/api/share_group_heartbeat.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"
#include "server/handlers/share_protocol.h"

namespace sluice::handlers {
namespace {

using wire::ShareGroupHeartbeatRequest;
using wire::ShareGroupHeartbeatResponse;

Task<ShareGroupHeartbeatResponse> answer(RequestContext& context, const ShareGroupHeartbeatRequest& request) {
  ShareGroupHeartbeatResponse response;
  if (!serves_share_groups(context)) {
    response.error_code = ErrorCode::unsupported_version;
    co_return response;
  }
  const GroupClient client = client_of(context);
  auto beat = [&request, client](GroupCoordinator& groups) { return groups.share_heartbeat(request, client); };
  auto refuse = [](ErrorCode error) { return ConsumerHeartbeatAnswer::failed({error, {}}); };
  const ConsumerHeartbeatAnswer answered = co_await on_coordinator(context, request.group_id, beat, refuse);
  response.error_code = answered.error;
  if (!answered.error_message.empty()) response.error_message = context.arena.copy(answered.error_message);
  if (answered.error != ErrorCode::none) co_return response;
  response.member_id = context.arena.copy(answered.member_id);
  response.member_epoch = answered.member_epoch;
  response.heartbeat_interval_ms = static_cast<std::int32_t>(answered.heartbeat_interval.count());
  if (!answered.assignment) co_return response;
  auto& assignment = response.assignment.emplace();
  for (const auto& [topic, partitions] : *answered.assignment)
    assignment.topic_partitions.push_back(
        {.topic_id = topic, .partitions = {partitions.begin(), partitions.end()}, .unknown_tags = {}});
  co_return response;
}

}  // namespace

Task<Result<Reply>> share_group_heartbeat(RequestContext& context) {
  return serve<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>(context, answer);
}

}  // namespace sluice::handlers
