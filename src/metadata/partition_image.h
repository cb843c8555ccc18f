// metadata/partition_image.h: what the metadata log says of one partition.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "metadata/metadata_version.h"
#include "wire/ids.h"
#include "wire/metadata/partition_change_record.h"
#include "wire/metadata/partition_record.h"
#include "wire/uuid.h"

namespace sluice {

/// No broker leads the partition.
inline constexpr NodeId kNoLeader{-1};
/// In a PartitionChangeRecord: the leader stays as it is.
inline constexpr NodeId kNoLeaderChange{-2};

/// Whether the leader was elected out of the ISR and may lack records that had been acknowledged (KIP-704).
enum class LeaderRecoveryState : std::int8_t { recovered = 0, recovering = 1 };
/// In a PartitionChangeRecord: the state stays as it is.
inline constexpr std::int8_t kNoLeaderRecoveryChange = -1;

/// One partition. Order matters: the first replica is the preferred leader, and directories stand beside replicas.
struct PartitionImage {
  std::vector<NodeId> replicas;
  std::vector<Uuid> directories;  ///< Of each replica, the log directory; as many as replicas.
  std::vector<NodeId> isr;
  std::vector<NodeId> removing_replicas;
  std::vector<NodeId> adding_replicas;
  std::vector<NodeId> elr;             ///< Eligible leader replicas (KIP-966).
  std::vector<NodeId> last_known_elr;  ///< With ELR, the last leader of a partition that has none.
  NodeId leader = kNoLeader;
  LeaderRecoveryState leader_recovery_state = LeaderRecoveryState::recovered;
  LeaderEpoch leader_epoch{0};
  std::int32_t partition_epoch = 0;

  /// Errors: corrupt (numbers of replicas and directories differ, a recovery state that does not exist).
  static Result<PartitionImage> from(const wire::PartitionRecord& record);
  /// The partition after a change. Errors: as of from(), and corrupt where an epoch is at its end.
  Result<PartitionImage> after(const wire::PartitionChangeRecord& change) const;
  /// The record that makes this partition; what `version` cannot say is left out.
  wire::PartitionRecord record(const Uuid& topic_id, PartitionIndex index, MetadataVersion version) const;

  bool has_leader() const { return leader != kNoLeader; }
  bool is_reassigning() const { return !removing_replicas.empty() || !adding_replicas.empty(); }
  /// The directory of a replica; unassigned if the broker is none of the replicas.
  Uuid directory_of(NodeId broker) const;

  friend bool operator==(const PartitionImage&, const PartitionImage&) = default;
};

}  // namespace sluice
