#include "coordinator/consumer_member.h"

#include <utility>

namespace sluice {
namespace {

using AssignmentValue = wire::ConsumerGroupCurrentMemberAssignmentValue;

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

MemberState state_of(std::int8_t number) {
  switch (number) {
    case 0: return MemberState::stable;
    case 1: return MemberState::unrevoked_partitions;
    case 2: return MemberState::unreleased_partitions;
    default: return MemberState::unknown;
  }
}

/// Before KIP-1251 records did not tell in which epoch a partition was assigned: any earlier one will do.
PartitionEpochs partitions_of(const std::vector<AssignmentValue::TopicPartitions>& topics) {
  PartitionEpochs partitions;
  for (const auto& topic : topics) {
    const bool has_epochs = topic.assignment_epochs && topic.assignment_epochs->size() == topic.partitions.size();
    for (std::size_t i = 0; i < topic.partitions.size(); ++i)
      partitions[topic.topic_id][topic.partitions[i]] = has_epochs ? (*topic.assignment_epochs)[i] : 0;
  }
  return partitions;
}

}  // namespace

void ConsumerMember::update(const wire::ConsumerGroupMemberMetadataValue& value) {
  instance_id = owned(value.instance_id);
  rack_id = owned(value.rack_id);
  client_id = value.client_id;
  client_host = value.client_host;
  rebalance_timeout_ms = value.rebalance_timeout_ms;
  topics = {value.subscribed_topic_names.begin(), value.subscribed_topic_names.end()};
  pattern = value.subscribed_topic_regex.value_or("");
  assignor = owned(value.server_assignor);
  classic.reset();
  if (!value.classic_member_metadata) return;
  classic.emplace().session_timeout_ms = value.classic_member_metadata->session_timeout_ms;
  for (const auto& protocol : value.classic_member_metadata->supported_protocols)
    classic->protocols.push_back({std::string(protocol.name), std::string(as_text(protocol.metadata))});
}

void ConsumerMember::update(const AssignmentValue& value) {
  epoch = value.member_epoch;
  previous_epoch = value.previous_member_epoch;
  state = state_of(value.state);
  assigned = partitions_of(value.assigned_partitions);
  pending_release = partitions_of(value.partitions_pending_revocation);
}

}  // namespace sluice
