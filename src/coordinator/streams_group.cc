#include "coordinator/streams_group.h"

#include <algorithm>
#include <tuple>

namespace sluice {

std::string_view name(StreamsGroupState state) {
  switch (state) {
    case StreamsGroupState::empty: return "Empty";
    case StreamsGroupState::not_ready: return "NotReady";
    case StreamsGroupState::assigning: return "Assigning";
    case StreamsGroupState::reconciling: return "Reconciling";
    case StreamsGroupState::stable: return "Stable";
  }
  return "Unknown";
}

void TaskProcesses::add(const Tasks& tasks, const std::string& process) {
  for (const auto& [subtopology, partitions] : tasks)
    for (const PartitionIndex partition : partitions) processes_[subtopology][partition].insert(process);
}

void TaskProcesses::remove(const Tasks& tasks, const std::string& process) {
  for (const auto& [subtopology, partitions] : tasks) {
    const auto of_subtopology = processes_.find(subtopology);
    if (of_subtopology == processes_.end()) continue;
    for (const PartitionIndex partition : partitions) {
      const auto found = of_subtopology->second.find(partition);
      if (found == of_subtopology->second.end()) continue;
      if (const auto one = found->second.find(process); one != found->second.end()) found->second.erase(one);
      if (found->second.empty()) of_subtopology->second.erase(found);
    }
    if (of_subtopology->second.empty()) processes_.erase(of_subtopology);
  }
}

bool TaskProcesses::any(std::string_view subtopology, PartitionIndex partition) const {
  const auto found = processes_.find(subtopology);
  return found != processes_.end() && found->second.contains(partition);
}

bool TaskProcesses::has(std::string_view subtopology, PartitionIndex partition, const std::string& process) const {
  const auto found = processes_.find(subtopology);
  if (found == processes_.end()) return false;
  const auto processes = found->second.find(partition);
  return processes != found->second.end() && processes->second.contains(process);
}

void StreamsGroup::Timers::cancel(std::string_view member) {
  sessions.cancel(member);
  rebalances.cancel(member);
}

std::optional<SteadyTime> StreamsGroup::Timers::next() const {
  std::optional<SteadyTime> first = first_target;
  for (const Deadlines* deadlines : {&sessions, &rebalances})
    if (const std::optional<SteadyTime> due = deadlines->next(); due && (!first || *due < *first)) first = due;
  return first;
}

void StreamsGroup::count(const StreamsMember& member, bool more) {
  const auto change = [&](TaskProcesses& processes, const Tasks& tasks) {
    if (more)
      processes.add(tasks, member.process_id);
    else
      processes.remove(tasks, member.process_id);
  };
  for (const HeldTasks* tasks : {&member.assigned, &member.pending_release}) {
    change(active_, without_epochs(tasks->active));
    change(standby_, tasks->standby);
    change(warmup_, tasks->warmup);
  }
  if (!member.instance_id) return;
  if (more) {
    by_instance_.insert_or_assign(*member.instance_id, member.id);
  } else if (const auto found = by_instance_.find(*member.instance_id);
             found != by_instance_.end() && found->second == member.id) {
    by_instance_.erase(found);
  }
}

void StreamsGroup::put_member(StreamsMember member) {
  count(member, true);
  const auto found = members_.find(member.id);
  if (found == members_.end()) {
    members_.emplace(member.id, std::move(member));
    return;
  }
  const StreamsMember before = std::exchange(found->second, std::move(member));
  count(before, false);
  // Its instance id may be the same.
  if (found->second.instance_id) by_instance_.insert_or_assign(*found->second.instance_id, found->second.id);
}

void StreamsGroup::remove_member(std::string_view id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  count(found->second, false);
  timers.cancel(id);
  if (const auto offsets = task_offsets.find(id); offsets != task_offsets.end()) task_offsets.erase(offsets);
  members_.erase(found);
  if (members_.empty()) shutdown_requested_by.reset();
}

void StreamsGroup::set_target(std::string_view member, TaskRoles tasks) {
  targets_.insert_or_assign(std::string(member), std::move(tasks));
}

void StreamsGroup::remove_target(std::string_view member) {
  if (const auto found = targets_.find(member); found != targets_.end()) targets_.erase(found);
}

const StreamsMember* StreamsGroup::find(std::string_view member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? nullptr : &found->second;
}

const StreamsMember* StreamsGroup::by_instance(std::optional<std::string_view> instance_id) const {
  if (!instance_id) return nullptr;
  const auto found = by_instance_.find(*instance_id);
  return found == by_instance_.end() ? nullptr : find(found->second);
}

const TaskRoles& StreamsGroup::target(std::string_view member) const {
  static const TaskRoles kNothing;
  const auto found = targets_.find(member);
  return found == targets_.end() ? kNothing : found->second;
}

StreamsGroupState StreamsGroup::state() const {
  if (members_.empty()) return StreamsGroupState::empty;
  if (!topology_ || topology_->epoch != epoch_.validated_topology) return StreamsGroupState::not_ready;
  if (epoch_.epoch > target_epoch_.epoch) return StreamsGroupState::assigning;
  const bool all_there = std::ranges::all_of(
      members_, [&](const auto& member) { return member.second.is_reconciled_to(target_epoch_.epoch); });
  return all_there ? StreamsGroupState::stable : StreamsGroupState::reconciling;
}

bool StreamsGroup::reads(std::string_view topic) const {
  return !members_.empty() && topology_ && topology_->reader_of(topic) != nullptr;
}

bool operator==(const StreamsGroup& a, const StreamsGroup& b) {
  const auto recorded = [](const StreamsGroup& group) {
    return std::tie(group.id_, group.epoch_, group.target_epoch_, group.topology_, group.members_, group.targets_,
                    group.by_instance_, group.active_, group.standby_, group.warmup_);
  };
  return recorded(a) == recorded(b);
}

}  // namespace sluice
