// tools/offset_plan.h: what --reset-offsets is to do to a group, and doing it.
#pragma once

#include <string>

#include "tools/offset_search.h"

namespace sluice::tools {

/// Whether the plan starts from where the group is.
bool plan_needs_committed(const Options& options);

/// The offsets that to-offset, shift-by, to-datetime … mean for the partitions; what is beyond a partition's ends
/// is moved into them, with a warning. `committed`: where the group is, if the plan needs that. Errors of numbers
/// are found before anything is asked. The options outlive it.
Task<PlannedOffsets> plan_offsets(client::Admin& admin, const Options& options, std::string group,
                                  PartitionSet partitions, client::Offsets committed);

/// Commits the offsets for a group without members.
Task<Done> commit_offsets(client::Admin& admin, std::string group, OffsetPlan plan);

}  // namespace sluice::tools
