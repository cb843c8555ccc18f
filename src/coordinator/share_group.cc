#include "coordinator/share_group.h"

#include <algorithm>
#include <utility>

#include "wire/coordinator/share_group_current_member_assignment.h"
#include "wire/coordinator/share_group_member_metadata.h"
#include "wire/coordinator/share_group_metadata.h"
#include "wire/coordinator/share_group_state_partition_metadata.h"
#include "wire/coordinator/share_group_target_assignment_member.h"
#include "wire/coordinator/share_group_target_assignment_metadata.h"

namespace sluice {
namespace {

constexpr std::int8_t kStable =
    0;  // Members of a share group need give up nothing, so they are never anything else.

template <class Topics>
AssignedPartitions partitions_of(const Topics& topics) {
  AssignedPartitions partitions;
  for (const auto& topic : topics)
    if (!topic.partitions.empty())
      partitions[topic.topic_id].insert(topic.partitions.begin(), topic.partitions.end());
  return partitions;
}

template <class Topics>
void set_partitions(Topics& topics, const AssignedPartitions& partitions) {
  for (const auto& [id, indexes] : partitions)
    topics.push_back({.topic_id = id, .partitions = {indexes.begin(), indexes.end()}, .unknown_tags = {}});
}

template <class Topics>
ShareTopics share_topics_of(const Topics& topics) {
  ShareTopics read;
  for (const auto& topic : topics)
    read[topic.topic_id] = {std::string(topic.topic_name), {topic.partitions.begin(), topic.partitions.end()}};
  return read;
}

template <class Topics>
void set_share_topics(Topics& topics, const ShareTopics& from) {
  for (const auto& [id, topic] : from)
    topics.push_back({.topic_id = id,
                      .topic_name = topic.name,
                      .partitions = {topic.partitions.begin(), topic.partitions.end()},
                      .unknown_tags = {}});
}

WallTime wall_time(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

Result<void> take_group(ShareGroup& group, std::optional<Bytes> bytes) {
  if (!bytes) return {};
  const auto value = decode_value<wire::ShareGroupMetadataValue>(*bytes);
  if (!value) return fail(value.error());
  group.epoch = value->epoch;
  group.metadata_hash = value->metadata_hash;
  return {};
}

Result<void> take_member(ShareGroup& group, std::string_view id, std::optional<Bytes> bytes) {
  if (!bytes) {
    if (const auto found = group.members.find(id); found != group.members.end()) group.members.erase(found);
    return {};
  }
  const auto value = decode_value<wire::ShareGroupMemberMetadataValue>(*bytes);
  if (!value) return fail(value.error());
  ShareMember& member = group.members[std::string(id)];
  member.id = id;
  member.rack_id.reset();
  if (value->rack_id) member.rack_id = *value->rack_id;
  member.client_id = value->client_id;
  member.client_host = value->client_host;
  member.topics = {value->subscribed_topic_names.begin(), value->subscribed_topic_names.end()};
  return {};
}

Result<void> take_target_epoch(ShareGroup& group, std::optional<Bytes> bytes) {
  group.target_epoch = 0;
  group.target_computed = {};
  if (!bytes) return {};
  const auto value = decode_value<wire::ShareGroupTargetAssignmentMetadataValue>(*bytes);
  if (!value) return fail(value.error());
  group.target_epoch = value->assignment_epoch;
  group.target_computed = wall_time(value->assignment_timestamp);
  return {};
}

Result<void> take_target(ShareGroup& group, std::string_view id, std::optional<Bytes> bytes) {
  if (!bytes) {
    if (const auto found = group.targets.find(id); found != group.targets.end()) group.targets.erase(found);
    return {};
  }
  const auto value = decode_value<wire::ShareGroupTargetAssignmentMemberValue>(*bytes);
  if (!value) return fail(value.error());
  group.targets[std::string(id)] = partitions_of(value->topic_partitions);
  return {};
}

Result<void> take_assignment(ShareGroup& group, std::string_view id, std::optional<Bytes> bytes) {
  const auto found = group.members.find(id);
  if (!bytes) {
    if (found == group.members.end()) return {};
    found->second.epoch = found->second.previous_epoch = 0;
    found->second.assigned.clear();
    return {};
  }
  const auto value = decode_value<wire::ShareGroupCurrentMemberAssignmentValue>(*bytes);
  if (!value) return fail(value.error());
  ShareMember& member = group.members[std::string(id)];
  member.id = id;
  member.epoch = value->member_epoch;
  member.previous_epoch = value->previous_member_epoch;
  member.assigned = partitions_of(value->assigned_partitions);
  return {};
}

Result<void> take_topics(ShareGroup& group, std::optional<Bytes> bytes) {
  group.topics = {};
  if (!bytes) return {};
  const auto value = decode_value<wire::ShareGroupStatePartitionMetadataValue>(*bytes);
  if (!value) return fail(value.error());
  group.topics.initializing = share_topics_of(value->initializing_topics);
  group.topics.initialized = share_topics_of(value->initialized_topics);
  for (const auto& topic : value->deleting_topics) group.topics.deleting.emplace(topic.topic_id, topic.topic_name);
  return {};
}

/// The group and, where the record has one, the member that the key names.
template <class Key>
Result<std::optional<ShareGroupKey>> parse_as(Bytes bytes) {
  const Result<Key> key = decode_key<Key>(bytes);
  if (!key) return fail(key.error());
  ShareGroupKey parsed{.type = Key::kType, .group = key->group_id, .member = {}};
  if constexpr (requires { key->member_id; }) parsed.member = key->member_id;
  return parsed;
}

}  // namespace

const AssignedPartitions& ShareGroup::target(std::string_view member) const {
  static const AssignedPartitions kNothing;
  const auto found = targets.find(member);
  return found == targets.end() ? kNothing : found->second;
}

std::set<std::string, std::less<>> ShareGroup::subscribed_topics() const {
  std::set<std::string, std::less<>> all;
  for (const auto& [id, member] : members) all.insert(member.topics.begin(), member.topics.end());
  return all;
}

bool ShareGroup::is_homogeneous() const {
  return std::ranges::all_of(
      members, [this](const auto& member) { return member.second.topics == members.begin()->second.topics; });
}

Result<std::optional<ShareGroupKey>> ShareGroupKey::parse(Bytes key) {
  const Result<std::int16_t> type = leading_number(key);
  if (!type) return fail(type.error());
  switch (*type) {
    case wire::ShareGroupMetadataKey::kType: return parse_as<wire::ShareGroupMetadataKey>(key);
    case wire::ShareGroupMemberMetadataKey::kType: return parse_as<wire::ShareGroupMemberMetadataKey>(key);
    case wire::ShareGroupTargetAssignmentMetadataKey::kType:
      return parse_as<wire::ShareGroupTargetAssignmentMetadataKey>(key);
    case wire::ShareGroupTargetAssignmentMemberKey::kType:
      return parse_as<wire::ShareGroupTargetAssignmentMemberKey>(key);
    case wire::ShareGroupCurrentMemberAssignmentKey::kType:
      return parse_as<wire::ShareGroupCurrentMemberAssignmentKey>(key);
    case wire::ShareGroupStatePartitionMetadataKey::kType:
      return parse_as<wire::ShareGroupStatePartitionMetadataKey>(key);
    default: return std::nullopt;
  }
}

bool ShareGroupKey::is_group() const { return type == wire::ShareGroupMetadataKey::kType; }

Result<void> replay(ShareGroup& group, const ShareGroupKey& key, std::optional<Bytes> value) {
  switch (key.type) {
    case wire::ShareGroupMetadataKey::kType: return take_group(group, value);
    case wire::ShareGroupMemberMetadataKey::kType: return take_member(group, key.member, value);
    case wire::ShareGroupTargetAssignmentMetadataKey::kType: return take_target_epoch(group, value);
    case wire::ShareGroupTargetAssignmentMemberKey::kType: return take_target(group, key.member, value);
    case wire::ShareGroupCurrentMemberAssignmentKey::kType: return take_assignment(group, key.member, value);
    default: return take_topics(group, value);
  }
}

namespace share_group_records {

Result<CoordinatorRecord> group_epoch(std::string_view group, std::int32_t epoch, std::int64_t metadata_hash) {
  return coordinator_record(
      wire::ShareGroupMetadataKey{.group_id = group},
      wire::ShareGroupMetadataValue{.epoch = epoch, .metadata_hash = metadata_hash, .unknown_tags = {}}, 0);
}

Result<CoordinatorRecord> member(std::string_view group, const ShareMember& member) {
  wire::ShareGroupMemberMetadataValue value;
  if (member.rack_id) value.rack_id = *member.rack_id;
  value.client_id = member.client_id;
  value.client_host = member.client_host;
  value.subscribed_topic_names.assign(member.topics.begin(), member.topics.end());
  return coordinator_record(wire::ShareGroupMemberMetadataKey{.group_id = group, .member_id = member.id}, value,
                            0);
}

Result<CoordinatorRecord> target(std::string_view group, std::string_view member,
                                 const AssignedPartitions& partitions) {
  wire::ShareGroupTargetAssignmentMemberValue value;
  set_partitions(value.topic_partitions, partitions);
  return coordinator_record(wire::ShareGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member},
                            value, 0);
}

Result<CoordinatorRecord> target_epoch(std::string_view group, std::int32_t epoch, WallTime computed) {
  wire::ShareGroupTargetAssignmentMetadataValue value;
  value.assignment_epoch = epoch;
  value.assignment_timestamp = computed.time_since_epoch().count();
  return coordinator_record(wire::ShareGroupTargetAssignmentMetadataKey{.group_id = group}, value, 0);
}

Result<CoordinatorRecord> assignment(std::string_view group, const ShareMember& member) {
  wire::ShareGroupCurrentMemberAssignmentValue value;
  value.member_epoch = member.epoch;
  value.previous_member_epoch = member.previous_epoch;
  value.state = kStable;
  set_partitions(value.assigned_partitions, member.assigned);
  return coordinator_record(wire::ShareGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member.id},
                            value, 0);
}

Result<CoordinatorRecord> topics(std::string_view group, const ShareStateTopics& topics) {
  wire::ShareGroupStatePartitionMetadataValue value;
  set_share_topics(value.initializing_topics, topics.initializing);
  set_share_topics(value.initialized_topics, topics.initialized);
  for (const auto& [id, name] : topics.deleting)
    value.deleting_topics.push_back({.topic_id = id, .topic_name = name, .unknown_tags = {}});
  return coordinator_record(wire::ShareGroupStatePartitionMetadataKey{.group_id = group}, value, 0);
}

Result<CoordinatorRecord> no_group_epoch(std::string_view group) {
  return coordinator_tombstone(wire::ShareGroupMetadataKey{.group_id = group});
}
Result<CoordinatorRecord> no_member(std::string_view group, std::string_view member) {
  return coordinator_tombstone(wire::ShareGroupMemberMetadataKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_target(std::string_view group, std::string_view member) {
  return coordinator_tombstone(wire::ShareGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_target_epoch(std::string_view group) {
  return coordinator_tombstone(wire::ShareGroupTargetAssignmentMetadataKey{.group_id = group});
}
Result<CoordinatorRecord> no_assignment(std::string_view group, std::string_view member) {
  return coordinator_tombstone(wire::ShareGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_topics(std::string_view group) {
  return coordinator_tombstone(wire::ShareGroupStatePartitionMetadataKey{.group_id = group});
}

}  // namespace share_group_records

}  // namespace sluice
