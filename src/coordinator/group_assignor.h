// coordinator/group_assignor.h: how the coordinator shares out partitions among the members of a group. Pure: the
// same input gives the same assignment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "coordinator/group_assignment.h"

namespace sluice {

/// A member as an assignor sees it. Views what the caller keeps.
struct AssignorMember {
  std::string_view id;
  std::optional<std::string_view> instance_id;
  std::vector<Uuid> topics;                      ///< Those it subscribes to and that exist; sorted.
  const AssignedPartitions* assigned = nullptr;  ///< What it was to have until now; null: nothing.
};

struct AssignorInput {
  std::vector<AssignorMember> members;            ///< Sorted by id.
  std::map<Uuid, std::int32_t> partition_counts;  ///< Of every topic that a member subscribes to.
  bool is_homogeneous = false;                    ///< All members subscribe to the same topics.
};

/// Each partition of a topic that somebody subscribes to goes to exactly one of its subscribers. One for each
/// member, in the order of the input.
using GroupAssignment = std::vector<AssignedPartitions>;

/// Of each topic, a range to each subscriber: with as many partitions, the same numbers of every topic, so that
/// topics can be joined. Members are ordered by instance id, then by id. Leaves nothing where it was for its own
/// sake.
GroupAssignment assign_range(const AssignorInput& input);

/// The same number of partitions to each member, or one more, as far as subscriptions allow it; and of those ways
/// one that moves few.
GroupAssignment assign_uniform(const AssignorInput& input);

/// Of a share group: each partition of a topic that somebody subscribes to has a subscriber, each member has a
/// partition, and no two numbers differ by much. Several members may have the same partition.
GroupAssignment assign_simple(const AssignorInput& input);

using GroupAssignor = GroupAssignment (*)(const AssignorInput& input);
/// The assignor of consumer groups by its name in group.consumer.assignors; null if there is none.
GroupAssignor find_consumer_assignor(std::string_view name);

namespace detail {
/// Where all members subscribe to the same topics.
GroupAssignment assign_uniform_homogeneous(const AssignorInput& input);
/// Where they do not.
GroupAssignment assign_uniform_heterogeneous(const AssignorInput& input);
}  // namespace detail

}  // namespace sluice
