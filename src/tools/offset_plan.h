// tools/offset_plan.h: what --reset-offsets is to do to a group, and doing it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tools/offset_search.h"

namespace sluice::tools {

/// The partitions of what `option` names, or none with --from-file. Errors: of usage (nothing is named) …
Task<std::expected<PartitionSet, Refusal>> named_partitions(client::Admin& admin, const Options& options,
                                                            std::string_view option);
/// Those that there are offsets of.
PartitionSet partitions_of(const client::Offsets& offsets);

/// Whether members keep the group from being moved, which is said.
bool is_active(const std::string& group_id, const std::string& state);

/// Asks where the group is.
using FindCommitted = std::function<Task<std::expected<client::Offsets, Refusal>>()>;

/// The offsets that to-offset, shift-by, to-datetime … mean for the partitions; what is beyond a partition's ends
/// is moved into them, with a warning. With --execute they are committed for the group, which has no members.
/// `find_committed` is used if the plan starts from where the group is. Errors of numbers are found before
/// anything is asked. The options outlive it.
Task<PlannedOffsets> reset_partitions(client::Admin& admin, const Options& options, std::string group,
                                      PartitionSet partitions, FindCommitted find_committed);

/// As --export wants it, or else by `table`.
void print_plan(const Options& options, const ResetPlan& plan, std::string (*table)(const ResetPlan&));

}  // namespace sluice::tools
