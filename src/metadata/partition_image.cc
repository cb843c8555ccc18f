#include "metadata/partition_image.h"

#include <algorithm>
#include <limits>

#include "metadata/directory_id.h"

namespace sluice {
namespace {

Result<LeaderRecoveryState> recovery_state(std::int8_t value) {
  if (value == 0) return LeaderRecoveryState::recovered;
  if (value == 1) return LeaderRecoveryState::recovering;
  return fail(Errc::corrupt, "leader recovery state {} does not exist", value);
}

/// One directory for each replica: records from before KIP-858 have none.
Result<std::vector<Uuid>> directories_for(const std::vector<Uuid>& directories, std::size_t replicas) {
  if (std::ranges::all_of(directories, [](const Uuid& id) { return id == kDirectoryMigrating; }))
    return std::vector<Uuid>(replicas, kDirectoryMigrating);
  if (directories.size() != replicas)
    return fail(Errc::corrupt, "{} directories stand beside {} replicas", directories.size(), replicas);
  return directories;
}

}  // namespace

Result<PartitionImage> PartitionImage::from(const wire::PartitionRecord& record) {
  auto directories = directories_for(record.directories, record.replicas.size());
  if (!directories) return fail(directories.error());
  const auto recovery = recovery_state(record.leader_recovery_state);
  if (!recovery) return fail(recovery.error());
  return PartitionImage{
      .replicas = record.replicas,
      .directories = std::move(*directories),
      .isr = record.isr,
      .removing_replicas = record.removing_replicas,
      .adding_replicas = record.adding_replicas,
      .elr = record.eligible_leader_replicas.value_or(std::vector<NodeId>{}),
      .last_known_elr = record.last_known_elr.value_or(std::vector<NodeId>{}),
      .leader = record.leader,
      .leader_recovery_state = *recovery,
      .leader_epoch = record.leader_epoch,
      .partition_epoch = record.partition_epoch,
  };
}

Result<PartitionImage> PartitionImage::after(const wire::PartitionChangeRecord& change) const {
  constexpr std::int32_t kEpochMax = std::numeric_limits<std::int32_t>::max();
  if (partition_epoch == kEpochMax || leader_epoch.value == kEpochMax)
    return fail(Errc::corrupt, "partition epoch {} or leader epoch {} cannot grow", partition_epoch,
                leader_epoch.value);

  PartitionImage next = *this;
  if (change.replicas) next.replicas = *change.replicas;
  auto placed = directories_for(change.directories.value_or(directories), next.replicas.size());
  if (!placed) return fail(placed.error());
  next.directories = std::move(*placed);
  if (change.isr) next.isr = *change.isr;
  if (change.removing_replicas) next.removing_replicas = *change.removing_replicas;
  if (change.adding_replicas) next.adding_replicas = *change.adding_replicas;
  if (change.eligible_leader_replicas) next.elr = *change.eligible_leader_replicas;
  if (change.last_known_elr) next.last_known_elr = *change.last_known_elr;
  if (change.leader != kNoLeaderChange) {
    next.leader = change.leader;
    ++next.leader_epoch.value;  // Also when the leader is the same: that is how a bump is asked for.
  }
  if (change.leader_recovery_state != kNoLeaderRecoveryChange) {
    const auto recovery = recovery_state(change.leader_recovery_state);
    if (!recovery) return fail(recovery.error());
    next.leader_recovery_state = *recovery;
  }
  ++next.partition_epoch;
  return next;
}

wire::PartitionRecord PartitionImage::record(const Uuid& topic_id, PartitionIndex index,
                                             MetadataVersion version) const {
  wire::PartitionRecord record;
  record.partition_id = index;
  record.topic_id = topic_id;
  record.replicas = replicas;
  record.isr = isr;
  record.removing_replicas = removing_replicas;
  record.adding_replicas = adding_replicas;
  record.leader = leader;
  record.leader_recovery_state = static_cast<std::int8_t>(leader_recovery_state);
  record.leader_epoch = leader_epoch;
  record.partition_epoch = partition_epoch;
  if (supports_directory_assignment(version)) record.directories = directories;
  if (supports_eligible_leader_replicas(version)) {
    if (!elr.empty()) record.eligible_leader_replicas = elr;
    if (!last_known_elr.empty()) record.last_known_elr = last_known_elr;
  }
  return record;
}

Uuid PartitionImage::directory_of(NodeId broker) const {
  const auto found = std::ranges::find(replicas, broker);
  if (found == replicas.end()) return kDirectoryUnassigned;
  return directories[static_cast<std::size_t>(found - replicas.begin())];
}

}  // namespace sluice
