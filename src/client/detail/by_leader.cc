#include "client/detail/by_leader.h"

#include <algorithm>

namespace sluice::client::detail {
namespace {

Outcome<NodeId> leader_of(const ClusterView& view, const TopicPartition& partition) {
  const TopicInfo* topic = view.find_topic(partition.topic);
  if (topic == nullptr)
    return failed(ErrorCode::unknown_topic_or_partition, "there is no topic {}", partition.topic);
  if (topic->error != ErrorCode::none) return failed(failure_of(topic->error, "topic " + partition.topic));
  const PartitionInfo* info = topic->find(partition.partition);
  if (info == nullptr)
    return failed(ErrorCode::unknown_topic_or_partition, "there is no partition {}", to_string(partition));
  if (info->leader.value < 0)
    return failed(ErrorCode::leader_not_available, "{} has no leader", to_string(partition));
  return info->leader;
}

}  // namespace

Task<std::map<TopicPartition, Outcome<NodeId>>> find_leaders(Cluster& cluster, std::set<TopicPartition> partitions,
                                                             bool fresh, SteadyTime deadline) {
  const bool known = std::ranges::all_of(partitions, [&](const TopicPartition& partition) {
    return leader_of(cluster.view(), partition).has_value();
  });
  std::map<TopicPartition, Outcome<NodeId>> leaders;
  if (!known || fresh) {
    std::set<std::string> names;
    for (const TopicPartition& partition : partitions) names.insert(partition.topic);
    const auto answer =
        co_await cluster.describe_topics(std::vector<std::string>(names.begin(), names.end()), false, deadline);
    if (!answer) {
      for (const TopicPartition& partition : partitions) leaders.emplace(partition, failed(answer.error()));
      co_return leaders;
    }
  }
  for (const TopicPartition& partition : partitions)
    leaders.emplace(partition, leader_of(cluster.view(), partition));
  co_return leaders;
}

}  // namespace sluice::client::detail
