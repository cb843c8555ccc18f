// coordinator/streams_tasks.h: the tasks of a streams application (KIP-1071): a task is a subtopology at work on
// one number of partition of all topics that it reads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "wire/ids.h"

namespace sluice {

/// Tasks by subtopology. No subtopology is there without tasks.
using Tasks = std::map<std::string, std::set<PartitionIndex>, std::less<>>;
/// Likewise, each with the assignment epoch in which it was given.
using TaskEpochs = std::map<std::string, std::map<PartitionIndex, std::int32_t>, std::less<>>;

/// What a member is to do, or says that it does: tasks that process, copies of their state kept ready, and copies
/// that are on their way to be ready.
struct TaskRoles {
  Tasks active;
  Tasks standby;
  Tasks warmup;
  bool empty() const { return active.empty() && standby.empty() && warmup.empty(); }
  friend bool operator==(const TaskRoles&, const TaskRoles&) = default;
};

/// What the coordinator has given to a member.
struct HeldTasks {
  TaskEpochs active;
  Tasks standby;
  Tasks warmup;
  bool empty() const { return active.empty() && standby.empty() && warmup.empty(); }
  friend bool operator==(const HeldTasks&, const HeldTasks&) = default;
};

bool contains(const Tasks& tasks, std::string_view subtopology, PartitionIndex partition);
bool contains(const TaskEpochs& tasks, std::string_view subtopology, PartitionIndex partition);
/// Takes a task out, if it is there.
void remove_task(Tasks& tasks, std::string_view subtopology, PartitionIndex partition);

Tasks without_epochs(const TaskEpochs& tasks);
TaskRoles without_epochs(const HeldTasks& tasks);
/// Adds what `more` has.
void merge(HeldTasks& tasks, const HeldTasks& more);
/// Whether a member that says that it has `reported` still has any of `tasks`; who does not say may have all.
bool has_any_of(const std::optional<TaskRoles>& reported, const HeldTasks& tasks);

}  // namespace sluice
