// A consumer's part in the rebalances of its group: what it lets go of before it joins, and takes up after.
#include <algorithm>
#include <utility>

#include "client/consumer.h"
#include "client/detail/assigned.h"
#include "client/detail/group_client.h"
#include "client/detail/group_member.h"
#include "client/detail/protocol_member.h"

namespace sluice::client {

Task<void> Consumer::tell(RebalanceListener::Hear& hear, std::set<TopicPartition> partitions) {
  if (hear && !partitions.empty()) co_await hear(std::move(partitions));
}

/// Tells the listener, and reads the partitions no more.
Task<void> Consumer::give_up(std::set<TopicPartition> partitions, bool lost) {
  if (partitions.empty()) co_return;
  for (const TopicPartition& partition : partitions)
    if (detail::AssignedPartition* state = assigned_->find(partition)) state->revoked = true;
  co_await tell(lost && listener_.lost ? listener_.lost : listener_.revoked, partitions);
  std::set<TopicPartition> left = assignment();
  for (const TopicPartition& partition : partitions) left.erase(partition);
  assigned_->assign(left);
}

/// Joins where that is due and follows what comes of it; other members' delays do not keep it beyond `deadline`.
Task<Outcome<void>> Consumer::keep_membership(SteadyTime deadline) {
  member_->polled();
  follow_filter();
  if (protocol_ != nullptr) co_return co_await follow_target();
  classic_->look_at_metadata();
  while (true) {
    if (std::optional<Outcome<std::set<TopicPartition>>> joined = classic_->take_joined()) {
      prepared_ = false;
      if (!*joined) {
        classic_->request_join();  // For the poll after this one, should its caller go on in spite of the failure.
        co_return failed(std::move(joined->error()));
      }
      Outcome<void> taken = co_await take_assignment(std::move(**joined));
      if (!taken) co_return taken;
      continue;
    }
    if (!classic_->joining() && classic_->needs_join()) {
      if (filter_ && subscribed_.empty()) co_return Outcome<void>{};  // Nothing to join for yet.
      co_await prepare_join();
      std::set<TopicPartition> owned = assignment();
      classic_->start_join(std::vector<TopicPartition>(owned.begin(), owned.end()));
      continue;
    }
    // Cooperative members read on while the others take their time.
    if (!classic_->joining() || (classic_->cooperative() && classic_->is_member())) co_return Outcome<void>{};
    if (woken_ || closed_) co_return Outcome<void>{};
    const bool in_time = co_await news_.wait_until(deadline);
    if (!in_time) co_return Outcome<void>{};
  }
}

/// Takes up what the coordinator wants this member to have. It is told by the heartbeat that follows, so that what
/// is given up here is only then others' to read.
Task<Outcome<void>> Consumer::follow_target() {
  if (protocol_->take_lost()) {
    co_await give_up(assignment(), true);
    protocol_->request_join();
  }
  while (std::optional<Outcome<std::set<TopicPartition>>> target = protocol_->take_target()) {
    if (!*target) {
      protocol_->request_join();  // For the poll after this one, should its caller go on in spite of the failure.
      co_return failed(std::move(target->error()));
    }
    Outcome<void> taken = co_await take_assignment(std::move(**target));
    if (!taken) co_return taken;
    protocol_->reconciled(assignment());
  }
  co_return Outcome<void>{};
}

/// Before a join: eager members hand back everything, cooperative ones what they want no more.
Task<void> Consumer::prepare_join() {
  if (member_->take_lost()) {
    co_await give_up(assignment(), true);
    prepared_ = true;
    co_return;
  }
  if (std::exchange(prepared_, true)) co_return;
  if (config_.auto_commits() && !assigned_->partitions().empty()) {
    // No longer than the others wait for us.
    const SteadyTime deadline = cluster_.request_deadline(cluster_.loop_now() + config_.max_poll_interval);
    co_await auto_commit_now(deadline);
  }
  std::set<TopicPartition> going = assignment();
  if (classic_->cooperative())
    std::erase_if(going,
                  [this](const TopicPartition& partition) { return subscribed_.contains(partition.topic); });
  co_await give_up(std::move(going), false);
}

Task<Outcome<void>> Consumer::take_assignment(std::set<TopicPartition> partitions) {
  if (member_->take_lost()) co_await give_up(assignment(), true);
  const std::set<TopicPartition> before = assignment();
  std::set<TopicPartition> gone;
  std::set<TopicPartition> come;
  std::ranges::set_difference(before, partitions, std::inserter(gone, gone.end()));
  std::ranges::set_difference(partitions, before, std::inserter(come, come.end()));
  if (!gone.empty()) {
    if (config_.auto_commits()) co_await auto_commit_now(cluster_.request_deadline());
    co_await give_up(gone, false);
    // Only now, when they are free, can they be given to others (KIP-429).
    if (classic_ != nullptr && classic_->cooperative()) classic_->request_join();
  }
  for (const TopicPartition& partition : partitions) cluster_.want_topic(partition.topic);
  assigned_->assign(partitions);
  co_await tell(listener_.assigned, std::move(come));
  co_return Outcome<void>{};
}

}  // namespace sluice::client
