#include "controller/new_partitions.h"

#include <algorithm>

#include "controller/replica_placement.h"

namespace sluice {

OrApiError<void> check_assignment(const ClusterImage& cluster, std::span<const NodeId> replicas,
                                  std::optional<std::size_t> replication_factor) {
  constexpr auto kCode = ErrorCode::invalid_replica_assignment;
  if (replicas.empty()) return refuse(kCode, "The manual partition assignment includes an empty replica list.");
  std::vector<NodeId> sorted(replicas.begin(), replicas.end());
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const BrokerImage* broker = cluster.broker(sorted[i]);
    if (broker == nullptr)
      return refuse(kCode, "The manual partition assignment includes broker {}, but no such broker is registered.",
                    sorted[i].value);
    if (is_cordoned(*broker))
      return refuse(
          kCode, "The manual partition assignment includes broker {}, but all its log directories are cordoned.",
          sorted[i].value);
    if (i > 0 && sorted[i] == sorted[i - 1])
      return refuse(kCode, "The manual partition assignment includes the broker {} more than once.",
                    sorted[i].value);
  }
  if (replication_factor && replicas.size() != *replication_factor)
    return refuse(
        kCode,
        "The manual partition assignment includes a partition with {} replica(s), but this is not consistent "
        "with previous partitions, which have {} replica(s).",
        replicas.size(), *replication_factor);
  return {};
}

std::optional<PartitionImage> new_partition(const ClusterImage& cluster, std::vector<NodeId> replicas) {
  PartitionImage partition;
  for (const NodeId replica : replicas) {
    partition.directories.push_back(default_directory(cluster, replica));
    if (cluster.is_active(replica)) partition.isr.push_back(replica);
  }
  if (partition.isr.empty()) return std::nullopt;
  partition.replicas = std::move(replicas);
  partition.leader = partition.isr.front();
  return partition;
}

OrApiError<std::vector<PartitionImage>> place_partitions(const DecisionContext& context, std::int32_t count,
                                                         std::int16_t replication_factor) {
  const ClusterImage& cluster = context.image.cluster;
  auto placed = place_replicas(cluster, count, replication_factor, context.loop);
  if (!placed)
    return refuse(placed.error().code, "Unable to replicate the partition {} time(s): {}", replication_factor,
                  placed.error().text);
  std::vector<PartitionImage> partitions;
  for (std::vector<NodeId>& replicas : *placed) {
    auto partition = new_partition(cluster, std::move(replicas));
    if (!partition)
      return refuse(
          ErrorCode::invalid_replication_factor,
          "Unable to replicate the partition {} time(s): All brokers are currently fenced or in controlled "
          "shutdown.",
          replication_factor);
    partitions.push_back(std::move(*partition));
  }
  return partitions;
}

void add_partition_records(const DecisionContext& context, const Uuid& topic_id, std::size_t first,
                           const std::vector<PartitionImage>& partitions, RecordList& records) {
  const MetadataVersion version = context.metadata_version();
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const PartitionIndex index{static_cast<std::int32_t>(first + i)};
    records.add(partitions[i].record(topic_id, index, version), partition_record_version(version));
  }
}

}  // namespace sluice
