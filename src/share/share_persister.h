// share/share_persister.h: where the leaders of share partitions keep their state: the share coordinator, wherever
// it is.
#pragma once

#include "base/task.h"
#include "coordinator/share_states.h"

namespace sluice {

/// Used on any shard. What a call views stays until its answer. Errors: those of ShareStates;
/// coordinator_not_available where the coordinator cannot be reached now.
class SharePersister {
 public:
  virtual ~SharePersister() = default;
  virtual Task<ShareStateAnswer> read(const SharePartitionKey& key, LeaderEpoch leader_epoch) = 0;
  virtual Task<ErrorCode> write(const SharePartitionKey& key, const ShareWrite& change) = 0;
};

}  // namespace sluice
