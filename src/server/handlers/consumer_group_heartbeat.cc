// server/handlers/consumer_group_heartbeat.cc: ConsumerGroupHeartbeat (API key 68, KIP-848).
#include "wire/api/consumer_group_heartbeat.h"

#include "server/handlers/consumer_protocol.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::ConsumerGroupHeartbeatRequest;
using wire::ConsumerGroupHeartbeatResponse;

ConsumerGroupHeartbeatResponse response_of(RequestContext& context, const ConsumerHeartbeatAnswer& answered) {
  ConsumerGroupHeartbeatResponse response;
  response.error_code = answered.error;
  if (!answered.error_message.empty()) response.error_message = context.arena.copy(answered.error_message);
  if (answered.error != ErrorCode::none) return response;
  response.member_id = context.arena.copy(answered.member_id);
  response.member_epoch = answered.member_epoch;
  response.heartbeat_interval_ms = static_cast<std::int32_t>(answered.heartbeat_interval.count());
  if (!answered.assignment) return response;
  auto& assignment = response.assignment.emplace();
  for (const auto& [topic, partitions] : *answered.assignment)
    assignment.topic_partitions.push_back(
        {.topic_id = topic, .partitions = {partitions.begin(), partitions.end()}, .unknown_tags = {}});
  return response;
}

Task<ConsumerGroupHeartbeatResponse> answer(RequestContext& context,
                                            const ConsumerGroupHeartbeatRequest& request) {
  if (!serves_consumer_protocol(context)) {
    ConsumerGroupHeartbeatResponse response;
    response.error_code = ErrorCode::unsupported_version;
    co_return response;
  }
  const GroupClient client = client_of(context);
  auto beat = [&request, client](GroupCoordinator& groups) { return groups.consumer_heartbeat(request, client); };
  auto refuse = [](ErrorCode error) { return ConsumerHeartbeatAnswer::failed({error, {}}); };
  const ConsumerHeartbeatAnswer answered = co_await on_coordinator(context, request.group_id, beat, refuse);
  co_return response_of(context, answered);
}

}  // namespace

Task<Result<Reply>> consumer_group_heartbeat(RequestContext& context) {
  return serve<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(context, answer);
}

}  // namespace sluice::handlers
