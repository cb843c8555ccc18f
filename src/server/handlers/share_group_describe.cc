// server/handlers/share_group_describe.cc: ShareGroupDescribe (API key 77, KIP-932).
#include "wire/api/share_group_describe.h"

#include "server/handlers/describe_groups_of_kind.h"
#include "server/handlers/handlers.h"
#include "server/handlers/share_protocol.h"

namespace sluice::handlers {
namespace {

using wire::ShareGroupDescribeRequest;
using wire::ShareGroupDescribeResponse;
using Described = ShareGroupDescribeResponse::DescribedGroup;

Described response_of(RequestContext& context, const DescribedConsumerGroup& group) {
  Arena& arena = context.arena;
  Described response;
  response.error_code = group.error;
  if (!group.error_message.empty()) response.error_message = arena.copy(group.error_message);
  response.group_id = arena.copy(group.id);
  response.group_state = arena.copy(group.state);
  response.group_epoch = group.epoch;
  response.assignment_epoch = group.assignment_epoch;
  response.assignor_name = arena.copy(group.assignor);
  for (const DescribedConsumer& described : group.members) {
    auto& member = response.members.emplace_back();
    member.member_id = arena.copy(described.id);
    if (described.rack_id) member.rack_id = arena.copy(*described.rack_id);
    member.member_epoch = described.epoch;
    member.client_id = arena.copy(described.client_id);
    member.client_host = arena.copy(described.client_host);
    for (const std::string& topic : described.topics) member.subscribed_topic_names.push_back(arena.copy(topic));
    for (const DescribedPartitions& topic : described.assigned)
      member.assignment.topic_partitions.push_back({.topic_id = topic.topic_id,
                                                    .topic_name = arena.copy(topic.topic),
                                                    .partitions = topic.partitions,
                                                    .unknown_tags = {}});
  }
  return response;
}

Task<ShareGroupDescribeResponse> answer(RequestContext& context, const ShareGroupDescribeRequest& request) {
  auto ask = [](GroupCoordinator& groups, std::string_view group) { return groups.describe_share_group(group); };
  const auto described =
      co_await describe_all<DescribedConsumerGroup>(context, request.group_ids, serves_share_groups(context), ask);
  ShareGroupDescribeResponse response;
  for (const DescribedConsumerGroup& group : described) {
    response.groups.push_back(response_of(context, group));
    if (request.include_authorized_operations && group.error == ErrorCode::none)
      response.groups.back().authorized_operations = kAllGroupOperations;
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> share_group_describe(RequestContext& context) {
  return serve<ShareGroupDescribeRequest, ShareGroupDescribeResponse>(context, answer);
}

}  // namespace sluice::handlers
