#include "coordinator/task_load.h"

#include <algorithm>

namespace sluice {

TaskLoad::Member TaskLoad::add_member(std::string_view process) {
  const auto [found, is_new] = numbers_.emplace(process, processes_.size());
  if (is_new) {
    processes_.emplace_back();
    by_load_.emplace(0.0, found->second);
  }
  const Member member = members_.size();
  members_.push_back({.process = found->second});
  processes_[found->second].members.push_back(member);
  return member;
}

std::int32_t TaskLoad::give(Member member, const TaskId& task) {
  const Process process = members_[member].process;
  by_load_.erase({load(process), process});
  ++processes_[process].count;
  processes_[process].tasks.insert(task);
  by_load_.emplace(load(process), process);
  return ++members_[member].count;
}

std::optional<TaskLoad::Process> TaskLoad::least_loaded_without(const TaskId& task) const {
  for (const auto& [load, process] : by_load_)
    if (!has(process, task)) return process;
  return std::nullopt;
}

TaskLoad::Member TaskLoad::least_loaded_member(Process process) const {
  return *std::ranges::min_element(processes_[process].members, {},
                                   [this](Member member) { return count(member); });
}

}  // namespace sluice
