// server/handlers/join_group.cc: JoinGroup (API key 11).
#include "wire/api/join_group.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::JoinGroupRequest;
using wire::JoinGroupResponse;

constexpr std::int16_t kNullProtocolFrom = 7;

JoinGroupResponse response_of(RequestContext& context, const JoinAnswer& joined) {
  Arena& arena = context.arena;
  JoinGroupResponse response;
  response.error_code = joined.error;
  response.generation_id = joined.generation;
  if (joined.protocol_type) response.protocol_type = arena.copy(*joined.protocol_type);
  if (joined.protocol)
    response.protocol_name = arena.copy(*joined.protocol);
  else if (context.version >= kNullProtocolFrom)
    response.protocol_name = std::nullopt;
  response.leader = arena.copy(joined.leader);
  response.skip_assignment = joined.skip_assignment;
  response.member_id = arena.copy(joined.member_id);
  response.members.reserve(joined.members.size());
  for (const JoinedMember& joined_member : joined.members) {
    auto& member = response.members.emplace_back();
    member.member_id = arena.copy(joined_member.id);
    if (joined_member.instance_id) member.group_instance_id = arena.copy(*joined_member.instance_id);
    member.metadata = arena.copy(as_bytes(joined_member.metadata));
  }
  return response;
}

Task<JoinGroupResponse> answer(RequestContext& context, const JoinGroupRequest& request) {
  const GroupClient client = client_of(context);
  auto join = [&request, client](GroupCoordinator& groups) { return groups.join(request, client); };
  auto refuse = [&request](ErrorCode error) { return JoinAnswer::failed(error, request.member_id); };
  const JoinAnswer joined = co_await on_coordinator(context, request.group_id, join, refuse);
  co_return response_of(context, joined);
}

}  // namespace

Task<Result<Reply>> join_group(RequestContext& context) {
  return serve<JoinGroupRequest, JoinGroupResponse>(context, answer);
}

}  // namespace sluice::handlers
