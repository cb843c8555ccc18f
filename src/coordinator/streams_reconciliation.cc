#include "coordinator/streams_reconciliation.h"

#include <utility>

namespace sluice {
namespace {

/// What becomes of the tasks of a member.
struct Division {
  HeldTasks kept;
  HeldTasks given_up;
  HeldTasks added;
  bool waits = false;  // For tasks that somebody else still holds.
};

class TaskDivision {
 public:
  TaskDivision(const StreamsMember& member, const StreamsReconciliation& with) : member_(member), with_(with) {
    divide_active();
    divide_copies(&HeldTasks::standby, &TaskRoles::standby, &TaskDivision::is_free_standby);
    divide_copies(&HeldTasks::warmup, &TaskRoles::warmup, &TaskDivision::is_free_warmup);
    demote();
    convert(&HeldTasks::standby, &HeldTasks::warmup);
    convert(&HeldTasks::warmup, &HeldTasks::standby);
    promote(&HeldTasks::standby);
    promote(&HeldTasks::warmup);
    has_to_give_up = !division.given_up.empty() && has_any_of(with_.reported, division.given_up);
    keep_promoted(&HeldTasks::standby);
    keep_promoted(&HeldTasks::warmup);
  }

  Division division;
  bool has_to_give_up = false;

 private:
  using Copies = Tasks HeldTasks::*;

  void divide_active() {
    for (const auto& [subtopology, partitions] : member_.assigned.active)
      for (const auto& [partition, epoch] : partitions) {
        const bool stays = contains(with_.target.active, subtopology, partition);
        (stays ? division.kept : division.given_up).active[subtopology][partition] = epoch;
      }
    for (const auto& [subtopology, partitions] : with_.target.active)
      for (const PartitionIndex partition : partitions) {
        if (contains(member_.assigned.active, subtopology, partition)) continue;
        if (is_free_active(subtopology, partition))
          division.added.active[subtopology][partition] = with_.target_epoch;
        else
          division.waits = true;
      }
  }

  void divide_copies(Copies held, Tasks TaskRoles::* wanted,
                     bool (TaskDivision::*is_free)(const std::string&, PartitionIndex) const) {
    for (const auto& [subtopology, partitions] : member_.assigned.*held)
      for (const PartitionIndex partition : partitions) {
        const bool stays = contains(with_.target.*wanted, subtopology, partition);
        ((stays ? division.kept : division.given_up).*held)[subtopology].insert(partition);
      }
    for (const auto& [subtopology, partitions] : with_.target.*wanted)
      for (const PartitionIndex partition : partitions) {
        if (contains(member_.assigned.*held, subtopology, partition)) continue;
        if ((this->*is_free)(subtopology, partition))
          (division.added.*held)[subtopology].insert(partition);
        else
          division.waits = true;
      }
  }

  bool is_free_active(const std::string& subtopology, PartitionIndex partition) const {
    return !with_.group.active_processes().any(subtopology, partition) &&
           !another_has(with_.group.standby_processes(), &HeldTasks::standby, subtopology, partition) &&
           !another_has(with_.group.warmup_processes(), &HeldTasks::warmup, subtopology, partition);
  }

  bool is_free_standby(const std::string& subtopology, PartitionIndex partition) const {
    const bool runs_beside = with_.group.active_processes().has(subtopology, partition, member_.process_id) &&
                             !contains(member_.assigned.active, subtopology, partition);
    return !runs_beside && !with_.group.standby_processes().has(subtopology, partition, member_.process_id) &&
           !another_has(with_.group.warmup_processes(), &HeldTasks::warmup, subtopology, partition);
  }

  bool is_free_warmup(const std::string& subtopology, PartitionIndex partition) const {
    return !with_.group.active_processes().has(subtopology, partition, member_.process_id) &&
           !another_has(with_.group.standby_processes(), &HeldTasks::standby, subtopology, partition) &&
           !with_.group.warmup_processes().has(subtopology, partition, member_.process_id);
  }

  /// Another member of the same process.
  bool another_has(const TaskProcesses& processes, Copies held, const std::string& subtopology,
                   PartitionIndex partition) const {
    return processes.has(subtopology, partition, member_.process_id) &&
           !contains(member_.assigned.*held, subtopology, partition);
  }

  void grant_now(Copies held, const std::string& subtopology, PartitionIndex partition) {
    remove_task(division.added.*held, subtopology, partition);
    (division.kept.*held)[subtopology].insert(partition);
  }

  /// What it processes and is to keep a copy of: the state is there.
  void demote() {
    for (const auto& [subtopology, partitions] : member_.assigned.active)
      for (const auto& [partition, epoch] : partitions)
        if (contains(division.added.standby, subtopology, partition))
          grant_now(&HeldTasks::standby, subtopology, partition);
  }

  void convert(Copies from, Copies to) {
    for (const auto& [subtopology, partitions] : member_.assigned.*from)
      for (const PartitionIndex partition : partitions) {
        if (!contains(division.added.*to, subtopology, partition)) continue;
        grant_now(to, subtopology, partition);
        remove_task(division.given_up.*from, subtopology, partition);
      }
  }

  /// A copy of what the member is to process is not given up.
  void promote(Copies from) {
    for (const auto& [subtopology, partitions] : member_.assigned.*from)
      for (const PartitionIndex partition : partitions)
        if (contains(with_.target.active, subtopology, partition))
          remove_task(division.given_up.*from, subtopology, partition);
  }

  void keep_promoted(Copies from) {
    for (const auto& [subtopology, partitions] : member_.assigned.*from)
      for (const PartitionIndex partition : partitions) {
        const bool given_now = !has_to_give_up && contains(division.added.active, subtopology, partition);
        if (contains(with_.target.active, subtopology, partition) && !given_now)
          (division.kept.*from)[subtopology].insert(partition);
      }
  }

  const StreamsMember& member_;
  const StreamsReconciliation& with_;
};

StreamsMember next_assignment(StreamsMember member, std::int32_t epoch, const StreamsReconciliation& with) {
  TaskDivision divided(member, with);
  Division& division = divided.division;
  member.assigned = std::move(division.kept);
  if (divided.has_to_give_up) {
    // Only when all is given up does the member get the new epoch, and with it what is new.
    member.state = StreamsMemberState::unrevoked_tasks;
    member.advance_to(epoch);
    member.pending_release = std::move(division.given_up);
    return member;
  }
  merge(member.assigned, division.added);
  member.state = division.waits ? StreamsMemberState::unreleased_tasks : StreamsMemberState::stable;
  member.advance_to(with.target_epoch);
  member.pending_release = {};
  return member;
}

}  // namespace

std::optional<StreamsMember> reconcile(const StreamsMember& member, const StreamsReconciliation& with) {
  switch (member.state) {
    case StreamsMemberState::stable:
      if (member.epoch == with.target_epoch) return member;
      return next_assignment(member, member.epoch, with);
    case StreamsMemberState::unrevoked_tasks:
      if (has_any_of(with.reported, member.pending_release)) return member;
      return next_assignment(member, member.epoch + 1, with);
    case StreamsMemberState::unreleased_tasks: return next_assignment(member, member.epoch, with);
    case StreamsMemberState::unknown:
      if (!with.reported || !with.reported->empty()) return std::nullopt;
      return next_assignment(member, with.target_epoch, with);
  }
  return member;
}

}  // namespace sluice
