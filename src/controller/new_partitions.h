// controller/new_partitions.h: the partitions of a topic that is made or grows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "controller/api_error.h"
#include "controller/decision.h"
#include "metadata/partition_image.h"

namespace sluice {

/// Checks replicas that somebody chose. `replication_factor` is that of the topic's other partitions, if it has
/// any. Errors: invalid_replica_assignment.
OrApiError<void> check_assignment(const ClusterImage& cluster, std::span<const NodeId> replicas,
                                  std::optional<std::size_t> replication_factor);

/// A new partition with these replicas; its ISR is what of them is active. Nothing if none is.
std::optional<PartitionImage> new_partition(const ClusterImage& cluster, std::vector<NodeId> replicas);

/// New partitions on brokers that the controller chooses. Errors: invalid_replication_factor.
OrApiError<std::vector<PartitionImage>> place_partitions(const DecisionContext& context, std::int32_t count,
                                                         std::int16_t replication_factor);

/// Writes partitions from index `first` on.
void add_partition_records(const DecisionContext& context, const Uuid& topic_id, std::size_t first,
                           const std::vector<PartitionImage>& partitions, RecordList& records);

}  // namespace sluice
