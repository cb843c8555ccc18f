// server/replica_set.h: keeps a broker's partitions as the metadata says: opens, configures and deletes their
// logs.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "config/broker_layers.h"
#include "metadata/metadata_changes.h"
#include "server/broker_shard.h"
#include "server/log_directories.h"

namespace sluice {

/// Lives on the broker's first shard; what it does to a partition runs on the shard that owns it.
class ReplicaSet {
 public:
  /// All of it outlives the set.
  ReplicaSet(Loop& loop, Disk& disk, NodeId self, LogDirectories& directories,
             const std::vector<std::unique_ptr<BrokerShard>>& shards, const BrokerLayers& layers);

  BrokerShard& owner_of(const PartitionKey& key) const {
    return *shards_[PartitionKeyHash{}(key) % shards_.size()];
  }

  /// Opens the logs of all partitions that the image gives to this broker, several at once; what is in the log
  /// directories beside them is set aside. Of logs that were not closed only those of internal topics are open
  /// when it returns; the others are opened from then on.
  Task<void> open_all(MetadataImagePointer image);
  /// Returns when every partition is open, or the broker stops.
  Task<void> all_opened();
  /// Does what the changes ask for. `image` is the new one.
  Task<void> apply(MetadataImagePointer image, const MetadataChanges& changes);

  /// Begins to move a partition's log to the log directory of that path (KIP-113), or gives up a move where it is
  /// there already. Errors: not_found (no log directory has that path), not_leader (the partition is not on this
  /// broker), refused (the directory is cordoned), storage_offline, and those of Log.
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
  Task<Result<void>> open_in(LogDirectory& directory, const TopicImage& topic, PartitionIndex index,
                             PartitionSettings settings);
  Task<Result<void>> set_aside(LogDirectory& directory, LogName name);
  std::vector<PartitionKey> gone_with(const MetadataChanges& changes) const;
  Task<void> delete_partitions(std::vector<PartitionKey> keys);
  /// What it was called, if it was here.
  Task<std::optional<LogName>> delete_partition(PartitionKey key);
  /// Writes checkpoints without what they say of logs that are gone.
  Task<void> forget(std::vector<LogName> names);
  Task<void> remove_later(std::string path, LogName name, std::chrono::milliseconds delay);
  Task<void> remove_now(std::string path, LogName name);
  Task<void> configure_topic(const TopicImage& topic, const MetadataImage& image, const Configuration& config);
  bool is_ours(const PartitionImage& partition) const;

  // replica_openings.cc
  /// A partition whose log was not closed and is not open yet.
  struct Unopened {
    PartitionKey key;
    LogName name;
    bool being_opened = false;
  };
  Task<void> open_later(std::vector<Unopened> unopened);
  Task<void> open_rest();
  Task<bool> open_some();
  Task<void> settle(PartitionKey key);
  Task<std::optional<PartitionKey>> next_opening();
  Task<void> opening_ended(std::function<bool(const Unopened&)> concerned);
  Task<LogName> delete_unopened(PartitionKey key);

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
  const BrokerLayers& layers_;
  MetadataImagePointer image_;  ///< The latest.
  std::map<PartitionKey, Unopened> unopened_;
  std::deque<PartitionKey> openings_due_;  ///< In this order, as far as they are in `unopened_`.
  Event opened_;
  TaskGroup opening_;
  bool all_could_be_opened_ = true;
  Turns checkpoint_writes_;
  TaskGroup removals_;
  std::map<PartitionKey, LogDirectory*> moves_;  ///< Where to; entries go when a move has ended.
  Event move_ended_;
  TaskGroup moving_;
};

}  // namespace sluice
