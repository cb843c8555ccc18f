// server/handlers/streams_group_topology_description_update.cc: StreamsGroupTopologyDescriptionUpdate (API key 93,
// KIP-1331): a member that was asked to describes its topology to people.
#include "wire/api/streams_group_topology_description_update.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"
#include "server/handlers/streams_protocol.h"

namespace sluice::handlers {
namespace {

using wire::StreamsGroupTopologyDescriptionUpdateRequest;
using wire::StreamsGroupTopologyDescriptionUpdateResponse;

Task<Granted<void>> take(GroupCoordinator& groups, const StreamsGroupTopologyDescriptionUpdateRequest& request) {
  co_return groups.take_topology_description(request);
}

/// Whether the request can be taken by any coordinator.
Granted<void> check(RequestContext& context, const StreamsGroupTopologyDescriptionUpdateRequest& request) {
  if (!serves_streams_groups(context)) return refused(ErrorCode::unsupported_version, "");
  if (!context.broker.config().groups.topology_descriptions)
    return refused(
        ErrorCode::unsupported_version,
        "The broker keeps no descriptions of topologies: sluice.streams.topology.descriptions is false.");
  if (request.member_id.empty()) return refused(ErrorCode::invalid_request, "MemberId can't be empty.");
  if (request.group_id.empty()) return refused(ErrorCode::invalid_request, "GroupId can't be empty.");
  return {};
}

Task<StreamsGroupTopologyDescriptionUpdateResponse> answer(
    RequestContext& context, const StreamsGroupTopologyDescriptionUpdateRequest& request) {
  Granted<void> taken = check(context, request);
  if (taken) {
    auto there = [&request](GroupCoordinator& groups) { return take(groups, request); };
    auto refuse = [](ErrorCode error) { return Granted<void>(refused({error, {}})); };
    taken = co_await on_coordinator(context, request.group_id, there, refuse);
  }
  StreamsGroupTopologyDescriptionUpdateResponse response;
  if (taken) co_return response;
  response.error_code = taken.error().code;
  if (!taken.error().message.empty()) response.error_message = context.arena.copy(taken.error().message);
  co_return response;
}

}  // namespace

Task<Result<Reply>> streams_group_topology_description_update(RequestContext& context) {
  return serve<StreamsGroupTopologyDescriptionUpdateRequest, StreamsGroupTopologyDescriptionUpdateResponse>(
      context, answer);
}

}  // namespace sluice::handlers
