#include "coordinator/group_assignment.h"

namespace sluice {

AssignedPartitions without_epochs(const PartitionEpochs& partitions) {
  AssignedPartitions plain;
  for (const auto& [topic, epochs] : partitions) {
    std::set<PartitionIndex>& of_topic = plain[topic];
    for (const auto& [partition, epoch] : epochs) of_topic.insert(of_topic.end(), partition);
  }
  return plain;
}

PartitionEpochs with_epoch(const AssignedPartitions& partitions, std::int32_t epoch) {
  PartitionEpochs epochs;
  for (const auto& [topic, indexes] : partitions) {
    std::map<PartitionIndex, std::int32_t>& of_topic = epochs[topic];
    for (const PartitionIndex partition : indexes) of_topic.emplace_hint(of_topic.end(), partition, epoch);
  }
  return epochs;
}

std::size_t count_partitions(const AssignedPartitions& partitions) {
  std::size_t count = 0;
  for (const auto& [topic, indexes] : partitions) count += indexes.size();
  return count;
}

bool contains(const PartitionEpochs& partitions, const Uuid& topic, PartitionIndex partition) {
  const auto found = partitions.find(topic);
  return found != partitions.end() && found->second.contains(partition);
}

}  // namespace sluice
