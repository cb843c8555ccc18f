// client/topic_partition.h: a topic's name with one of its partitions.
#pragma once

#include <compare>
#include <string>

#include "wire/ids.h"

namespace sluice::client {

/// Ordered by topic, then by partition.
struct TopicPartition {
  std::string topic;
  PartitionIndex partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// As Kafka writes it: orders-3.
inline std::string to_string(const TopicPartition& partition) {
  return partition.topic + "-" + std::to_string(partition.partition.value);
}

}  // namespace sluice::client
