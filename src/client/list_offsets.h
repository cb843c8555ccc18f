// client/list_offsets.h: which offset a partition has at a time, at its beginning or at its end.
#pragma once

#include <cstdint>
#include <map>

#include "client/cluster.h"
#include "client/consumer_config.h"

namespace sluice::client {

/// What ListOffsets takes besides a time in milliseconds since 1970.
namespace offset_at {
inline constexpr std::int64_t kLatest = -1;
inline constexpr std::int64_t kEarliest = -2;
inline constexpr std::int64_t kMaxTimestamp = -3;           ///< KIP-734; the record with the greatest timestamp.
inline constexpr std::int64_t kEarliestLocal = -4;          ///< KIP-405
inline constexpr std::int64_t kLatestTiered = -5;           ///< KIP-1005
inline constexpr std::int64_t kEarliestPendingUpload = -6;  ///< KIP-1023
}  // namespace offset_at

struct ListedOffset {
  Offset offset{-1};            ///< -1: no record is as late as that.
  std::int64_t timestamp = -1;  ///< Of the record there; -1 for beginnings and ends.
  LeaderEpoch leader_epoch{-1};
};

/// What became of each partition that was asked about.
template <class Value>
using PartitionOutcomes = std::map<TopicPartition, Outcome<Value>>;

/// Asks the partitions' leaders, until all have answered or `deadline` comes. With read_committed the end is the
/// last stable offset. Failures of a partition: unknown_topic_or_partition, unsupported_version, request_timed_out
/// …
Task<PartitionOutcomes<ListedOffset>> list_offsets(Cluster& cluster, std::map<TopicPartition, std::int64_t> times,
                                                   IsolationLevel isolation, SteadyTime deadline);

}  // namespace sluice::client
