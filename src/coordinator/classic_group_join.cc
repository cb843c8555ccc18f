// coordinator/classic_group_join.cc: JoinGroup.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "coordinator/classic_group.h"

namespace sluice {
namespace {

constexpr std::int16_t kMemberIdRequiredFrom = 4;  // KIP-394
constexpr std::int16_t kSkipAssignmentFrom = 9;    // KIP-814

std::chrono::milliseconds session_timeout(const wire::JoinGroupRequest& request) {
  return std::chrono::milliseconds(std::max(request.session_timeout_ms, 0));
}

std::chrono::milliseconds rebalance_timeout(const wire::JoinGroupRequest& request, const GroupClient& client) {
  // Version 0 has one timeout for both.
  if (client.version == 0) return session_timeout(request);
  return std::chrono::milliseconds(std::max(request.rebalance_timeout_ms, 0));
}

}  // namespace

void ClassicGroup::join(GroupStep& step, const wire::JoinGroupRequest& request, const GroupClient& client,
                        WaitId wait, std::string new_member_id) {
  if (!accepts(step, request.member_id)) {
    if (members_.contains(request.member_id)) remove_member(step, request.member_id);
    if (const auto pending = pending_joins_.find(request.member_id); pending != pending_joins_.end()) {
      sessions_.cancel(*pending);
      pending_joins_.erase(pending);
    }
    step.end(wait, JoinAnswer::failed(ErrorCode::group_max_size_reached, ""));
    complete_join_if_all_joined(step);
    return;
  }
  if (!supports(request)) {
    step.end(wait, JoinAnswer::failed(ErrorCode::inconsistent_group_protocol, request.member_id));
    return;
  }
  if (request.member_id.empty())
    join_new_member(step, request, client, wait, std::move(new_member_id));
  else
    join_known_member(step, request, client, wait);
}

// While members join anew, places go to those who come first; otherwise those who have one keep it.
bool ClassicGroup::accepts(const GroupStep& step, std::string_view member_id) const {
  const ClassicMember* member = members_.find(member_id);
  switch (state_) {
    case ClassicState::empty: return true;
    case ClassicState::preparing_rebalance:
      return (member != nullptr && member->awaiting_join) ||
             members_.awaiting_join_count() < step.options.size_max;
    case ClassicState::completing_rebalance:
    case ClassicState::stable: return member != nullptr || members_.size() < step.options.size_max;
  }
  return false;
}

bool ClassicGroup::supports(const wire::JoinGroupRequest& request) const {
  if (state_ == ClassicState::empty) return !request.protocol_type.empty() && !request.protocols.empty();
  return protocol_type_ == request.protocol_type && members_.have_in_common(request.protocols);
}

void ClassicGroup::join_new_member(GroupStep& step, const wire::JoinGroupRequest& request,
                                   const GroupClient& client, WaitId wait, std::string new_id) {
  if (request.group_instance_id) {
    if (const std::string* old_id = members_.by_instance(*request.group_instance_id); old_id != nullptr)
      replace_static_member(step, request, client, wait, *old_id, std::move(new_id));
    else
      add_member(step, request, client, wait, std::move(new_id));
    return;
  }
  if (client.version < kMemberIdRequiredFrom) {
    add_member(step, request, client, wait, std::move(new_id));
    return;
  }
  // Members that never learn their id, because they gave up waiting, would pile up in the group.
  sessions_.set(new_id, step.now + session_timeout(request));
  pending_joins_.insert(new_id);
  step.end(wait, JoinAnswer::failed(ErrorCode::member_id_required, new_id));
}

void ClassicGroup::join_known_member(GroupStep& step, const wire::JoinGroupRequest& request,
                                     const GroupClient& client, WaitId wait) {
  if (pending_joins_.contains(request.member_id)) {
    if (request.group_instance_id) {  // Only members without an instance id were told to come back.
      step.end(wait, JoinAnswer::failed(ErrorCode::unknown_member_id, request.member_id));
      return;
    }
    add_member(step, request, client, wait, std::string(request.member_id));
    return;
  }
  const ErrorCode error = check_member(request.member_id, request.group_instance_id);
  if (error != ErrorCode::none) {
    step.end(wait, JoinAnswer::failed(error, request.member_id));
    return;
  }
  ClassicMember& member = *members_.find(request.member_id);
  // A leader that joins again without need asks for a rebalance: what it shares out may have changed. From another
  // member it means that an answer was lost.
  const bool changed = !member.offers(request.protocols);
  const bool leader_asks = state_ == ClassicState::stable && members_.is_leader(member.id);
  if (state_ == ClassicState::preparing_rebalance || changed || leader_asks)
    update_member(step, member, request, wait);
  else
    step.end(wait, joined(member));
}

void ClassicGroup::add_member(GroupStep& step, const wire::JoinGroupRequest& request, const GroupClient& client,
                              WaitId wait, std::string id) {
  ClassicMember member;
  member.id = std::move(id);
  if (request.group_instance_id) member.instance_id = std::string(*request.group_instance_id);
  member.client_id = client.client_id;
  member.client_host = client.host;
  member.session_timeout = session_timeout(request);
  member.rebalance_timeout = rebalance_timeout(request, client);
  member.is_new = true;
  if (members_.empty()) protocol_type_ = std::string(request.protocol_type);
  if (state_ == ClassicState::preparing_rebalance && previous_state_ == ClassicState::empty) member_added_ = true;
  if (const auto pending = pending_joins_.find(member.id); pending != pending_joins_.end())
    pending_joins_.erase(pending);
  ClassicMember& added = members_.add(std::move(member));
  members_.set_protocols(added, request.protocols);
  members_.set_awaiting_join(added, wait);
  sessions_.set(added.id, step.now + step.options.new_member_timeout);
  rebalance_or_complete_join(step);
}

void ClassicGroup::update_member(GroupStep& step, ClassicMember& member, const wire::JoinGroupRequest& request,
                                 WaitId wait) {
  members_.set_protocols(member, request.protocols);
  member.session_timeout = session_timeout(request);
  if (request.rebalance_timeout_ms >= 0)
    member.rebalance_timeout = std::chrono::milliseconds(request.rebalance_timeout_ms);
  // Whoever still waits for the member's earlier JoinGroup is told to come again.
  const std::optional<WaitId> earlier = members_.set_awaiting_join(member, wait);
  step.end(earlier, JoinAnswer::failed(ErrorCode::rebalance_in_progress, member.id));
  rebalance_or_complete_join(step);
}

// A static member that has been restarted joins without an id. It takes its predecessor's place, which is fenced
// from here on; if nothing else changes, the others need not know.
void ClassicGroup::replace_static_member(GroupStep& step, const wire::JoinGroupRequest& request,
                                         const GroupClient& client, WaitId wait, std::string old_id,
                                         std::string new_id) {
  const std::string old_leader = members_.leader().value_or("");
  std::optional<WaitId> old_join;
  std::optional<WaitId> old_sync;
  ClassicMember& member = members_.rename(old_id, new_id, old_join, old_sync);
  step.end(old_join, JoinAnswer::failed(ErrorCode::fenced_instance_id, old_id));
  step.end(old_sync, SyncAnswer::failed(ErrorCode::fenced_instance_id));
  sessions_.cancel(old_id);
  if (pending_syncs_.erase(old_id) > 0) pending_syncs_.insert(new_id);
  member.client_id = client.client_id;
  member.client_host = client.host;
  member.session_timeout = session_timeout(request);
  member.rebalance_timeout = rebalance_timeout(request, client);
  member.is_new = false;
  expect_heartbeat(step, member);
  members_.set_protocols(member, request.protocols);

  if (state_ == ClassicState::stable && protocol_ == members_.select_protocol()) {
    rejoin_same_generation(step, client, wait, old_leader, member);
    return;
  }
  members_.set_awaiting_join(member, wait);
  // The leader may have been told the old id already and assign the work of the new one to it.
  rebalance_or_complete_join(step);
}

void ClassicGroup::rejoin_same_generation(GroupStep& step, const GroupClient& client, WaitId wait,
                                          const std::string& old_leader, ClassicMember& member) {
  Result<CoordinatorRecord> changed = record(step.options);
  if (!changed) {
    members_.set_awaiting_join(member, wait);
    prepare_rebalance(step);
    return;
  }
  step.effects.records.push_back(std::move(*changed));
  JoinAnswer answer = joined(member);
  if (client.version >= kSkipAssignmentFrom) {
    answer.skip_assignment = members_.is_leader(member.id);
  } else {
    // Told that it leads, an old client would assign anew, and nobody else would hear of it.
    answer.leader = old_leader;
    answer.members.clear();
  }
  step.end(wait, std::move(answer));
}

JoinAnswer ClassicGroup::joined(const ClassicMember& member) const {
  JoinAnswer answer;
  answer.generation = generation_;
  answer.protocol_type = protocol_type_;
  answer.protocol = protocol_;
  answer.leader = members_.leader().value_or("");
  answer.member_id = member.id;
  if (!members_.is_leader(member.id)) return answer;
  for (const auto& [id, other] : members_.all())
    answer.members.push_back({id, other.instance_id, std::string(other.metadata(protocol_.value_or("")))});
  return answer;
}

}  // namespace sluice
