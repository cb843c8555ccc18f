// client/detail/epoch_end.h: where the records of a leader's time end in the log of the present leader (KIP-320).
#pragma once

#include "client/cluster.h"
#include "client/list_offsets.h"

namespace sluice::client::detail {

struct EpochEnd {
  LeaderEpoch epoch{-1};  ///< The greatest one that is not above that which was asked for; -1: there is none.
  Offset end{-1};         ///< Behind its last record; -1: not known.
};

/// Asks the partitions' leaders, until all have answered or `deadline` comes.
/// Failures: unsupported_version where the leader is too old to tell a consumer.
Task<PartitionOutcomes<EpochEnd>> epoch_ends(Cluster& cluster, std::map<TopicPartition, LeaderEpoch> epochs,
                                             SteadyTime deadline);

}  // namespace sluice::client::detail
