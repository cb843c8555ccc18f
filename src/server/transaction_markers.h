// server/transaction_markers.h: what the transaction coordinators of this broker need of the rest of it.
#pragma once

#include <string_view>

#include "coordinator/transaction_marker.h"
#include "wire/error_code.h"

namespace sluice {

class Broker;

/// Ends a producer's transaction in one partition of this broker, on the shard that owns it. Called on any shard.
/// unknown_topic_or_partition: there is no such partition, as far as the controller has said.
Task<ErrorCode> write_marker(Broker& broker, std::string_view topic, PartitionIndex partition,
                             TransactionMarker marker);

/// Sends markers to the partitions of this broker, which leads all that there are.
class LocalMarkers final : public TransactionMarkers {
 public:
  explicit LocalMarkers(Broker& broker) : broker_(broker) {}
  Task<TransactionPartitions> write(TransactionMarker marker, TransactionPartitions partitions) override;

 private:
  Broker& broker_;
};

/// Ids from the blocks that the controller gives.
class BrokerProducerIds final : public ProducerIds {
 public:
  explicit BrokerProducerIds(Broker& broker) : broker_(broker) {}
  Task<Result<ProducerId>> next() override;

 private:
  Broker& broker_;
};

}  // namespace sluice
