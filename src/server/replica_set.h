// server/replica_set.h: keeps a broker's partitions as the metadata says: opens, configures and deletes their
// logs.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "config/configuration.h"
#include "metadata/metadata_changes.h"
#include "server/broker_shard.h"
#include "server/log_directories.h"

namespace sluice {

/// Lives on the broker's first shard; what it does to a partition runs on the shard that owns it.
class ReplicaSet {
 public:
  ReplicaSet(Loop& loop, Disk& disk, NodeId self, LogDirectories& directories,
             const std::vector<std::unique_ptr<BrokerShard>>& shards);

  BrokerShard& owner_of(const PartitionKey& key) const {
    return *shards_[PartitionKeyHash{}(key) % shards_.size()];
  }

  /// Opens the logs of all partitions that the image gives to this broker, several at once; what is in the log
  /// directories beside them is set aside.
  Task<void> open_all(const MetadataImage& image, const Configuration& config);
  /// Does what the changes ask for. `image` is the new one.
  Task<void> apply(const MetadataImage& image, const MetadataChanges& changes, const Configuration& config);

  /// Begins to move a partition's log to the log directory of that path (KIP-113), or gives up a move where it is
  /// there already. Errors: not_found (no log directory has that path), not_leader (the partition is not on this
  /// broker), storage_offline, and those of Log.
  Task<Result<void>> move_partition(PartitionKey key, std::string directory, const Configuration& config);

  /// Writes the checkpoints of all directories.
  Task<void> write_checkpoints();
  /// Closes every log and marks the directories as cleanly shut down.
  Task<void> close(std::int64_t broker_epoch);

 private:
  struct Opening;
  Task<bool> open_partition(const TopicImage& topic, PartitionIndex index, const MetadataImage& image,
                            const Configuration& config);
  Task<bool> lead_partition(PartitionKey key, LeaderEpoch epoch);
  Task<void> delete_partition(PartitionKey key);
  Task<void> remove_later(std::string path, LogName name);
  Task<void> configure_topic(const TopicImage& topic, const MetadataImage& image, const Configuration& config);
  bool is_ours(const PartitionImage& partition) const;

  // replica_moves.cc
  struct Move;
  Task<void> resume_moves(const MetadataImage& image, const Configuration& config);
  Task<void> carry_out(Move move);
  Task<void> end_move(PartitionKey key);

  Loop& loop_;
  Disk& disk_;
  NodeId self_;
  LogDirectories& directories_;
  const std::vector<std::unique_ptr<BrokerShard>>& shards_;
  TaskGroup removals_;
  std::map<PartitionKey, LogDirectory*> moves_;  ///< Where to; entries go when a move has ended.
  Event move_ended_;
  TaskGroup moving_;
};

}  // namespace sluice
