// coordinator/groups_replay.cc: groups and offsets from the records of a log, whoever wrote it.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "coordinator/groups.h"
#include "wire/coordinator/consumer_group_current_member_assignment.h"
#include "wire/coordinator/consumer_group_member_metadata.h"
#include "wire/coordinator/consumer_group_metadata.h"
#include "wire/coordinator/consumer_group_partition_metadata.h"
#include "wire/coordinator/consumer_group_regular_expression.h"
#include "wire/coordinator/consumer_group_target_assignment_member.h"
#include "wire/coordinator/consumer_group_target_assignment_metadata.h"
#include "wire/coordinator/group_metadata.h"
#include "wire/coordinator/legacy_offset_commit.h"
#include "wire/coordinator/offset_commit.h"
#include "wire/coordinator/streams_group_current_member_assignment.h"
#include "wire/coordinator/streams_group_member_metadata.h"
#include "wire/coordinator/streams_group_metadata.h"
#include "wire/coordinator/streams_group_target_assignment_member.h"
#include "wire/coordinator/streams_group_target_assignment_metadata.h"
#include "wire/coordinator/streams_group_topology.h"

namespace sluice {

void Groups::reset() {
  classic_.clear();
  consumers_.clear();
  streams_.reset();
  shares_.reset();
  offsets_.clear();
  deadlines_.clear();
  next_order_ = 0;
}

bool Groups::replay(const LoggedRecord& record) {
  next_order_ = std::max(next_order_, record.offset.value + 1);
  return replay_record(record).has_value();
}

Result<void> Groups::replay_record(const LoggedRecord& record) {
  const Result<std::int16_t> type = leading_number(record.key);
  if (!type) return fail(type.error());
  switch (*type) {
    case wire::LegacyOffsetCommitKey::kType: return replay_legacy_offset(record);
    case wire::OffsetCommitKey::kType: return replay_offset(record);
    case wire::GroupMetadataKey::kType: return replay_classic(record);
    case wire::ConsumerGroupMetadataKey::kType:
    case wire::ConsumerGroupPartitionMetadataKey::kType:
    case wire::ConsumerGroupMemberMetadataKey::kType:
    case wire::ConsumerGroupTargetAssignmentMetadataKey::kType:
    case wire::ConsumerGroupTargetAssignmentMemberKey::kType:
    case wire::ConsumerGroupCurrentMemberAssignmentKey::kType:
    case wire::ConsumerGroupRegularExpressionKey::kType: return replay_consumer(record);
    case wire::StreamsGroupMetadataKey::kType:
    case wire::StreamsGroupMemberMetadataKey::kType:
    case wire::StreamsGroupTargetAssignmentMetadataKey::kType:
    case wire::StreamsGroupTargetAssignmentMemberKey::kType:
    case wire::StreamsGroupCurrentMemberAssignmentKey::kType:
    case wire::StreamsGroupTopologyKey::kType: return replay_streams(record);
    default: return replay_share(record);
  }
}

Result<void> Groups::replay_offset(const LoggedRecord& record) {
  const Result<wire::OffsetCommitKey> key = decode_key<wire::OffsetCommitKey>(record.key);
  if (!key) return fail(key.error());
  if (!record.value) {
    offsets_.remove(key->group, key->topic, key->partition);
    return {};
  }
  const Result<wire::OffsetCommitValue> value = decode_value<wire::OffsetCommitValue>(*record.value);
  if (!value) return fail(value.error());
  CommittedOffset offset = offset_of(*value, record.offset.value);
  if (record.transaction)
    offsets_.put_pending(*record.transaction, key->group, key->topic, key->partition, std::move(offset));
  else
    offsets_.put(key->group, key->topic, key->partition, std::move(offset));
  return {};
}

Result<void> Groups::replay_legacy_offset(const LoggedRecord& record) {
  const Result<wire::LegacyOffsetCommitKey> key = decode_key<wire::LegacyOffsetCommitKey>(record.key);
  if (!key) return fail(key.error());
  if (!record.value) {
    offsets_.remove(key->group, key->topic, key->partition);
    return {};
  }
  const Result<wire::LegacyOffsetCommitValue> value = decode_value<wire::LegacyOffsetCommitValue>(*record.value);
  if (!value) return fail(value.error());
  const wire::OffsetCommitValue modern{
      .offset = value->offset, .metadata = value->metadata, .commit_timestamp = value->commit_timestamp};
  offsets_.put(key->group, key->topic, key->partition, offset_of(modern, record.offset.value));
  return {};
}

Result<void> Groups::replay_classic(const LoggedRecord& record) {
  const Result<wire::GroupMetadataKey> key = decode_key<wire::GroupMetadataKey>(record.key);
  if (!key) return fail(key.error());
  if (!record.value) {
    if (const auto found = classic_.find(key->group); found != classic_.end()) classic_.erase(found);
    return {};
  }
  const Result<wire::GroupMetadataValue> value = decode_value<wire::GroupMetadataValue>(*record.value);
  if (!value) return fail(value.error());
  streams_.erase(key->group);
  shares_.erase(key->group);
  if (const auto other = consumers_.find(key->group); other != consumers_.end()) consumers_.erase(other);
  classic_.insert_or_assign(std::string(key->group), ClassicGroup::restored(*key, *value));
  return {};
}

Result<void> Groups::replay_share(const LoggedRecord& record) {
  const Result<std::optional<ShareGroupKey>> key = ShareGroupKey::parse(record.key);
  if (!key) return fail(key.error());
  if (!*key) return {};  // A newer version's record: whoever writes it can do without us knowing it.
  if (record.value && (*key)->is_group()) {
    if (const auto taken = classic_.find((*key)->group); taken != classic_.end()) classic_.erase(taken);
    if (const auto taken = consumers_.find((*key)->group); taken != consumers_.end()) consumers_.erase(taken);
  }
  return shares_.replay(**key, record.value);
}

Result<void> Groups::replay_streams(const LoggedRecord& record) {
  const Result<std::optional<StreamsGroupKey>> key = StreamsGroupKey::parse(record.key);
  if (!key) return fail(key.error());
  SLUICE_ASSERT(key->has_value());  // Its type brought it here.
  if (record.value && (*key)->is_group()) {
    if (const auto taken = classic_.find((*key)->group); taken != classic_.end()) classic_.erase(taken);
    if (const auto taken = consumers_.find((*key)->group); taken != consumers_.end()) consumers_.erase(taken);
    shares_.erase((*key)->group);
  }
  return streams_.replay(**key, record.value);
}

void Groups::end_transaction(ProducerId producer, bool committed) {
  offsets_.end_transaction(producer, committed);
}

void Groups::resume(GroupStep& step) {
  // Compaction may have left records of both, from before and after a group changed its protocol.
  for (const auto& [id, group] : streams_.all())
    if (const auto classic = classic_.find(id); classic != classic_.end()) classic_.erase(classic);
  for (const auto& [id, group] : consumers_)
    if (const auto classic = classic_.find(id); classic != classic_.end()) classic_.erase(classic);
  for (const auto& [id, group] : shares_.all())
    if (const auto classic = classic_.find(id); classic != classic_.end()) classic_.erase(classic);
  shares_.resume(step);
  streams_.resume(step);
  // Offsets without a group are those of consumers that do without one.
  for (const auto& [group, topics] : offsets_.groups())
    if (!exists(group)) create(group, step.wall);
  for (const std::string& group : offsets_.pending_groups())
    if (!exists(group)) create(group, step.wall);
  for (auto& [id, group] : classic_) {
    group.resume(step);
    watch(group);
  }
  for (auto& [id, group] : consumers_) {
    const std::chrono::milliseconds session = cluster_.settings->of(id).consumer.session_timeout;
    for (const auto& [member_id, member] : group.members()) {
      group.timers.sessions.set(member_id, step.now + session);
      if (member.state == MemberState::unrevoked_partitions)
        group.timers.rebalances.set(member_id, step.now + member.rebalance_timeout());
    }
    watch(id);
  }
}

}  // namespace sluice
