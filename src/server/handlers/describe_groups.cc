// server/handlers/describe_groups.cc: DescribeGroups (API key 15).
#include "wire/api/describe_groups.h"

#include "server/handlers/describe_groups_of_kind.h"
#include "server/handlers/handlers.h"

namespace sluice::handlers {
namespace {

using wire::DescribeGroupsRequest;
using wire::DescribeGroupsResponse;
using Described = DescribeGroupsResponse::DescribedGroup;

constexpr std::int16_t kNotFoundFrom = 6;  // KIP-1043: before, a group that does not exist is "Dead".

Described response_of(RequestContext& context, const DescribedGroup& group) {
  Arena& arena = context.arena;
  Described response;
  const bool is_missing = group.error == ErrorCode::group_id_not_found;
  if (!is_missing || context.version >= kNotFoundFrom) response.error_code = group.error;
  if (is_missing && context.version >= kNotFoundFrom) response.error_message = arena.copy(group.error_message);
  response.group_id = arena.copy(group.id);
  response.group_state = arena.copy(group.state);
  response.protocol_type = arena.copy(group.protocol_type);
  response.protocol_data = arena.copy(group.protocol);
  response.members.reserve(group.members.size());
  for (const DescribedMember& described : group.members) {
    auto& member = response.members.emplace_back();
    member.member_id = arena.copy(described.id);
    if (described.instance_id) member.group_instance_id = arena.copy(*described.instance_id);
    member.client_id = arena.copy(described.client_id);
    member.client_host = arena.copy(described.client_host);
    member.member_metadata = arena.copy(as_bytes(described.metadata));
    member.member_assignment = arena.copy(as_bytes(described.assignment));
  }
  return response;
}

Task<DescribeGroupsResponse> answer(RequestContext& context, const DescribeGroupsRequest& request) {
  auto ask = [](GroupCoordinator& groups, std::string_view group) { return groups.describe(group); };
  const auto described = co_await describe_all<DescribedGroup>(context, request.groups, ask);
  DescribeGroupsResponse response;
  response.groups.reserve(described.size());
  for (const DescribedGroup& group : described) {
    response.groups.push_back(response_of(context, group));
    if (request.include_authorized_operations) response.groups.back().authorized_operations = kAllGroupOperations;
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_groups(RequestContext& context) {
  return serve<DescribeGroupsRequest, DescribeGroupsResponse>(context, answer);
}

}  // namespace sluice::handlers
