#include "coordinator/consumer_records.h"

#include "wire/coordinator/consumer_group_current_member_assignment.h"
#include "wire/coordinator/consumer_group_member_metadata.h"
#include "wire/coordinator/consumer_group_metadata.h"
#include "wire/coordinator/consumer_group_partition_metadata.h"
#include "wire/coordinator/consumer_group_regular_expression.h"
#include "wire/coordinator/consumer_group_target_assignment_member.h"
#include "wire/coordinator/consumer_group_target_assignment_metadata.h"

namespace sluice::consumer_records {
namespace {

using AssignmentValue = wire::ConsumerGroupCurrentMemberAssignmentValue;
using MemberValue = wire::ConsumerGroupMemberMetadataValue;

std::optional<std::string_view> viewed(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

std::vector<AssignmentValue::TopicPartitions> topics_of(const PartitionEpochs& partitions) {
  std::vector<AssignmentValue::TopicPartitions> topics;
  for (const auto& [id, epochs] : partitions) {
    auto& topic = topics.emplace_back();
    topic.topic_id = id;
    topic.assignment_epochs.emplace();
    for (const auto& [partition, epoch] : epochs) {
      topic.partitions.push_back(partition);
      topic.assignment_epochs->push_back(epoch);
    }
  }
  return topics;
}

}  // namespace

Result<CoordinatorRecord> group_epoch(std::string_view group, std::int32_t epoch, std::int64_t metadata_hash) {
  return coordinator_record(
      wire::ConsumerGroupMetadataKey{.group_id = group},
      wire::ConsumerGroupMetadataValue{.epoch = epoch, .metadata_hash = metadata_hash, .unknown_tags = {}}, 0);
}

Result<CoordinatorRecord> member(std::string_view group, const ConsumerMember& member) {
  MemberValue value;
  value.instance_id = viewed(member.instance_id);
  value.rack_id = viewed(member.rack_id);
  value.client_id = member.client_id;
  value.client_host = member.client_host;
  value.subscribed_topic_names.assign(member.topics.begin(), member.topics.end());
  value.subscribed_topic_regex = member.pattern;
  value.rebalance_timeout_ms = member.rebalance_timeout_ms;
  value.server_assignor = viewed(member.assignor);
  value.classic_member_metadata.reset();
  if (member.classic) {
    auto& classic = value.classic_member_metadata.emplace();
    classic.session_timeout_ms = member.classic->session_timeout_ms;
    for (const GroupProtocol& protocol : member.classic->protocols)
      classic.supported_protocols.push_back(
          {.name = protocol.name, .metadata = as_bytes(protocol.metadata), .unknown_tags = {}});
  }
  return coordinator_record(wire::ConsumerGroupMemberMetadataKey{.group_id = group, .member_id = member.id}, value,
                            0);
}

Result<CoordinatorRecord> target(std::string_view group, std::string_view member,
                                 const AssignedPartitions& partitions) {
  wire::ConsumerGroupTargetAssignmentMemberValue value;
  for (const auto& [id, indexes] : partitions)
    value.topic_partitions.push_back(
        {.topic_id = id, .partitions = {indexes.begin(), indexes.end()}, .unknown_tags = {}});
  return coordinator_record(wire::ConsumerGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member},
                            value, 0);
}

Result<CoordinatorRecord> target_epoch(std::string_view group, const TargetEpoch& target) {
  return coordinator_record(wire::ConsumerGroupTargetAssignmentMetadataKey{.group_id = group},
                            wire::ConsumerGroupTargetAssignmentMetadataValue{
                                .assignment_epoch = target.epoch,
                                .assignment_timestamp = target.computed.time_since_epoch().count(),
                                .unknown_tags = {}},
                            0);
}

Result<CoordinatorRecord> assignment(std::string_view group, const ConsumerMember& member) {
  AssignmentValue value;
  value.member_epoch = member.epoch;
  value.previous_member_epoch = member.previous_epoch;
  value.state = static_cast<std::int8_t>(member.state);
  value.assigned_partitions = topics_of(member.assigned);
  value.partitions_pending_revocation = topics_of(member.pending_release);
  return coordinator_record(
      wire::ConsumerGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member.id}, value, 0);
}

Result<CoordinatorRecord> pattern(std::string_view group, std::string_view pattern,
                                  const ResolvedPattern& resolved) {
  wire::ConsumerGroupRegularExpressionValue value;
  value.topics.assign(resolved.topics.begin(), resolved.topics.end());
  value.version = resolved.version;
  value.timestamp = resolved.resolved.time_since_epoch().count();
  return coordinator_record(
      wire::ConsumerGroupRegularExpressionKey{.group_id = group, .regular_expression = pattern}, value, 0);
}

Result<CoordinatorRecord> no_group_epoch(std::string_view group) {
  return coordinator_tombstone(wire::ConsumerGroupMetadataKey{.group_id = group});
}
Result<CoordinatorRecord> no_member(std::string_view group, std::string_view member) {
  return coordinator_tombstone(wire::ConsumerGroupMemberMetadataKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_topics(std::string_view group) {
  return coordinator_tombstone(wire::ConsumerGroupPartitionMetadataKey{.group_id = group});
}
Result<CoordinatorRecord> no_target(std::string_view group, std::string_view member) {
  return coordinator_tombstone(
      wire::ConsumerGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_target_epoch(std::string_view group) {
  return coordinator_tombstone(wire::ConsumerGroupTargetAssignmentMetadataKey{.group_id = group});
}
Result<CoordinatorRecord> no_assignment(std::string_view group, std::string_view member) {
  return coordinator_tombstone(
      wire::ConsumerGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_pattern(std::string_view group, std::string_view pattern) {
  return coordinator_tombstone(
      wire::ConsumerGroupRegularExpressionKey{.group_id = group, .regular_expression = pattern});
}

}  // namespace sluice::consumer_records
