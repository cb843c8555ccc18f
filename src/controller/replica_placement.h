// controller/replica_placement.h: on which brokers the replicas of new partitions go.
//
// Striped over racks, and within a rack over brokers: each partition begins one further than the one before it,
// from a random start; after as many partitions as there are brokers the order is shuffled. The leader, which is
// the first replica, is never a fenced broker; the others are only where no other is left.
#pragma once

#include <cstdint>
#include <vector>

#include "base/loop.h"
#include "controller/api_error.h"
#include "metadata/cluster_image.h"
#include "metadata/partition_image.h"

namespace sluice {

/// Replicas of `count` partitions, the first of each its preferred leader. Errors: invalid_replication_factor.
OrApiError<std::vector<std::vector<NodeId>>> place_replicas(const ClusterImage& cluster, std::int32_t count,
                                                            std::int16_t replication_factor, Loop& loop);

/// In which of a broker's log directories a new replica goes, if that can be told before the broker decides it.
Uuid default_directory(const ClusterImage& cluster, NodeId broker);

/// Whether all log directories of a broker are cordoned: it takes no new replicas.
bool is_cordoned(const BrokerImage& broker);

}  // namespace sluice
