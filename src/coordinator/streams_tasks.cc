#include "coordinator/streams_tasks.h"

#include <algorithm>

namespace sluice {
namespace {

template <class Map>
bool contains_in(const Map& tasks, std::string_view subtopology, PartitionIndex partition) {
  const auto found = tasks.find(subtopology);
  return found != tasks.end() && found->second.contains(partition);
}

template <class Map>
bool overlap(const Tasks& some, const Map& others) {
  return std::ranges::any_of(some, [&](const auto& entry) {
    return std::ranges::any_of(
        entry.second, [&](PartitionIndex partition) { return contains_in(others, entry.first, partition); });
  });
}

void merge_tasks(Tasks& tasks, const Tasks& more) {
  for (const auto& [subtopology, partitions] : more)
    tasks[subtopology].insert(partitions.begin(), partitions.end());
}

}  // namespace

bool contains(const Tasks& tasks, std::string_view subtopology, PartitionIndex partition) {
  return contains_in(tasks, subtopology, partition);
}

bool contains(const TaskEpochs& tasks, std::string_view subtopology, PartitionIndex partition) {
  return contains_in(tasks, subtopology, partition);
}

void remove_task(Tasks& tasks, std::string_view subtopology, PartitionIndex partition) {
  const auto found = tasks.find(subtopology);
  if (found == tasks.end()) return;
  found->second.erase(partition);
  if (found->second.empty()) tasks.erase(found);
}

Tasks without_epochs(const TaskEpochs& tasks) {
  Tasks plain;
  for (const auto& [subtopology, partitions] : tasks)
    for (const auto& [partition, epoch] : partitions) plain[subtopology].insert(partition);
  return plain;
}

TaskRoles without_epochs(const HeldTasks& tasks) {
  return {.active = without_epochs(tasks.active), .standby = tasks.standby, .warmup = tasks.warmup};
}

void merge(HeldTasks& tasks, const HeldTasks& more) {
  for (const auto& [subtopology, partitions] : more.active)
    for (const auto& [partition, epoch] : partitions) tasks.active[subtopology][partition] = epoch;
  merge_tasks(tasks.standby, more.standby);
  merge_tasks(tasks.warmup, more.warmup);
}

bool has_any_of(const std::optional<TaskRoles>& reported, const HeldTasks& tasks) {
  return !reported || overlap(reported->active, tasks.active) || overlap(reported->standby, tasks.standby) ||
         overlap(reported->warmup, tasks.warmup);
}

}  // namespace sluice
