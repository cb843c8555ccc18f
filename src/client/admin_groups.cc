// Groups, their members and their offsets.
#include <algorithm>

#include "base/when_all.h"
#include "client/admin.h"
#include "client/consumer_protocol.h"
#include "client/detail/each_group.h"
#include "client/detail/group_client.h"
#include "wire/api/consumer_group_describe.h"
#include "wire/api/delete_groups.h"
#include "wire/api/describe_groups.h"
#include "wire/api/list_groups.h"
#include "wire/api/offset_delete.h"

namespace sluice::client {
namespace {

using wire::ConsumerGroupDescribeResponse;
using wire::DescribeGroupsResponse;

GroupMember member_of(const DescribeGroupsResponse::DescribedGroupMember& from, bool consumer) {
  GroupMember member;
  member.member_id = from.member_id;
  if (from.group_instance_id) member.instance_id = *from.group_instance_id;
  member.client_id = from.client_id;
  member.client_host = from.client_host;
  if (!consumer) return member;
  // Bytes of another protocol under the same name are the members' own affair.
  if (auto partitions = decode_assignment(from.member_assignment)) member.assignment = std::move(*partitions);
  if (auto subscription = decode_subscription(from.member_metadata))
    member.subscribed_topics = std::move(subscription->topics);
  return member;
}

std::vector<TopicPartition> partitions_of(const ConsumerGroupDescribeResponse::Assignment& from) {
  std::vector<TopicPartition> partitions;
  for (const auto& topic : from.topic_partitions)
    for (const PartitionIndex partition : topic.partitions)
      partitions.push_back({std::string(topic.topic_name), partition});
  return partitions;
}

GroupMember member_of(const ConsumerGroupDescribeResponse::Member& from) {
  GroupMember member;
  member.member_id = from.member_id;
  if (from.instance_id) member.instance_id = *from.instance_id;
  member.client_id = from.client_id;
  member.client_host = from.client_host;
  member.assignment = partitions_of(from.assignment);
  member.target_assignment = partitions_of(from.target_assignment);
  member.epoch = from.member_epoch;
  if (from.member_type >= 0) member.upgraded = from.member_type == 1;
  member.subscribed_topics.assign(from.subscribed_topic_names.begin(), from.subscribed_topic_names.end());
  return member;
}

template <class Value>
Outcomes<Value> one(const std::string& name, Outcome<Value> outcome) {
  Outcomes<Value> outcomes;
  outcomes.emplace(name, std::move(outcome));
  return outcomes;
}

}  // namespace

Task<Outcome<std::vector<GroupListing>>> Admin::list_groups_of(NodeId broker, std::vector<std::string> states,
                                                               std::vector<std::string> types, SteadyTime until) {
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(broker, until);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::list_groups);
  if (!version) co_return failed(version.error());
  wire::ListGroupsRequest request;
  if (*version >= 4) request.states_filter.assign(states.begin(), states.end());
  if (*version >= 5) request.types_filter.assign(types.begin(), types.end());
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(until));
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said = outcome_of((*answer)->error_code, "listing groups");
  if (!said) co_return failed(said.error());
  std::vector<GroupListing> groups;
  for (const auto& group : (*answer)->groups)
    groups.push_back({std::string(group.group_id), std::string(group.protocol_type),
                      std::string(group.group_state), std::string(group.group_type)});
  co_return groups;
}

Task<Outcome<std::vector<GroupListing>>> Admin::list_groups(std::vector<std::string> states,
                                                            std::vector<std::string> types) {
  const SteadyTime until = deadline();
  const Outcome<std::vector<NodeId>> brokers = co_await broker_ids(until);
  if (!brokers) co_return failed(brokers.error());
  std::map<std::string, GroupListing> by_id;
  for (const NodeId broker : *brokers) {
    auto listed = co_await with_retries<std::vector<GroupListing>>(
        cluster_, until,
        [this, broker, &states, &types, until] { return list_groups_of(broker, states, types, until); });
    if (!listed) co_return failed(std::move(listed.error()));
    for (GroupListing& group : *listed) {
      std::string id = group.group_id;
      by_id.insert_or_assign(std::move(id), std::move(group));
    }
  }
  std::vector<GroupListing> groups;
  for (auto& [id, group] : by_id) groups.push_back(std::move(group));
  co_return groups;
}

Task<Outcome<GroupDescription>> Admin::describe_consumer_group(std::shared_ptr<Node> node, std::string group_id,
                                                               SteadyTime until) {
  wire::ConsumerGroupDescribeRequest request;
  request.group_ids = {group_id};
  const auto answer = co_await node->ask(request, until);
  if (!answer) co_return failed(answer.error());
  if ((*answer)->groups.empty())
    co_return failed(ErrorCode::unknown_server_error, "the answer says nothing of group {}", group_id);
  const auto& group = (*answer)->groups.front();
  const Outcome<void> said = outcome_of(group.error_code, "group " + group_id, group.error_message);
  if (!said) co_return failed(said.error());
  GroupDescription description{.group_id = group_id,
                               .type = "consumer",
                               .state = std::string(group.group_state),
                               .protocol_type = std::string(kConsumerProtocol),
                               .assignor = std::string(group.assignor_name),
                               .epoch = group.group_epoch,
                               .assignment_epoch = group.assignment_epoch,
                               .coordinator = node->id(),
                               .members = {}};
  for (const auto& member : group.members) description.members.push_back(member_of(member));
  co_return description;
}

Task<Outcome<GroupDescription>> Admin::describe_classic_group(std::shared_ptr<Node> node, std::string group_id,
                                                              SteadyTime until) {
  wire::DescribeGroupsRequest request;
  request.groups = {group_id};
  const auto answer = co_await node->ask(request, until);
  if (!answer) co_return failed(answer.error());
  if ((*answer)->groups.empty())
    co_return failed(ErrorCode::unknown_server_error, "the answer says nothing of group {}", group_id);
  const auto& group = (*answer)->groups.front();
  const Outcome<void> said = outcome_of(group.error_code, "group " + group_id, group.error_message);
  if (!said) co_return failed(said.error());
  // Before version 6 a group that is not there was called dead.
  if (group.group_state == "Dead" && group.members.empty())
    co_return failed(ErrorCode::group_id_not_found, "there is no group {}", group_id);
  GroupDescription description{.group_id = group_id,
                               .type = "classic",
                               .state = std::string(group.group_state),
                               .protocol_type = std::string(group.protocol_type),
                               .assignor = std::string(group.protocol_data),
                               .epoch = -1,
                               .assignment_epoch = -1,
                               .coordinator = node->id(),
                               .members = {}};
  const bool consumer = group.protocol_type == kConsumerProtocol;
  for (const auto& member : group.members) description.members.push_back(member_of(member, consumer));
  co_return description;
}

Task<Outcomes<GroupDescription>> Admin::describe_group_once(std::string group_id, SteadyTime until) {
  const Outcome<std::shared_ptr<Node>> node =
      co_await cluster_.coordinator(CoordinatorType::group, group_id, until);
  if (!node) co_return one<GroupDescription>(group_id, failed(node.error()));
  const SteadyTime request_until = cluster_.request_deadline(until);
  // Both kinds of group have ids of one space, and only its own kind's question finds a group.
  if ((*node)->version_of(ApiKey::consumer_group_describe)) {
    Outcome<GroupDescription> found = co_await describe_consumer_group(*node, group_id, request_until);
    const bool other_kind = !found && (found.error().code == ErrorCode::group_id_not_found ||
                                       found.error().code == ErrorCode::unsupported_version);
    if (!other_kind) co_return one(group_id, std::move(found));
  }
  Outcome<GroupDescription> found = co_await describe_classic_group(*node, group_id, request_until);
  co_return one(group_id, std::move(found));
}

Task<Outcomes<GroupDescription>> Admin::describe_groups(std::vector<std::string> group_ids) {
  const SteadyTime until = deadline();
  auto ask = [this, until](std::string group_id) { return describe_group_once(std::move(group_id), until); };
  co_return co_await detail::each_group<GroupDescription>(cluster_, std::move(group_ids), until, std::move(ask));
}

Task<Outcomes<void>> Admin::delete_group_once(std::string group_id, SteadyTime until) {
  wire::DeleteGroupsRequest request;
  request.groups_names = {group_id};
  const auto answer = co_await ask_coordinator(group_id, request, until);
  if (!answer) co_return one<void>(group_id, failed(answer.error()));
  Outcomes<void> outcomes;
  for (const auto& result : (*answer)->results)
    outcomes.emplace(std::string(result.group_id),
                     outcome_of(result.error_code, "group " + group_id, result.error_message));
  co_return outcomes;
}

Task<Outcomes<void>> Admin::delete_groups(std::vector<std::string> group_ids) {
  const SteadyTime until = deadline();
  auto ask = [this, until](std::string group_id) { return delete_group_once(std::move(group_id), until); };
  co_return co_await detail::each_group<void>(cluster_, std::move(group_ids), until, std::move(ask));
}

Task<Outcome<Offsets>> Admin::list_group_offsets(std::string group_id,
                                                 std::optional<std::set<TopicPartition>> partitions,
                                                 bool require_stable) {
  detail::GroupClient group(cluster_, std::move(group_id));
  co_return co_await group.committed(std::move(partitions), require_stable, deadline());
}

Task<PartitionOutcomes<void>> Admin::alter_group_offsets(std::string group_id, Offsets offsets) {
  detail::GroupClient group(cluster_, std::move(group_id));
  const SteadyTime until = deadline();
  co_return co_await detail::until_done<TopicPartition, OffsetAndMetadata, void>(
      cluster_, std::move(offsets),
      [&group, until](Offsets left) { return commit_as_admin(group, std::move(left), until); }, until);
}

Task<PartitionOutcomes<void>> Admin::commit_as_admin(detail::GroupClient& group, Offsets offsets,
                                                     SteadyTime until) {
  // Only a group without members takes offsets from who is none of them.
  const detail::Membership nobody;
  Outcome<PartitionOutcomes<void>> outcomes = co_await group.commit_once(offsets, nobody, until);
  if (!outcomes) {
    group.note(outcomes.error());
    co_return detail::all_failed<void>(offsets, outcomes.error());
  }
  for (const auto& [partition, outcome] : *outcomes)
    if (!outcome) group.note(outcome.error());
  co_return std::move(*outcomes);
}

Task<Outcome<PartitionOutcomes<void>>> Admin::delete_group_offsets_once(std::string group_id,
                                                                        std::set<TopicPartition> partitions,
                                                                        SteadyTime until) {
  wire::OffsetDeleteRequest request;
  request.group_id = group_id;
  for (const TopicPartition& partition : partitions) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back();
      request.topics.back().name = partition.topic;
    }
    request.topics.back().partitions.push_back({.partition_index = partition.partition});
  }
  const auto answer = co_await ask_coordinator(group_id, request, until);
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said = outcome_of((*answer)->error_code, "deleting offsets of group " + group_id);
  if (!said) co_return failed(said.error());
  PartitionOutcomes<void> outcomes;
  for (const auto& topic : (*answer)->topics)
    for (const auto& result : topic.partitions)
      outcomes.emplace(TopicPartition{std::string(topic.name), result.partition_index},
                       outcome_of(result.error_code, {}));
  co_return outcomes;
}

Task<Outcome<PartitionOutcomes<void>>> Admin::delete_group_offsets(std::string group_id,
                                                                   std::set<TopicPartition> partitions) {
  const SteadyTime until = deadline();
  co_return co_await with_retries<PartitionOutcomes<void>>(cluster_, until, [this, &group_id, &partitions, until] {
    return delete_group_offsets_once(group_id, partitions, until);
  });
}

}  // namespace sluice::client
