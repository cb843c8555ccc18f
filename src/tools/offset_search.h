// tools/offset_search.h: the partitions that a command is told of, and the offsets that they have at a time.
#pragma once

#include <expected>
#include <set>

#include "tools/group_command.h"
#include "tools/group_reset.h"

namespace sluice::tools {

using PartitionSet = std::set<client::TopicPartition>;
using PlannedOffsets = std::expected<OffsetPlan, Refusal>;

/// The partitions of the topics, with all that were named checked to be there.
Task<std::expected<PartitionSet, Refusal>> find_partitions(client::Admin& admin, TopicSelection selection);
/// `time` as of ListOffsets; -1 for a partition that has nothing so late.
Task<PlannedOffsets> offsets_at(client::Admin& admin, PartitionSet partitions, std::int64_t time);
/// The same, with the end of the partition where it has nothing so late, which is said.
Task<PlannedOffsets> offsets_at_time(client::Admin& admin, PartitionSet partitions, std::int64_t time);

}  // namespace sluice::tools
