#include "coordinator/reconciliation.h"

#include <utility>

namespace sluice {
namespace {

/// Who does not say what it has may have all of it.
bool has_any_of(const std::optional<AssignedPartitions>& reported, const PartitionEpochs& partitions) {
  if (!reported) return true;
  for (const auto& [topic, indexes] : *reported)
    for (const PartitionIndex partition : indexes)
      if (contains(partitions, topic, partition)) return true;
  return false;
}

/// What becomes of the partitions of a member.
struct Division {
  PartitionEpochs kept;
  PartitionEpochs given_up;
  AssignedPartitions added;
  bool waits = false;  // For partitions that somebody else still holds.
};

bool is_free(const ConsumerMember& member, const Reconciliation& with, const Uuid& topic,
             PartitionIndex partition) {
  return !contains(with.held, topic, partition) || contains(member.pending_release, topic, partition);
}

Division divide(const ConsumerMember& member, const Reconciliation& with) {
  Division division;
  const auto is_target = [&with](const Uuid& topic, PartitionIndex partition) {
    const auto found = with.target.find(topic);
    return found != with.target.end() && with.subscribed.contains(topic) && found->second.contains(partition);
  };
  for (const auto& [topic, indexes] : member.assigned)
    for (const auto& [partition, epoch] : indexes)
      (is_target(topic, partition) ? division.kept : division.given_up)[topic].emplace(partition, epoch);
  for (const auto& [topic, indexes] : with.target) {
    if (!with.subscribed.contains(topic)) continue;
    for (const PartitionIndex partition : indexes) {
      if (contains(member.assigned, topic, partition)) continue;
      if (is_free(member, with, topic, partition))
        division.added[topic].insert(partition);
      else
        division.waits = true;
    }
  }
  return division;
}

ConsumerMember next_assignment(ConsumerMember member, const Reconciliation& with) {
  Division division = divide(member, with);
  member.assigned = std::move(division.kept);
  if (!division.given_up.empty() && has_any_of(with.reported, division.given_up)) {
    // Only when all is given up does the member get the new epoch, and with it what is new.
    member.state = MemberState::unrevoked_partitions;
    member.advance_to(member.epoch);
    member.pending_release = std::move(division.given_up);
    return member;
  }
  for (const auto& [topic, indexes] : division.added)
    for (const PartitionIndex partition : indexes) member.assigned[topic][partition] = with.target_epoch;
  member.state = division.waits ? MemberState::unreleased_partitions : MemberState::stable;
  member.advance_to(with.target_epoch);
  member.pending_release.clear();
  return member;
}

/// Takes topics away that the member no longer subscribes to, though its target still has them.
ConsumerMember without_unsubscribed(ConsumerMember member, const Reconciliation& with) {
  bool changed = false;
  for (auto topic = member.assigned.begin(); topic != member.assigned.end();) {
    if (with.subscribed.contains(topic->first)) {
      ++topic;
      continue;
    }
    member.pending_release[topic->first].insert(topic->second.begin(), topic->second.end());
    topic = member.assigned.erase(topic);
    changed = true;
  }
  if (!changed) return member;
  if (has_any_of(with.reported, member.pending_release))
    member.state = MemberState::unrevoked_partitions;
  else
    member.pending_release.clear();
  member.advance_to(member.epoch);
  return member;
}

}  // namespace

std::optional<ConsumerMember> reconcile(const ConsumerMember& member, const Reconciliation& with) {
  switch (member.state) {
    case MemberState::stable:
      if (member.epoch != with.target_epoch) return next_assignment(member, with);
      return with.subscription_changed ? without_unsubscribed(member, with) : member;
    case MemberState::unrevoked_partitions:
      if (!has_any_of(with.reported, member.pending_release)) return next_assignment(member, with);
      return with.subscription_changed ? without_unsubscribed(member, with) : member;
    case MemberState::unreleased_partitions: return next_assignment(member, with);
    case MemberState::unknown: break;
  }
  if (!with.reported || !with.reported->empty()) return std::nullopt;
  return next_assignment(member, with);
}

}  // namespace sluice
