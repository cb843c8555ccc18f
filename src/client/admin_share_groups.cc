// Share groups, their members, and how far they are.
#include "client/admin.h"
#include "client/detail/each_group.h"
#include "wire/api/alter_share_group_offsets.h"
#include "wire/api/delete_share_group_offsets.h"
#include "wire/api/describe_share_group_offsets.h"
#include "wire/api/share_group_describe.h"

namespace sluice::client {
namespace {

using wire::AlterShareGroupOffsetsRequest;
using wire::DescribeShareGroupOffsetsRequest;
using wire::DescribeShareGroupOffsetsResponse;
using wire::ShareGroupDescribeResponse;

GroupMember member_of(const ShareGroupDescribeResponse::Member& from) {
  GroupMember member;
  member.member_id = from.member_id;
  member.client_id = from.client_id;
  member.client_host = from.client_host;
  member.epoch = from.member_epoch;
  for (const auto& topic : from.assignment.topic_partitions)
    for (const PartitionIndex partition : topic.partitions)
      member.assignment.push_back({std::string(topic.topic_name), partition});
  member.subscribed_topics.assign(from.subscribed_topic_names.begin(), from.subscribed_topic_names.end());
  return member;
}

GroupDescription description_of(const ShareGroupDescribeResponse::DescribedGroup& from, NodeId coordinator) {
  GroupDescription description{.group_id = std::string(from.group_id),
                               .type = "share",
                               .state = std::string(from.group_state),
                               .protocol_type = "share",
                               .assignor = std::string(from.assignor_name),
                               .epoch = from.group_epoch,
                               .assignment_epoch = from.assignment_epoch,
                               .coordinator = coordinator,
                               .members = {}};
  for (const auto& member : from.members) description.members.push_back(member_of(member));
  return description;
}

Outcome<ShareOffsets> offsets_of(
    const DescribeShareGroupOffsetsResponse::DescribeShareGroupOffsetsResponseGroup& from) {
  ShareOffsets offsets;
  for (const auto& topic : from.topics) {
    for (const auto& partition : topic.partitions) {
      TopicPartition key{std::string(topic.topic_name), partition.partition_index};
      const Outcome<void> said =
          outcome_of(partition.error_code, "the share offset of " + to_string(key), partition.error_message);
      if (!said) return failed(said.error());
      ShareOffset& offset = offsets[std::move(key)];
      if (partition.start_offset.value >= 0) offset.start = partition.start_offset;
      offset.leader_epoch = partition.leader_epoch;
      if (partition.lag >= 0) offset.lag = partition.lag;
    }
  }
  return offsets;
}

}  // namespace

Task<Outcomes<GroupDescription>> Admin::describe_share_groups(std::vector<std::string> group_ids) {
  const SteadyTime until = deadline();
  auto ask = [this, until](std::string group_id) {
    return detail::describe_once<GroupDescription>(cluster_, std::move(group_id),
                                                   wire::ShareGroupDescribeRequest(), until, description_of);
  };
  co_return co_await detail::each_group<GroupDescription>(cluster_, std::move(group_ids), until, std::move(ask));
}

Task<Outcome<ShareOffsets>> Admin::list_share_group_offsets_once(std::string group_id, SteadyTime until) {
  DescribeShareGroupOffsetsRequest request;
  auto& wanted = request.groups.emplace_back();
  wanted.group_id = group_id;
  wanted.topics.reset();
  const auto answer = co_await ask_coordinator(group_id, request, until);
  if (!answer) co_return failed(answer.error());
  if ((*answer)->groups.empty())
    co_return failed(ErrorCode::unknown_server_error, "the answer says nothing of group {}", group_id);
  const auto& group = (*answer)->groups.front();
  const Outcome<void> said =
      outcome_of(group.error_code, "share offsets of group " + group_id, group.error_message);
  if (!said) co_return failed(said.error());
  co_return offsets_of(group);
}

Task<Outcome<ShareOffsets>> Admin::list_share_group_offsets(std::string group_id) {
  const SteadyTime until = deadline();
  co_return co_await with_retries<ShareOffsets>(
      cluster_, until, [this, &group_id, until] { return list_share_group_offsets_once(group_id, until); });
}

Task<Outcome<PartitionOutcomes<void>>> Admin::alter_share_group_offsets_once(
    std::string group_id, const std::map<TopicPartition, Offset>& offsets, SteadyTime until) {
  AlterShareGroupOffsetsRequest request;
  request.group_id = group_id;
  for (const auto& [partition, offset] : offsets) {
    if (request.topics.empty() || request.topics.back().topic_name != partition.topic)
      request.topics.emplace_back().topic_name = partition.topic;
    request.topics.back().partitions.push_back(
        {.partition_index = partition.partition, .start_offset = offset, .unknown_tags = {}});
  }
  const auto answer = co_await ask_coordinator(group_id, request, until);
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said =
      outcome_of((*answer)->error_code, "altering share offsets of group " + group_id, (*answer)->error_message);
  if (!said) co_return failed(said.error());
  PartitionOutcomes<void> outcomes;
  for (const auto& topic : (*answer)->responses)
    for (const auto& result : topic.partitions)
      outcomes.emplace(TopicPartition{std::string(topic.topic_name), result.partition_index},
                       outcome_of(result.error_code, {}, result.error_message));
  co_return outcomes;
}

Task<Outcome<PartitionOutcomes<void>>> Admin::alter_share_group_offsets(std::string group_id,
                                                                        std::map<TopicPartition, Offset> offsets) {
  const SteadyTime until = deadline();
  co_return co_await with_retries<PartitionOutcomes<void>>(cluster_, until, [this, &group_id, &offsets, until] {
    return alter_share_group_offsets_once(group_id, offsets, until);
  });
}

Task<Outcome<Outcomes<void>>> Admin::delete_share_group_offsets_once(std::string group_id,
                                                                     const std::set<std::string>& topics,
                                                                     SteadyTime until) {
  wire::DeleteShareGroupOffsetsRequest request;
  request.group_id = group_id;
  for (const std::string& topic : topics) request.topics.push_back({.topic_name = topic, .unknown_tags = {}});
  const auto answer = co_await ask_coordinator(group_id, request, until);
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said =
      outcome_of((*answer)->error_code, "deleting share offsets of group " + group_id, (*answer)->error_message);
  if (!said) co_return failed(said.error());
  Outcomes<void> outcomes;
  for (const auto& topic : (*answer)->responses)
    outcomes.emplace(std::string(topic.topic_name), outcome_of(topic.error_code, {}, topic.error_message));
  co_return outcomes;
}

Task<Outcome<Outcomes<void>>> Admin::delete_share_group_offsets(std::string group_id,
                                                                std::set<std::string> topics) {
  const SteadyTime until = deadline();
  co_return co_await with_retries<Outcomes<void>>(cluster_, until, [this, &group_id, &topics, until] {
    return delete_share_group_offsets_once(group_id, topics, until);
  });
}

}  // namespace sluice::client
