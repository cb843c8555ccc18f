#include "client/partitioner.h"

#include <algorithm>
#include <vector>

#include "record/murmur2.h"

namespace sluice::client {
namespace {

/// Partitions that have a leader; all of them where none has, so that the record waits for one.
std::vector<PartitionIndex> available(const TopicInfo& topic) {
  std::vector<PartitionIndex> led;
  for (const PartitionInfo& partition : topic.partitions)
    if (partition.leader.value >= 0) led.push_back(partition.partition);
  if (led.empty())
    for (const PartitionInfo& partition : topic.partitions) led.push_back(partition.partition);
  return led;
}

}  // namespace

PartitionIndex Partitioner::choose(const TopicInfo& topic, std::optional<Bytes> key, const QueuedBytes& queued) {
  const auto count = static_cast<std::int32_t>(topic.partitions.size());
  if (config_.partitioner == PartitionerKind::round_robin) {
    const std::vector<PartitionIndex> usable = available(topic);
    return usable[round_robin_[topic.name]++ % usable.size()];
  }
  if (key && !config_.partitioner_ignore_keys) return partition_for_key(*key, count);
  Sticky& sticky = sticky_[topic.name];
  const bool gone = sticky.partition &&
                    (topic.find(*sticky.partition) == nullptr || topic.find(*sticky.partition)->leader.value < 0);
  if (!sticky.partition || gone || sticky.bytes >= config_.batch_size) {
    sticky.partition = next_sticky(topic, queued);
    sticky.bytes = 0;
  }
  return *sticky.partition;
}

void Partitioner::sent(const std::string& topic, std::size_t bytes) { sticky_[topic].bytes += bytes; }

/// By chance; where partitions have queues of different lengths, a partition's chance shrinks with its queue
/// (KIP-794).
PartitionIndex Partitioner::next_sticky(const TopicInfo& topic, const QueuedBytes& queued) {
  const std::vector<PartitionIndex> usable = available(topic);
  if (!config_.partitioner_adaptive_partitioning_enable || !queued) return usable[loop_.random() % usable.size()];
  std::vector<std::uint64_t> weights;
  std::uint64_t longest = 0;
  for (const PartitionIndex partition : usable) {
    // In batches, so that a few bytes more or less change nothing.
    weights.push_back(queued(partition) / std::max<std::size_t>(config_.batch_size, 1));
    longest = std::max(longest, weights.back());
  }
  std::uint64_t total = 0;
  for (std::uint64_t& weight : weights) total += weight = longest + 1 - weight;
  std::uint64_t drawn = loop_.random() % total;
  std::size_t at = 0;
  while (drawn >= weights[at]) drawn -= weights[at++];
  return usable[at];
}

}  // namespace sluice::client
