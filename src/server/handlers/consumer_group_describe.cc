// server/handlers/consumer_group_describe.cc: ConsumerGroupDescribe (API key 69, KIP-848).
#include "wire/api/consumer_group_describe.h"

#include <algorithm>

#include "base/when_all.h"
#include "server/broker.h"
#include "server/handlers/consumer_protocol.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

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

/// What may be done to a group: read, delete, describe, describe and alter its configuration, as bits.
constexpr std::int32_t kAllOperations = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;
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

Task<DescribedConsumerGroup> describe(RequestContext& context, std::string_view group) {
  if (!serves_consumer_protocol(context))
    co_return DescribedConsumerGroup::failed(ErrorCode::unsupported_version, group);
  if (group.empty()) co_return DescribedConsumerGroup::failed(ErrorCode::invalid_group_id, group);
  auto there = [group](GroupCoordinator& groups) { return groups.describe_consumer_group(group); };
  auto refuse = [group](ErrorCode error) { return DescribedConsumerGroup::failed(error, group); };
  co_return co_await on_coordinator(context, group, there, refuse);
}

Task<ConsumerGroupDescribeResponse> answer(RequestContext& context, const ConsumerGroupDescribeRequest& request) {
  std::vector<Task<DescribedConsumerGroup>> descriptions;
  for (const std::string_view group : request.group_ids) descriptions.push_back(describe(context, group));
  const std::vector<DescribedConsumerGroup> described = co_await when_all(std::move(descriptions));
  ConsumerGroupDescribeResponse response;
  response.groups.reserve(described.size());
  for (const DescribedConsumerGroup& group : described) {
    response.groups.push_back(response_of(context, group));
    if (request.include_authorized_operations && group.error == ErrorCode::none)
      response.groups.back().authorized_operations = kAllOperations;
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> consumer_group_describe(RequestContext& context) {
  return serve<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(context, answer);
}

}  // namespace sluice::handlers
