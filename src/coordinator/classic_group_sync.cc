// coordinator/classic_group_sync.cc: SyncGroup.
#include <map>
#include <utility>
#include <vector>

#include "coordinator/classic_group.h"

namespace sluice {

void ClassicGroup::sync(GroupStep& step, const wire::SyncGroupRequest& request, WaitId wait) {
  if (const ErrorCode error = check_sync(request); error != ErrorCode::none) {
    step.end(wait, SyncAnswer::failed(error));
    return;
  }
  ClassicMember& member = *members_.find(request.member_id);
  heard_in_sync(member.id);
  if (state_ == ClassicState::stable) {
    expect_heartbeat(step, member);
    step.end(wait,
             SyncAnswer{.protocol_type = protocol_type_, .protocol = protocol_, .assignment = member.assignment});
    return;
  }
  const std::optional<WaitId> earlier = std::exchange(member.awaiting_sync, wait);
  step.end(earlier, SyncAnswer::failed(ErrorCode::rebalance_in_progress));
  if (members_.is_leader(member.id)) assign(step, request);
}

ErrorCode ClassicGroup::check_sync(const wire::SyncGroupRequest& request) const {
  if (const ErrorCode error = check_member(request.member_id, request.group_instance_id); error != ErrorCode::none)
    return error;
  if (request.generation_id != generation_) return ErrorCode::illegal_generation;
  const bool type_differs = request.protocol_type && request.protocol_type != protocol_type_;
  const bool protocol_differs = request.protocol_name && request.protocol_name != protocol_;
  if (type_differs || protocol_differs) return ErrorCode::inconsistent_group_protocol;
  return state_ == ClassicState::preparing_rebalance ? ErrorCode::rebalance_in_progress : ErrorCode::none;
}

void ClassicGroup::heard_in_sync(std::string_view member_id) {
  if (const auto pending = pending_syncs_.find(member_id); pending != pending_syncs_.end())
    pending_syncs_.erase(pending);
  if (pending_syncs_.empty()) sync_due_.reset();
}

// Everybody gets what the leader assigns to it, or nothing.
void ClassicGroup::assign(GroupStep& step, const wire::SyncGroupRequest& request) {
  std::map<std::string_view, std::string_view> assignments;
  for (const auto& assigned : request.assignments) assignments[assigned.member_id] = as_text(assigned.assignment);
  std::vector<ClassicMember*> members;
  for (const auto& [id, member] : members_.all()) {
    members.push_back(members_.find(id));
    const auto assigned = assignments.find(id);
    members.back()->assignment = assigned == assignments.end() ? std::string_view() : assigned->second;
  }

  Result<CoordinatorRecord> assigned = record(step.options);
  if (!assigned) {
    for (ClassicMember* member : members) member->assignment.clear();
    fail_syncs(step, ErrorCode::unknown_server_error);
    prepare_rebalance(step);
    return;
  }
  step.effects.records.push_back(std::move(*assigned));
  enter(step, ClassicState::stable);
  for (ClassicMember* member : members) {
    if (!member->awaiting_sync) continue;
    expect_heartbeat(step, *member);
    step.end(std::exchange(member->awaiting_sync, std::nullopt),
             SyncAnswer{.protocol_type = protocol_type_, .protocol = protocol_, .assignment = member->assignment});
  }
}

}  // namespace sluice
