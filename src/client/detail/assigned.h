// client/detail/assigned.h: the partitions that a consumer reads, and how far it has come in each.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/loop.h"
#include "client/consumer_config.h"
#include "client/offset_and_metadata.h"

namespace sluice::client::detail {

/// One partition. Where it has no position, `reset_to` says how to find one; where it has neither, its committed
/// offset is to be looked up.
struct AssignedPartition {
  std::optional<Offset> position;        ///< Of the next record.
  LeaderEpoch position_epoch{-1};        ///< Of the record before it; -1 if it is not known.
  std::optional<std::int64_t> reset_to;  ///< A time, or one of offset_at.
  bool paused = false;
  bool revoked = false;  ///< Lost in a rebalance that its owner has not heard of yet: nothing is fetched any more.

  Offset high_watermark{-1};
  Offset last_stable_offset{-1};
  Offset log_start{-1};
  SteadyTime not_before{};                  ///< After an error, when to ask again.
  std::optional<NodeId> preferred_replica;  ///< Nearer than the leader (KIP-392).
  SteadyTime preferred_until{};
  /// The leader's epoch in which the position is known to be there still (KIP-320); -1: in none.
  LeaderEpoch validated_epoch{-1};
  std::uint64_t incarnation = 0;  ///< Changes with whatever makes an answer that is under way meaningless.

  /// Whether a leader of `current` epoch may have cut off records before the position that its forerunner had.
  bool needs_validation(LeaderEpoch current) const {
    return position && position_epoch.value >= 0 && position_epoch < current && validated_epoch < current;
  }
  bool fetchable(SteadyTime now) const {
    return position && !reset_to && !paused && !revoked && now >= not_before;
  }
};

/// What `policy` looks for, as ListOffsets takes it; nothing where it is "none".
std::optional<std::int64_t> reset_target(const OffsetReset& policy, const Loop& loop);

/// All of them. One consumer's.
class Assigned {
 public:
  std::map<TopicPartition, AssignedPartition>& partitions() { return partitions_; }
  const std::map<TopicPartition, AssignedPartition>& partitions() const { return partitions_; }
  /// Nullptr where it is not assigned.
  AssignedPartition* find(const TopicPartition& partition);
  bool contains(const TopicPartition& partition) const { return partitions_.contains(partition); }

  /// Makes it exactly `partitions`; those that stay keep what is known of them.
  void assign(const std::set<TopicPartition>& partitions);
  void seek(AssignedPartition& partition, Offset offset, LeaderEpoch epoch);
  void reset(AssignedPartition& partition, std::int64_t to);
  /// What a group commits for the partitions that have a position.
  Offsets consumed() const;

 private:
  std::map<TopicPartition, AssignedPartition> partitions_;
  std::uint64_t next_incarnation_ = 1;
};

}  // namespace sluice::client::detail
