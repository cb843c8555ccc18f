#include "coordinator/groups.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"

namespace sluice {

ClassicGroup* Groups::find(std::string_view group) {
  const auto found = classic_.find(group);
  return found == classic_.end() ? nullptr : &found->second;
}

const ClassicGroup* Groups::find(std::string_view group) const {
  const auto found = classic_.find(group);
  return found == classic_.end() ? nullptr : &found->second;
}

ConsumerGroup* Groups::find_consumer_group(std::string_view group) {
  const auto found = consumers_.find(group);
  return found == consumers_.end() ? nullptr : &found->second;
}

const ConsumerGroup* Groups::find_consumer_group(std::string_view group) const {
  const auto found = consumers_.find(group);
  return found == consumers_.end() ? nullptr : &found->second;
}

void Groups::watch(std::string_view id) {
  if (const ConsumerGroup* group = find_consumer_group(id); group != nullptr)
    deadlines_.set(id, group->timers.next());
  else if (const ClassicGroup* classic = find(id); classic != nullptr)
    watch(*classic);
  else
    deadlines_.cancel(id);
}

ClassicGroup& Groups::create(std::string_view group, WallTime now) {
  std::string id(group);
  return classic_.emplace(id, ClassicGroup(id, now)).first->second;
}

void Groups::remove(std::string_view group) {
  deadlines_.cancel(group);
  classic_.erase(classic_.find(group));
}

void Groups::join(GroupStep& step, const wire::JoinGroupRequest& request, const GroupClient& client, WaitId wait,
                  std::string new_member_id) {
  if (ConsumerGroup* consumers = find_consumer_group(request.group_id);
      consumers != nullptr && !consumers->empty()) {
    join_consumer_group(step, *consumers, request, client, wait, std::move(new_member_id));
    return;
  }
  const StreamsGroup* streams = streams_.find(request.group_id);
  if ((streams != nullptr && !streams->empty()) || shares_.find(request.group_id) != nullptr) {
    step.end(wait, JoinAnswer::failed(ErrorCode::inconsistent_group_protocol, request.member_id));
    return;
  }
  ClassicGroup* group = find(request.group_id);
  const bool is_new = group == nullptr;
  if (is_new && !request.member_id.empty()) {
    step.end(wait, JoinAnswer::failed(ErrorCode::unknown_member_id, request.member_id));
    return;
  }
  if (is_new) group = &create(request.group_id, step.wall);
  group->join(step, request, client, wait, std::move(new_member_id));
  if (is_new && group->is_vacant()) {  // It was refused.
    remove(request.group_id);
    return;
  }
  if (is_new) record_new(step, *group);
  watch(*group);
}

// So that the group is known from its first member on, though that is not one yet: what it will be depends on who
// else joins. A group that has lost its members may go on with the classic protocol; its offsets stay.
void Groups::record_new(GroupStep& step, const ClassicGroup& group) {
  std::vector<CoordinatorRecord> records;
  std::swap(records, step.effects.records);
  streams_.bury(step, group.id());
  if (const ConsumerGroup* consumers = find_consumer_group(group.id()); consumers != nullptr)
    bury(step, *consumers);
  std::swap(records, step.effects.records);
  if (step.effects.records.empty()) {
    const ClassicGroup as_created(group.id(), step.wall);
    if (Result<CoordinatorRecord> created = as_created.record(step.options))
      records.push_back(std::move(*created));
  }
  std::ranges::move(step.effects.records, std::back_inserter(records));
  step.effects.records = std::move(records);
}

void Groups::sync(GroupStep& step, const wire::SyncGroupRequest& request, WaitId wait) {
  if (ConsumerGroup* consumers = find_consumer_group(request.group_id); consumers != nullptr) {
    Granted<SyncAnswer> synced = sync_in_consumer_group(step, *consumers, request);
    step.end(wait, synced ? std::move(*synced) : SyncAnswer::failed(synced.error().code));
    watch(request.group_id);
    return;
  }
  ClassicGroup* group = find(request.group_id);
  if (group == nullptr) {
    step.end(wait, SyncAnswer::failed(ErrorCode::unknown_member_id));
    return;
  }
  group->sync(step, request, wait);
  watch(*group);
}

ErrorCode Groups::heartbeat(GroupStep& step, const wire::HeartbeatRequest& request) {
  if (ConsumerGroup* consumers = find_consumer_group(request.group_id); consumers != nullptr) {
    const Granted<void> beaten = heartbeat_in_consumer_group(step, *consumers, request);
    watch(request.group_id);
    return beaten ? ErrorCode::none : beaten.error().code;
  }
  ClassicGroup* group = find(request.group_id);
  if (group == nullptr) return ErrorCode::unknown_member_id;
  const ErrorCode error = group->heartbeat(step, request);
  watch(*group);
  return error;
}

LeaveAnswer Groups::leave(GroupStep& step, const wire::LeaveGroupRequest& request, const GroupClient& client) {
  constexpr std::int16_t kSeveralFrom = 3;
  std::vector<wire::LeaveGroupRequest::MemberIdentity> one;
  if (client.version < kSeveralFrom) one.push_back({.member_id = request.member_id});
  const auto& members = client.version < kSeveralFrom ? one : request.members;
  if (ConsumerGroup* consumers = find_consumer_group(request.group_id); consumers != nullptr) {
    LeaveAnswer answer = leave_as_classic(step, *consumers, members);
    watch(request.group_id);
    return answer;
  }
  ClassicGroup* group = find(request.group_id);
  if (group == nullptr) return {.error = ErrorCode::unknown_member_id, .members = {}};
  LeaveAnswer answer{.members = group->leave(step, members)};
  watch(*group);
  return answer;
}

ErrorCode Groups::delete_group(GroupStep& step, std::string_view group) {
  std::vector<CoordinatorRecord> tombstones;
  const ConsumerGroup* consumers = find_consumer_group(group);
  if (consumers != nullptr) {
    if (!consumers->empty()) return ErrorCode::non_empty_group;
  } else if (const StreamsGroup* streams = streams_.find(group); streams != nullptr) {
    if (!streams->empty()) return ErrorCode::non_empty_group;
  } else if (const ClassicGroup* classic = find(group); classic != nullptr) {
    if (classic->state() != ClassicState::empty) return ErrorCode::non_empty_group;
    Result<CoordinatorRecord> tombstone = coordinator_tombstone(wire::GroupMetadataKey{.group = group});
    if (tombstone) tombstones.push_back(std::move(*tombstone));
  } else {
    return ErrorCode::group_id_not_found;
  }
  if (const OffsetStore::Topics* topics = offsets_.of_group(group)) {
    for (const auto& [topic, partitions] : *topics)
      for (const auto& [partition, offset] : partitions)
        if (Result<CoordinatorRecord> tombstone = offset_tombstone(group, topic, partition))
          step.effects.records.push_back(std::move(*tombstone));
  }
  for (CoordinatorRecord& tombstone : tombstones) step.effects.records.push_back(std::move(tombstone));
  offsets_.remove_group(group);
  if (consumers != nullptr) bury(step, *consumers);
  streams_.bury(step, group);
  if (find(group) != nullptr) remove(group);
  watch(group);
  return ErrorCode::none;
}

std::vector<ListedGroup> Groups::list() const {
  std::vector<ListedGroup> listed;
  for (const auto& [id, group] : classic_)
    listed.push_back(
        {id, group.protocol_type().value_or(""), std::string(name(group.state())), GroupType::classic});
  for (const auto& [id, group] : consumers_)
    listed.push_back({id, "consumer", std::string(name(group.state())), GroupType::consumer});
  for (const auto& [id, group] : shares_.all())
    listed.push_back({id, "share", std::string(group.state()), GroupType::share});
  for (const auto& [id, group] : streams_.all())
    listed.push_back({id, "streams", std::string(name(group.state())), GroupType::streams});
  return listed;
}

DescribedGroup Groups::describe(std::string_view id) const {
  DescribedGroup described;
  described.id = id;
  const ClassicGroup* group = find(id);
  if (group == nullptr) {
    described.error = ErrorCode::group_id_not_found;
    described.error_message = exists(id) ? "Group " + described.id + " is not a classic group."
                                         : "Group " + described.id + " not found.";
    described.state = "Dead";
    return described;
  }
  const bool is_stable = group->state() == ClassicState::stable;
  described.state = name(group->state());
  described.protocol_type = group->protocol_type().value_or("");
  if (is_stable) described.protocol = group->protocol().value_or("");
  for (const auto& [member_id, member] : group->members().all()) {
    DescribedMember& shown = described.members.emplace_back();
    shown.id = member_id;
    shown.instance_id = member.instance_id;
    shown.client_id = member.client_id;
    shown.client_host = member.client_host;
    if (is_stable) shown.metadata = member.metadata(described.protocol);
    shown.assignment = member.assignment;
  }
  return described;
}

NameTaken Groups::taken_from_shares(std::string_view group) const {
  return shares_.find(group) == nullptr && exists(group) ? NameTaken::yes : NameTaken::no;
}

ConsumerHeartbeatAnswer Groups::share_heartbeat(GroupStep& step, const wire::ShareGroupHeartbeatRequest& request,
                                                const GroupClient& client) {
  return shares_.heartbeat(step, request, client, taken_from_shares(request.group_id));
}

void Groups::replace_classic(GroupStep& step, ClassicGroup& group) {
  const std::string id = group.id();
  group.dissolve(step);
  Result<CoordinatorRecord> tombstone = coordinator_tombstone(wire::GroupMetadataKey{.group = id});
  SLUICE_ASSERT(tombstone.has_value());
  step.effects.records.push_back(std::move(*tombstone));
  remove(id);
}

StreamsHeartbeatAnswer Groups::streams_heartbeat(GroupStep& step,
                                                 const wire::StreamsGroupHeartbeatRequest& request,
                                                 const GroupClient& client) {
  if (Granted<void> valid = StreamsGroups::check(request); !valid)
    return StreamsHeartbeatAnswer::failed(std::move(valid.error()));
  ClassicGroup* classic = find(request.group_id);
  if (classic != nullptr && (request.member_epoch != 0 || classic->state() != ClassicState::empty))
    classic = nullptr;  // It stays.
  const bool is_taken =
      classic == nullptr && streams_.find(request.group_id) == nullptr && exists(request.group_id);
  if (request.member_epoch < 0) {
    Granted<StreamsHeartbeatAnswer> left = streams_.leave(step, request, is_taken);
    return left ? std::move(*left) : StreamsHeartbeatAnswer::failed(std::move(left.error()));
  }
  Granted<StreamsGroups::Joining> joining = streams_.look_at(step, request, client, is_taken);
  if (!joining) return StreamsHeartbeatAnswer::failed(std::move(joining.error()));
  if (classic != nullptr) replace_classic(step, *classic);
  return streams_.beat(step, request, client, std::move(*joining));
}

DescribedStreamsGroup Groups::describe_streams_group(std::string_view group) const {
  return streams_.describe(group, streams_.find(group) == nullptr && exists(group));
}

Granted<void> Groups::take_topology_description(
    const wire::StreamsGroupTopologyDescriptionUpdateRequest& request) {
  const std::string_view group = request.group_id;
  return streams_.take_description(request, streams_.find(group) == nullptr && exists(group));
}

std::optional<SteadyTime> Groups::next_deadline() const {
  std::optional<SteadyTime> first = deadlines_.next();
  for (const std::optional<SteadyTime> due : {shares_.next_deadline(), streams_.next_deadline()})
    if (due && (!first || *due < *first)) first = due;
  return first;
}

void Groups::expire(GroupStep& step) {
  shares_.expire(step);
  streams_.expire(step);
  while (const std::optional<std::string> due = deadlines_.take_due(step.now)) {
    if (ConsumerGroup* consumers = find_consumer_group(*due); consumers != nullptr)
      expire_consumers(step, *consumers);
    else if (ClassicGroup* group = find(*due); group != nullptr)
      group->expire(step);
    watch(*due);
  }
}

}  // namespace sluice
