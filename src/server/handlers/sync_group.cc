// server/handlers/sync_group.cc: SyncGroup (API key 14).
#include "wire/api/sync_group.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::SyncGroupRequest;
using wire::SyncGroupResponse;

constexpr std::int16_t kProtocolRequiredFrom = 5;  // KIP-559

Task<SyncGroupResponse> answer(RequestContext& context, const SyncGroupRequest& request) {
  SyncGroupResponse response;
  if (context.version >= kProtocolRequiredFrom && !(request.protocol_type && request.protocol_name)) {
    response.error_code = ErrorCode::inconsistent_group_protocol;
    co_return response;
  }
  auto sync = [&request](GroupCoordinator& groups) { return groups.sync(request); };
  const SyncAnswer synced = co_await on_coordinator(context, request.group_id, sync, SyncAnswer::failed);
  response.error_code = synced.error;
  if (synced.protocol_type) response.protocol_type = context.arena.copy(*synced.protocol_type);
  if (synced.protocol) response.protocol_name = context.arena.copy(*synced.protocol);
  response.assignment = context.arena.copy(as_bytes(synced.assignment));
  co_return response;
}

}  // namespace

Task<Result<Reply>> sync_group(RequestContext& context) {
  return serve<SyncGroupRequest, SyncGroupResponse>(context, answer);
}

}  // namespace sluice::handlers
