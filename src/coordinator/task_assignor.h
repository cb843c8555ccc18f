// coordinator/task_assignor.h: how the coordinator shares out the tasks of a streams application among its members
// (KIP-1071). Pure: the same input gives the same assignment.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/streams_group.h"

namespace sluice {

/// A member as an assignor sees it. Views what the caller keeps.
struct TaskAssignorMember {
  std::string_view id;
  std::string_view process;
  const HeldTasks* assigned = nullptr;            ///< What it has; null: nothing.
  const TaskOffsets::Offsets* offsets = nullptr;  ///< Whose state it has, and how much of it; null: unknown.
};

struct TaskAssignorSubtopology {
  std::string_view id;
  std::int32_t task_count = 0;
  bool is_stateful = false;  ///< Its tasks have state, of which copies may be kept.
};

struct TaskAssignorInput {
  std::vector<TaskAssignorMember> members;             ///< Sorted by id.
  std::vector<TaskAssignorSubtopology> subtopologies;  ///< Sorted by id.
  std::int32_t standby_replicas = 0;
};

/// One for each member, in the order of the input. Every task is active with one member, if there are any; tasks
/// with state have their standby tasks in other processes, as many as there are processes for. Tasks stay where
/// they or their copies are, as long as nobody gets more than his share; the rest goes where least is to be done.
std::vector<TaskRoles> assign_sticky(const TaskAssignorInput& input);

}  // namespace sluice
