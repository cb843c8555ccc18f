// coordinator/group_assignment.h: which partitions belong to a member of a group that the coordinator assigns work
// to (KIP-848 and those that build on it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

/// Partitions by topic. No topic is there without partitions.
using AssignedPartitions = std::map<Uuid, std::set<PartitionIndex>>;

/// Partitions by topic, each with a member epoch: which one depends on the place. No topic is there without
/// partitions.
using PartitionEpochs = std::map<Uuid, std::map<PartitionIndex, std::int32_t>>;

AssignedPartitions without_epochs(const PartitionEpochs& partitions);
PartitionEpochs with_epoch(const AssignedPartitions& partitions, std::int32_t epoch);
std::size_t count_partitions(const AssignedPartitions& partitions);
bool contains(const PartitionEpochs& partitions, const Uuid& topic, PartitionIndex partition);

}  // namespace sluice
