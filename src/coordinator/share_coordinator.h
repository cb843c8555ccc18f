// coordinator/share_coordinator.h: the states of share partitions whose partitions of __share_group_state live on
// one shard (KIP-932).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "base/event.h"
#include "coordinator/coordinator_log.h"
#include "coordinator/share_state_partition.h"

namespace sluice {

/// One per shard, used on it. What requests view must stay until the answer. Any answer may be
/// coordinator_load_in_progress, coordinator_not_available or not_coordinator; for a group that no log can hold,
/// invalid_request.
class ShareCoordinator {
 public:
  /// Whether there is a topic of that id now, or perhaps will be in a moment.
  using TopicExists = std::function<bool(const Uuid& topic)>;

  /// What is kept of topics that do not exist is looked for now and then, and forgotten.
  ShareCoordinator(Loop& loop, ShareCoordinatorOptions options, TopicExists topic_exists = {});

  /// Takes over the states of a partition that this broker has come to lead; `partition_count` is the topic's.
  /// Until they are loaded requests are told to try again.
  void load(PartitionIndex partition, std::int32_t partition_count, std::unique_ptr<CoordinatorLog> log);
  /// Gives up the states of a partition; what waits ends with not_coordinator. Fine if they are not here.
  Task<void> unload(PartitionIndex partition);
  /// The topics were deleted: what is kept of them is forgotten.
  void forget_topics(const std::set<Uuid>& topics);
  /// share.coordinator.cached.buffer.max.bytes
  void set_buffer_bytes_max(std::size_t bytes);
  /// Gives up all, for good. Must be called before it is destroyed.
  Task<void> close();

  // As those of ShareStates.
  Task<ErrorCode> initialize(const SharePartitionKey& key, std::int32_t state_epoch, Offset start);
  Task<ShareStateAnswer> read(const SharePartitionKey& key, LeaderEpoch leader_epoch);
  Task<ErrorCode> write(const SharePartitionKey& key, const ShareWrite& change);
  Task<ErrorCode> remove(const SharePartitionKey& key);
  Task<ShareStateAnswer> summarize(const SharePartitionKey& key);

 private:
  using Partition = std::shared_ptr<ShareStatePartition>;
  struct Found {
    ErrorCode error = ErrorCode::none;
    Partition partition;
  };
  Found partition_of(const SharePartitionKey& key) const;
  void forget_leftovers(ShareStatePartition& partition);
  Task<void> look_after_logs();

  Loop& loop_;
  std::shared_ptr<const ShareCoordinatorOptions> options_;
  TopicExists topic_exists_;
  CoordinatorRuntimeOptions runtime_options_;
  std::int32_t partition_count_ = 0;  ///< None before the first load.
  std::map<PartitionIndex, Partition> partitions_;
  TaskGroup tasks_;
};

}  // namespace sluice
