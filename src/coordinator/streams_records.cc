#include "coordinator/streams_records.h"

#include "wire/coordinator/streams_group_current_member_assignment.h"
#include "wire/coordinator/streams_group_member_metadata.h"
#include "wire/coordinator/streams_group_metadata.h"
#include "wire/coordinator/streams_group_target_assignment_member.h"
#include "wire/coordinator/streams_group_target_assignment_metadata.h"
#include "wire/coordinator/streams_group_topology.h"

namespace sluice {
namespace {

using namespace wire;

using AssignmentIds = StreamsGroupCurrentMemberAssignmentValue::TaskIds;

std::optional<std::string_view> viewed(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

template <class Ids>
std::vector<Ids> ids_of(const Tasks& tasks) {
  std::vector<Ids> all;
  for (const auto& [subtopology, partitions] : tasks) {
    Ids& ids = all.emplace_back();
    ids.subtopology_id = subtopology;
    ids.partitions.assign(partitions.begin(), partitions.end());
  }
  return all;
}

std::vector<AssignmentIds> ids_of(const TaskEpochs& tasks) {
  std::vector<AssignmentIds> all;
  for (const auto& [subtopology, epochs] : tasks) {
    AssignmentIds& ids = all.emplace_back();
    ids.subtopology_id = subtopology;
    ids.assignment_epochs.emplace();
    for (const auto& [partition, epoch] : epochs) {
      ids.partitions.push_back(partition);
      ids.assignment_epochs->push_back(epoch);
    }
  }
  return all;
}

template <class Ids>
Tasks tasks_of(const std::vector<Ids>& all) {
  Tasks tasks;
  for (const Ids& ids : all)
    if (!ids.partitions.empty())
      tasks[std::string(ids.subtopology_id)].insert(ids.partitions.begin(), ids.partitions.end());
  return tasks;
}

/// The member as it is, or a new one.
StreamsMember member_of(const StreamsGroup& group, std::string_view id) {
  if (const StreamsMember* member = group.find(id); member != nullptr) return *member;
  StreamsMember member;
  member.id = id;
  return member;
}

Result<void> take_epoch(StreamsGroup& group, std::optional<Bytes> bytes) {
  if (!bytes) return {};
  const auto value = decode_value<StreamsGroupMetadataValue>(*bytes);
  if (!value) return fail(value.error());
  StreamsGroupEpoch epoch{.epoch = value->epoch,
                          .metadata_hash = value->metadata_hash,
                          .validated_topology = value->validated_topology_epoch,
                          .assignment_configs = {},
                          .stored_description = value->stored_description_topology_epoch,
                          .failed_description = value->failed_description_topology_epoch};
  if (value->last_assignment_configs)
    for (const auto& config : *value->last_assignment_configs)
      epoch.assignment_configs.emplace(config.key, config.value);
  group.set_epoch(std::move(epoch));
  return {};
}

Result<void> take_topology(StreamsGroup& group, std::optional<Bytes> bytes) {
  if (!bytes) {
    group.set_topology(std::nullopt);
    return {};
  }
  const auto value = decode_value<StreamsGroupTopologyValue>(*bytes);
  if (!value) return fail(value.error());
  group.set_topology(topology_of(*value));
  return {};
}

Result<void> take_member(StreamsGroup& group, std::string_view id, std::optional<Bytes> bytes) {
  if (!bytes) {
    group.remove_member(id);
    return {};
  }
  const auto value = decode_value<StreamsGroupMemberMetadataValue>(*bytes);
  if (!value) return fail(value.error());
  StreamsMember member = member_of(group, id);
  member.update(*value);
  group.put_member(std::move(member));
  return {};
}

Result<void> take_assignment(StreamsGroup& group, std::string_view id, std::optional<Bytes> bytes) {
  if (!bytes && group.find(id) == nullptr) return {};
  StreamsMember member = member_of(group, id);
  if (bytes) {
    const auto value = decode_value<StreamsGroupCurrentMemberAssignmentValue>(*bytes);
    if (!value) return fail(value.error());
    member.update(*value);
  } else {
    member.epoch = member.previous_epoch = -1;
    member.assigned = {};
    member.pending_release = {};
  }
  group.put_member(std::move(member));
  return {};
}

Result<void> take_target(StreamsGroup& group, std::string_view id, std::optional<Bytes> bytes) {
  if (!bytes) {
    group.remove_target(id);
    return {};
  }
  const auto value = decode_value<StreamsGroupTargetAssignmentMemberValue>(*bytes);
  if (!value) return fail(value.error());
  group.set_target(id, {.active = tasks_of(value->active_tasks),
                        .standby = tasks_of(value->standby_tasks),
                        .warmup = tasks_of(value->warmup_tasks)});
  return {};
}

Result<void> take_target_epoch(StreamsGroup& group, std::optional<Bytes> bytes) {
  if (!bytes) {
    group.set_target_epoch({});
    return {};
  }
  const auto value = decode_value<StreamsGroupTargetAssignmentMetadataValue>(*bytes);
  if (!value) return fail(value.error());
  group.set_target_epoch({.epoch = value->assignment_epoch,
                          .computed = WallTime{std::chrono::milliseconds(value->assignment_timestamp)}});
  return {};
}

/// The group and, where the record has one, the member that the key names.
template <class Key>
Result<std::optional<StreamsGroupKey>> parse_as(Bytes bytes) {
  const Result<Key> key = decode_key<Key>(bytes);
  if (!key) return fail(key.error());
  StreamsGroupKey parsed{.type = Key::kType, .group = key->group_id, .member = {}};
  if constexpr (requires { key->member_id; }) parsed.member = key->member_id;
  return parsed;
}

}  // namespace

Result<std::optional<StreamsGroupKey>> StreamsGroupKey::parse(Bytes key) {
  const Result<std::int16_t> type = leading_number(key);
  if (!type) return fail(type.error());
  switch (*type) {
    case StreamsGroupMetadataKey::kType: return parse_as<StreamsGroupMetadataKey>(key);
    case StreamsGroupMemberMetadataKey::kType: return parse_as<StreamsGroupMemberMetadataKey>(key);
    case StreamsGroupTargetAssignmentMetadataKey::kType:
      return parse_as<StreamsGroupTargetAssignmentMetadataKey>(key);
    case StreamsGroupTargetAssignmentMemberKey::kType: return parse_as<StreamsGroupTargetAssignmentMemberKey>(key);
    case StreamsGroupCurrentMemberAssignmentKey::kType:
      return parse_as<StreamsGroupCurrentMemberAssignmentKey>(key);
    case StreamsGroupTopologyKey::kType: return parse_as<StreamsGroupTopologyKey>(key);
    default: return std::nullopt;
  }
}

bool StreamsGroupKey::is_group() const { return type == StreamsGroupMetadataKey::kType; }

Result<void> replay(StreamsGroup& group, const StreamsGroupKey& key, std::optional<Bytes> value) {
  switch (key.type) {
    case StreamsGroupMetadataKey::kType: return take_epoch(group, value);
    case StreamsGroupMemberMetadataKey::kType: return take_member(group, key.member, value);
    case StreamsGroupTargetAssignmentMetadataKey::kType: return take_target_epoch(group, value);
    case StreamsGroupTargetAssignmentMemberKey::kType: return take_target(group, key.member, value);
    case StreamsGroupCurrentMemberAssignmentKey::kType: return take_assignment(group, key.member, value);
    default: return take_topology(group, value);
  }
}

namespace streams_records {

Result<CoordinatorRecord> group_epoch(std::string_view group, const StreamsGroupEpoch& epoch) {
  StreamsGroupMetadataValue value;
  value.epoch = epoch.epoch;
  value.metadata_hash = epoch.metadata_hash;
  value.validated_topology_epoch = epoch.validated_topology;
  value.last_assignment_configs.emplace();
  for (const auto& [key, config] : epoch.assignment_configs)
    value.last_assignment_configs->push_back({.key = key, .value = config, .unknown_tags = {}});
  value.stored_description_topology_epoch = epoch.stored_description;
  value.failed_description_topology_epoch = epoch.failed_description;
  return coordinator_record(StreamsGroupMetadataKey{.group_id = group}, value, 0);
}

Result<CoordinatorRecord> topology(std::string_view group, const StreamsTopology& topology) {
  return coordinator_record(StreamsGroupTopologyKey{.group_id = group}, value_of(topology), 0);
}

Result<CoordinatorRecord> member(std::string_view group, const StreamsMember& member) {
  StreamsGroupMemberMetadataValue value;
  value.instance_id = viewed(member.instance_id);
  value.rack_id = viewed(member.rack_id);
  value.client_id = member.client_id;
  value.client_host = member.client_host;
  value.rebalance_timeout_ms = member.rebalance_timeout_ms;
  value.topology_epoch = member.topology_epoch;
  value.process_id = member.process_id;
  if (member.endpoint)
    value.user_endpoint = {.host = member.endpoint->host, .port = member.endpoint->port, .unknown_tags = {}};
  for (const auto& [key, tag] : member.client_tags)
    value.client_tags.push_back({.key = key, .value = tag, .unknown_tags = {}});
  return coordinator_record(StreamsGroupMemberMetadataKey{.group_id = group, .member_id = member.id}, value, 0);
}

Result<CoordinatorRecord> target(std::string_view group, std::string_view member, const TaskRoles& tasks) {
  using Ids = StreamsGroupTargetAssignmentMemberValue::TaskIds;
  StreamsGroupTargetAssignmentMemberValue value;
  value.active_tasks = ids_of<Ids>(tasks.active);
  value.standby_tasks = ids_of<Ids>(tasks.standby);
  value.warmup_tasks = ids_of<Ids>(tasks.warmup);
  return coordinator_record(StreamsGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member}, value,
                            0);
}

Result<CoordinatorRecord> target_epoch(std::string_view group, const StreamsTargetEpoch& target) {
  StreamsGroupTargetAssignmentMetadataValue value;
  value.assignment_epoch = target.epoch;
  value.assignment_timestamp = target.computed.time_since_epoch().count();
  return coordinator_record(StreamsGroupTargetAssignmentMetadataKey{.group_id = group}, value, 0);
}

Result<CoordinatorRecord> assignment(std::string_view group, const StreamsMember& member) {
  StreamsGroupCurrentMemberAssignmentValue value;
  value.member_epoch = member.epoch;
  value.previous_member_epoch = member.previous_epoch;
  value.state = static_cast<std::int8_t>(member.state);
  value.active_tasks = ids_of(member.assigned.active);
  value.standby_tasks = ids_of<AssignmentIds>(member.assigned.standby);
  value.warmup_tasks = ids_of<AssignmentIds>(member.assigned.warmup);
  value.active_tasks_pending_revocation = ids_of(member.pending_release.active);
  value.standby_tasks_pending_revocation = ids_of<AssignmentIds>(member.pending_release.standby);
  value.warmup_tasks_pending_revocation = ids_of<AssignmentIds>(member.pending_release.warmup);
  return coordinator_record(StreamsGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member.id},
                            value, 0);
}

Result<CoordinatorRecord> no_group_epoch(std::string_view group) {
  return coordinator_tombstone(StreamsGroupMetadataKey{.group_id = group});
}
Result<CoordinatorRecord> no_topology(std::string_view group) {
  return coordinator_tombstone(StreamsGroupTopologyKey{.group_id = group});
}
Result<CoordinatorRecord> no_member(std::string_view group, std::string_view member) {
  return coordinator_tombstone(StreamsGroupMemberMetadataKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_target(std::string_view group, std::string_view member) {
  return coordinator_tombstone(StreamsGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member});
}
Result<CoordinatorRecord> no_target_epoch(std::string_view group) {
  return coordinator_tombstone(StreamsGroupTargetAssignmentMetadataKey{.group_id = group});
}
Result<CoordinatorRecord> no_assignment(std::string_view group, std::string_view member) {
  return coordinator_tombstone(StreamsGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member});
}

}  // namespace streams_records

}  // namespace sluice
