// coordinator/share_persister.h: where share groups and the leaders of their partitions keep state: the share
// coordinator, wherever it is.
#pragma once

#include "base/task.h"
#include "coordinator/share_states.h"

namespace sluice {

/// Used on any shard. What a call views stays until its answer. Errors: those of ShareStates;
/// coordinator_not_available where the coordinator cannot be reached now.
class SharePersister {
 public:
  virtual ~SharePersister() = default;
  virtual Task<ErrorCode> initialize(const SharePartitionKey& key, std::int32_t state_epoch, Offset start) = 0;
  virtual Task<ShareStateAnswer> read(const SharePartitionKey& key, LeaderEpoch leader_epoch) = 0;
  virtual Task<ErrorCode> write(const SharePartitionKey& key, const ShareWrite& change) = 0;
  virtual Task<ErrorCode> remove(const SharePartitionKey& key) = 0;
  virtual Task<ShareStateAnswer> summarize(const SharePartitionKey& key) = 0;
};

}  // namespace sluice
