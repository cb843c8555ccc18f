// server/handlers/leave_group.cc: LeaveGroup (API key 13).
#include "wire/api/leave_group.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::LeaveGroupRequest;
using wire::LeaveGroupResponse;

constexpr std::int16_t kSeveralFrom = 3;  // KIP-345

Task<LeaveGroupResponse> answer(RequestContext& context, const LeaveGroupRequest& request) {
  const GroupClient client = client_of(context);
  auto leave = [&request, client](GroupCoordinator& groups) { return groups.leave(request, client); };
  auto refuse = [](ErrorCode error) { return LeaveAnswer{error, {}}; };
  const LeaveAnswer left = co_await on_coordinator(context, request.group_id, leave, refuse);
  LeaveGroupResponse response;
  response.error_code = left.error;
  if (left.error != ErrorCode::none) co_return response;
  if (context.version < kSeveralFrom) {
    response.error_code = left.members.front();
    co_return response;
  }
  for (std::size_t i = 0; i < request.members.size(); ++i) {
    auto& member = response.members.emplace_back();
    member.member_id = request.members[i].member_id;
    member.group_instance_id = request.members[i].group_instance_id;
    member.error_code = left.members[i];
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> leave_group(RequestContext& context) {
  return serve<LeaveGroupRequest, LeaveGroupResponse>(context, answer);
}

}  // namespace sluice::handlers
