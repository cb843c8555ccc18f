// server/share_persister.h: what the leaders of share partitions on this broker need of the rest of it.
#pragma once

#include "share/share_persister.h"

namespace sluice {

class Broker;

/// Asks the share coordinators of this broker, which has all that there are.
class LocalSharePersister final : public SharePersister {
 public:
  explicit LocalSharePersister(Broker& broker) : broker_(broker) {}
  Task<ShareStateAnswer> read(const SharePartitionKey& key, LeaderEpoch leader_epoch) override;
  Task<ErrorCode> write(const SharePartitionKey& key, const ShareWrite& change) override;

 private:
  Broker& broker_;
};

}  // namespace sluice
