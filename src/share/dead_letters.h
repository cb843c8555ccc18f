// share/dead_letters.h: where share groups put the records that they give up (KIP-1191).
#pragma once

#include "base/task.h"
#include "coordinator/share_state.h"
#include "share/share_partition.h"

namespace sluice {

class DeadLetters {
 public:
  virtual ~DeadLetters() = default;
  /// Writes about `records` of the share partition to the group's dead letter topic. Moves their first over those
  /// that it has written about, also where it fails then. Used on the shard of the partition. Errors:
  /// invalid_argument (the group's topic is missing or not meant for it; trying again is in vain), others that may
  /// pass.
  virtual Task<Result<void>> write(const SharePartitionKey& key, GivenUp& records) = 0;
};

}  // namespace sluice
