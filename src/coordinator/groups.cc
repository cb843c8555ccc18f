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
  const auto other = others_.find(request.group_id);
  if (other != others_.end() && (!other->second.empty() || other->second.type() == GroupType::share)) {
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

// So that the group is known from its first member on. A group that has lost its members may go on with the
// classic protocol; its offsets stay.
void Groups::record_new(GroupStep& step, const ClassicGroup& group) {
  std::vector<CoordinatorRecord> records;
  if (const auto other = others_.find(group.id()); other != others_.end()) {
    records = other->second.tombstones();
    others_.erase(other);
  }
  if (step.effects.records.empty()) {
    if (Result<CoordinatorRecord> created = group.record(step.options)) records.push_back(std::move(*created));
  }
  std::ranges::move(step.effects.records, std::back_inserter(records));
  step.effects.records = std::move(records);
}

void Groups::sync(GroupStep& step, const wire::SyncGroupRequest& request, WaitId wait) {
  ClassicGroup* group = find(request.group_id);
  if (group == nullptr) {
    step.end(wait, SyncAnswer::failed(ErrorCode::unknown_member_id));
    return;
  }
  group->sync(step, request, wait);
  watch(*group);
}

ErrorCode Groups::heartbeat(GroupStep& step, const wire::HeartbeatRequest& request) {
  ClassicGroup* group = find(request.group_id);
  if (group == nullptr) return ErrorCode::unknown_member_id;
  const ErrorCode error = group->heartbeat(step, request);
  watch(*group);
  return error;
}

LeaveAnswer Groups::leave(GroupStep& step, const wire::LeaveGroupRequest& request, const GroupClient& client) {
  ClassicGroup* group = find(request.group_id);
  if (group == nullptr) return {.error = ErrorCode::unknown_member_id, .members = {}};
  constexpr std::int16_t kSeveralFrom = 3;
  std::vector<wire::LeaveGroupRequest::MemberIdentity> one;
  if (client.version < kSeveralFrom) one.push_back({.member_id = request.member_id});
  LeaveAnswer answer{.members = group->leave(step, client.version < kSeveralFrom ? one : request.members)};
  watch(*group);
  return answer;
}

ErrorCode Groups::delete_group(GroupStep& step, std::string_view group) {
  std::vector<CoordinatorRecord> tombstones;
  if (const auto other = others_.find(group); other != others_.end()) {
    if (!other->second.empty()) return ErrorCode::non_empty_group;
    tombstones = other->second.tombstones();
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
  if (find(group) != nullptr)
    remove(group);
  else
    others_.erase(others_.find(group));
  return ErrorCode::none;
}

std::vector<ListedGroup> Groups::list() const {
  std::vector<ListedGroup> listed;
  for (const auto& [id, group] : classic_)
    listed.push_back(
        {id, group.protocol_type().value_or(""), std::string(name(group.state())), GroupType::classic});
  for (const auto& [id, group] : others_)
    listed.push_back({id, std::string(name(group.type())), std::string(group.state()), group.type()});
  return listed;
}

DescribedGroup Groups::describe(std::string_view id) const {
  DescribedGroup described;
  described.id = id;
  const ClassicGroup* group = find(id);
  if (group == nullptr) {
    described.error = ErrorCode::group_id_not_found;
    described.error_message = others_.contains(id) ? "Group " + described.id + " is not a classic group."
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

void Groups::expire(GroupStep& step) {
  while (const std::optional<std::string> due = deadlines_.take_due(step.now)) {
    ClassicGroup* group = find(*due);
    SLUICE_ASSERT(group != nullptr);
    group->expire(step);
    watch(*group);
  }
}

}  // namespace sluice
