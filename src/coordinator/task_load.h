// coordinator/task_load.h: how much the members and processes of a streams application have been given so far,
// while its tasks are shared out.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "wire/ids.h"

namespace sluice {

struct TaskId {
  std::string_view subtopology;
  PartitionIndex partition;
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

/// Processes with their members, by the numbers that add_member() gives: from 0 on.
class TaskLoad {
 public:
  using Member = std::size_t;
  using Process = std::size_t;

  Member add_member(std::string_view process);

  Process process_of(Member member) const { return members_[member].process; }
  std::int32_t count(Member member) const { return members_[member].count; }
  /// Tasks for each member of the process.
  double load(Process process) const {
    return static_cast<double>(processes_[process].count) /
           static_cast<double>(processes_[process].members.size());
  }
  bool has(Process process, const TaskId& task) const { return processes_[process].tasks.contains(task); }

  /// Returns how many the member has by now.
  std::int32_t give(Member member, const TaskId& task);
  /// The process with the least load that does not have the task already; none if all have it.
  std::optional<Process> least_loaded_without(const TaskId& task) const;
  /// The process with the least load. There must be one.
  Process least_loaded() const { return by_load_.begin()->second; }
  Member least_loaded_member(Process process) const;

 private:
  struct MemberLoad {
    Process process;
    std::int32_t count = 0;
  };
  struct ProcessLoad {
    std::vector<Member> members;
    std::int32_t count = 0;
    std::set<TaskId> tasks;
  };

  std::vector<MemberLoad> members_;
  std::vector<ProcessLoad> processes_;
  std::map<std::string_view, Process> numbers_;
  std::set<std::pair<double, Process>> by_load_;
};

}  // namespace sluice
