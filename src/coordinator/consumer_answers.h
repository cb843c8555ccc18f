// coordinator/consumer_answers.h: what the consumer protocol's requests are answered with (KIP-848).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/group_assignment.h"
#include "coordinator/modern_answers.h"

namespace sluice {

struct ConsumerHeartbeatAnswer : HeartbeatAnswer<ConsumerHeartbeatAnswer> {
  std::optional<AssignedPartitions> assignment;  ///< None: as it was.
};

struct DescribedPartitions {
  Uuid topic_id;
  std::string topic;
  std::vector<PartitionIndex> partitions;
};

struct DescribedConsumer {
  std::string id;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::int32_t epoch = 0;
  std::string client_id;
  std::string client_host;
  std::vector<std::string> topics;
  std::string pattern;
  std::vector<DescribedPartitions> assigned;  ///< Also what it is to give up and still holds.
  std::vector<DescribedPartitions> target;
  bool is_classic = false;
};

struct DescribedConsumerGroup : DescribedModernGroup<DescribedConsumerGroup> {
  std::vector<DescribedConsumer> members;
};

}  // namespace sluice
