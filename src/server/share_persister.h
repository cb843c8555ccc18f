// server/share_persister.h: what the leaders of share partitions on this broker need of the rest of it.
#pragma once

#include "coordinator/share_persister.h"

namespace sluice {

class Broker;

/// Asks the share coordinators of this broker, which has all that there are.
class LocalSharePersister final : public SharePersister {
 public:
  explicit LocalSharePersister(Broker& broker) : broker_(broker) {}
  Task<ErrorCode> initialize(const SharePartitionKey& key, std::int32_t state_epoch, Offset start) override;
  Task<ShareStateAnswer> read(const SharePartitionKey& key, LeaderEpoch leader_epoch) override;
  Task<ErrorCode> write(const SharePartitionKey& key, const ShareWrite& change) override;
  Task<ErrorCode> remove(const SharePartitionKey& key) override;
  Task<ShareStateAnswer> summarize(const SharePartitionKey& key) override;

 private:
  Broker& broker_;
};

}  // namespace sluice
