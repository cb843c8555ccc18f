// coordinator/groups_consumer_replay.cc: consumer groups from the records of a log, whoever wrote it.
#include <type_traits>
#include <utility>

#include "coordinator/groups.h"
#include "wire/coordinator/consumer_group_current_member_assignment.h"
#include "wire/coordinator/consumer_group_member_metadata.h"
#include "wire/coordinator/consumer_group_metadata.h"
#include "wire/coordinator/consumer_group_partition_metadata.h"
#include "wire/coordinator/consumer_group_regular_expression.h"
#include "wire/coordinator/consumer_group_target_assignment_member.h"
#include "wire/coordinator/consumer_group_target_assignment_metadata.h"

namespace sluice {
namespace {

template <class Key, class Value>
struct Decoded {
  Key key;
  std::optional<Value> value;
};

template <class Key, class Value>
Result<Decoded<Key, Value>> decode(const LoggedRecord& record) {
  Result<Key> key = decode_key<Key>(record.key);
  if (!key) return fail(key.error());
  Decoded<Key, Value> decoded{.key = std::move(*key), .value = std::nullopt};
  if (!record.value) return decoded;
  Result<Value> value = decode_value<Value>(*record.value);
  if (!value) return fail(value.error());
  decoded.value = std::move(*value);
  return decoded;
}

WallTime wall_time(std::int64_t ms) { return WallTime{std::chrono::milliseconds(ms)}; }

void take(ConsumerGroup& group, const wire::ConsumerGroupMetadataKey&,
          const std::optional<wire::ConsumerGroupMetadataValue>& value) {
  if (value) group.set_epoch(value->epoch, value->metadata_hash);
}

void take(ConsumerGroup& group, const wire::ConsumerGroupPartitionMetadataKey&,
          const std::optional<wire::ConsumerGroupPartitionMetadataValue>& value) {
  group.set_has_topics_record(value.has_value());
}

void take(ConsumerGroup& group, const wire::ConsumerGroupTargetAssignmentMetadataKey&,
          const std::optional<wire::ConsumerGroupTargetAssignmentMetadataValue>& value) {
  group.set_target_epoch(
      value ? TargetEpoch{.epoch = value->assignment_epoch, .computed = wall_time(value->assignment_timestamp)}
            : TargetEpoch{});
}

void take(ConsumerGroup& group, const wire::ConsumerGroupTargetAssignmentMemberKey& key,
          const std::optional<wire::ConsumerGroupTargetAssignmentMemberValue>& value) {
  if (!value) {
    group.remove_target(key.member_id);
    return;
  }
  AssignedPartitions target;
  for (const auto& topic : value->topic_partitions)
    if (!topic.partitions.empty()) target[topic.topic_id].insert(topic.partitions.begin(), topic.partitions.end());
  group.set_target(key.member_id, std::move(target));
}

void take(ConsumerGroup& group, const wire::ConsumerGroupRegularExpressionKey& key,
          const std::optional<wire::ConsumerGroupRegularExpressionValue>& value) {
  if (!value) {
    group.remove_resolved(key.regular_expression);
    return;
  }
  group.set_resolved(key.regular_expression, {.topics = {value->topics.begin(), value->topics.end()},
                                              .version = value->version,
                                              .resolved = wall_time(value->timestamp)});
}

/// The member as it is, or a new one.
ConsumerMember member_of(const ConsumerGroup& group, std::string_view id) {
  if (const ConsumerMember* member = group.find(id); member != nullptr) return *member;
  ConsumerMember member;
  member.id = id;
  return member;
}

void take(ConsumerGroup& group, const wire::ConsumerGroupMemberMetadataKey& key,
          const std::optional<wire::ConsumerGroupMemberMetadataValue>& value) {
  if (!value) {
    group.remove_member(key.member_id);
    return;
  }
  ConsumerMember member = member_of(group, key.member_id);
  member.update(*value);
  group.put_member(std::move(member));
}

void take(ConsumerGroup& group, const wire::ConsumerGroupCurrentMemberAssignmentKey& key,
          const std::optional<wire::ConsumerGroupCurrentMemberAssignmentValue>& value) {
  if (!value && group.find(key.member_id) == nullptr) return;
  ConsumerMember member = member_of(group, key.member_id);
  if (value) {
    member.update(*value);
  } else {
    member.epoch = member.previous_epoch = kLeavingEpoch;
    member.assigned.clear();
    member.pending_release.clear();
  }
  group.put_member(std::move(member));
}

}  // namespace

template <class Key, class Value>
Result<void> Groups::replay_consumer_record(const LoggedRecord& record) {
  const Result<Decoded<Key, Value>> decoded = decode<Key, Value>(record);
  if (!decoded) return fail(decoded.error());
  const std::string_view id = decoded->key.group_id;
  ConsumerGroup* group = find_consumer_group(id);
  if (group == nullptr) {
    if (!decoded->value) return {};
    if (const auto classic = classic_.find(id); classic != classic_.end()) classic_.erase(classic);
    streams_.erase(id);
    shares_.erase(id);
    group = &consumers_.emplace(id, ConsumerGroup(std::string(id))).first->second;
  }
  take(*group, decoded->key, decoded->value);
  // The group exists by this record: what is left of it without it is what compaction has not got to yet.
  if constexpr (std::is_same_v<Key, wire::ConsumerGroupMetadataKey>)
    if (!decoded->value) consumers_.erase(consumers_.find(id));
  return {};
}

Result<void> Groups::replay_consumer(const LoggedRecord& record) {
  using namespace wire;
  const Result<std::int16_t> type = leading_number(record.key);
  if (!type) return fail(type.error());
  switch (*type) {
    case ConsumerGroupMetadataKey::kType:
      return replay_consumer_record<ConsumerGroupMetadataKey, ConsumerGroupMetadataValue>(record);
    case ConsumerGroupPartitionMetadataKey::kType:
      return replay_consumer_record<ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue>(
          record);
    case ConsumerGroupMemberMetadataKey::kType:
      return replay_consumer_record<ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue>(record);
    case ConsumerGroupTargetAssignmentMetadataKey::kType:
      return replay_consumer_record<ConsumerGroupTargetAssignmentMetadataKey,
                                    ConsumerGroupTargetAssignmentMetadataValue>(record);
    case ConsumerGroupTargetAssignmentMemberKey::kType:
      return replay_consumer_record<ConsumerGroupTargetAssignmentMemberKey,
                                    ConsumerGroupTargetAssignmentMemberValue>(record);
    case ConsumerGroupCurrentMemberAssignmentKey::kType:
      return replay_consumer_record<ConsumerGroupCurrentMemberAssignmentKey,
                                    ConsumerGroupCurrentMemberAssignmentValue>(record);
    default:
      return replay_consumer_record<ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue>(
          record);
  }
}

}  // namespace sluice
