// server/handlers/consumer_group_describe.cc: ConsumerGroupDescribe (API key 69, KIP-848).
#include "wire/api/consumer_group_describe.h"

#include <algorithm>

#include "server/broker.h"
#include "server/handlers/consumer_protocol.h"
#include "server/handlers/describe_groups_of_kind.h"
#include "server/handlers/handlers.h"

namespace sluice::handlers {

bool serves_consumer_protocol(const RequestContext& context) {
  const std::vector<std::string>& protocols = context.broker.config().groups.protocols;
  return context.image->features.level(kGroupVersionFeature) > 0 &&
         std::ranges::find(protocols, "consumer") != protocols.end();
}

namespace {

using wire::ConsumerGroupDescribeRequest;
using wire::ConsumerGroupDescribeResponse;
using Described = ConsumerGroupDescribeResponse::DescribedGroup;

constexpr std::int8_t kClassicMember = 0;
constexpr std::int8_t kConsumerMember = 1;

ConsumerGroupDescribeResponse::Assignment assignment_of(Arena& arena,
                                                        const std::vector<DescribedPartitions>& partitions) {
  ConsumerGroupDescribeResponse::Assignment assignment;
  for (const DescribedPartitions& topic : partitions)
    assignment.topic_partitions.push_back({.topic_id = topic.topic_id,
                                           .topic_name = arena.copy(topic.topic),
                                           .partitions = topic.partitions,
                                           .unknown_tags = {}});
  return assignment;
}

void put_member(Arena& arena, const DescribedConsumer& described, Described& response) {
  auto& member = response.members.emplace_back();
  member.member_id = arena.copy(described.id);
  if (described.instance_id) member.instance_id = arena.copy(*described.instance_id);
  if (described.rack_id) member.rack_id = arena.copy(*described.rack_id);
  member.member_epoch = described.epoch;
  member.client_id = arena.copy(described.client_id);
  member.client_host = arena.copy(described.client_host);
  for (const std::string& topic : described.topics) member.subscribed_topic_names.push_back(arena.copy(topic));
  member.subscribed_topic_regex = arena.copy(described.pattern);
  member.assignment = assignment_of(arena, described.assigned);
  member.target_assignment = assignment_of(arena, described.target);
  member.member_type = described.is_classic ? kClassicMember : kConsumerMember;
}

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
  response.members.reserve(group.members.size());
  for (const DescribedConsumer& member : group.members) put_member(arena, member, response);
  return response;
}

Task<ConsumerGroupDescribeResponse> answer(RequestContext& context, const ConsumerGroupDescribeRequest& request) {
  auto ask = [](GroupCoordinator& groups, std::string_view group) {
    return groups.describe_consumer_group(group);
  };
  const auto described = co_await describe_all<DescribedConsumerGroup>(context, request.group_ids,
                                                                       serves_consumer_protocol(context), ask);
  ConsumerGroupDescribeResponse response;
  response.groups.reserve(described.size());
  for (const DescribedConsumerGroup& group : described) {
    response.groups.push_back(response_of(context, group));
    if (request.include_authorized_operations && group.error == ErrorCode::none)
      response.groups.back().authorized_operations = kAllGroupOperations;
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> consumer_group_describe(RequestContext& context) {
  return serve<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(context, answer);
}

}  // namespace sluice::handlers
