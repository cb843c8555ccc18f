// coordinator/classic_group_rebalance.cc: how a group passes from one generation to the next, and what time does
// to it.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "coordinator/classic_group.h"

namespace sluice {

void ClassicGroup::rebalance_or_complete_join(GroupStep& step) {
  if (state_ == ClassicState::preparing_rebalance)
    complete_join_if_all_joined(step);
  else
    prepare_rebalance(step);
}

void ClassicGroup::prepare_rebalance(GroupStep& step) {
  if (state_ == ClassicState::completing_rebalance) fail_syncs(step, ErrorCode::rebalance_in_progress);
  sync_due_.reset();
  const bool is_initial = state_ == ClassicState::empty;
  enter(step, ClassicState::preparing_rebalance);
  if (is_initial) {
    // Whoever starts a whole fleet does not want a rebalance for each member of it.
    const auto delay = step.options.initial_rebalance_delay;
    initial_delay_ = {delay, std::max(members_.rebalance_timeout() - delay, std::chrono::milliseconds(0))};
    join_due_ = step.now + delay;
    return;
  }
  if (all_joined())
    complete_join(step);
  else
    join_due_ = step.now + members_.rebalance_timeout();
}

void ClassicGroup::complete_join_if_all_joined(GroupStep& step) {
  if (state_ == ClassicState::preparing_rebalance && !initial_delay_ && all_joined()) complete_join(step);
}

void ClassicGroup::extend_or_complete_initial_join(GroupStep& step) {
  const InitialDelay last = *initial_delay_;
  if (!std::exchange(member_added_, false) || last.remaining.count() == 0) {
    complete_join(step);
    return;
  }
  const auto delay = std::min(step.options.initial_rebalance_delay, last.remaining);
  initial_delay_ = {delay, std::max(last.remaining - last.delay, std::chrono::milliseconds(0))};
  join_due_ = step.now + delay;
}

void ClassicGroup::complete_join(GroupStep& step) {
  join_due_.reset();
  initial_delay_.reset();
  member_added_ = false;
  // Static members keep their place until their session ends: they may be restarting.
  std::vector<std::string> absent;
  for (const auto& [id, member] : members_.all())
    if (!member.awaiting_join && !member.instance_id) absent.push_back(id);
  for (const std::string& id : absent) remove_member(step, id);

  if (!members_.empty() && !members_.elect_joined_leader()) {
    // Nobody is there to lead. Sessions will remove who does not come back.
    join_due_ = step.now + std::max(members_.rebalance_timeout(), std::chrono::milliseconds(1));
    return;
  }
  begin_generation(step);
}

void ClassicGroup::begin_generation(GroupStep& step) {
  // After the last number comes the first: members compare generations for equality only.
  generation_ = generation_ == INT32_MAX ? 0 : generation_ + 1;
  pending_syncs_.clear();
  if (members_.empty()) {
    protocol_.reset();
    subscribed_topics_ = read_subscriptions();
    enter(step, ClassicState::empty);
    if (Result<CoordinatorRecord> emptied = record(step.options))
      step.effects.records.push_back(std::move(*emptied));
    return;
  }
  protocol_ = members_.select_protocol();
  subscribed_topics_ = read_subscriptions();
  enter(step, ClassicState::completing_rebalance);
  std::vector<std::string> ids;
  for (const auto& [id, member] : members_.all()) ids.push_back(id);
  for (const std::string& id : ids) {
    ClassicMember& member = *members_.find(id);
    JoinAnswer answer = joined(member);
    step.end(members_.set_awaiting_join(member, std::nullopt), std::move(answer));
    member.is_new = false;
    expect_heartbeat(step, member);
    pending_syncs_.insert(id);
  }
  sync_due_ = step.now + std::max(members_.rebalance_timeout(), std::chrono::milliseconds(1));
}

void ClassicGroup::expire(GroupStep& step) {
  while (const std::optional<SteadyTime> next = next_deadline()) {
    if (*next > step.now) return;
    if (join_due_ == next) {
      if (initial_delay_)
        extend_or_complete_initial_join(step);
      else
        complete_join(step);
    } else if (sync_due_ == next) {
      expire_sync(step);
    } else if (const std::optional<std::string> id = sessions_.take_due(step.now)) {
      expire_session(step, *id);
    }
  }
}

// Who has not asked for its assignment by now has gone, though its session may not have ended.
void ClassicGroup::expire_sync(GroupStep& step) {
  sync_due_.reset();
  if (pending_syncs_.empty()) return;
  const auto missing = std::exchange(pending_syncs_, {});
  for (const std::string& id : missing)
    if (members_.contains(id)) remove_member(step, id);
  prepare_rebalance(step);
}

void ClassicGroup::expire_session(GroupStep& step, std::string_view member_id) {
  if (const auto pending = pending_joins_.find(member_id); pending != pending_joins_.end()) {
    pending_joins_.erase(pending);
    complete_join_if_all_joined(step);
    return;
  }
  const ClassicMember* member = members_.find(member_id);
  if (member == nullptr) return;
  // Who waits for an answer is there; its session begins again with the answer. But new members that gave up
  // waiting come back under other ids and must not pile up.
  if (!member->is_new && (member->awaiting_join || member->awaiting_sync)) return;
  remove_member(step, member_id);
  rebalance_or_complete_join(step);
}

void ClassicGroup::fail_syncs(GroupStep& step, ErrorCode error) {
  std::vector<std::string> waiting;
  for (const auto& [id, member] : members_.all())
    if (member.awaiting_sync) waiting.push_back(id);
  for (const std::string& id : waiting) {
    ClassicMember& member = *members_.find(id);
    step.end(std::exchange(member.awaiting_sync, std::nullopt), SyncAnswer::failed(error));
    expect_heartbeat(step, member);
  }
}

}  // namespace sluice
