#include "client/cluster_view.h"

#include <algorithm>

#include "wire/api/metadata.h"

namespace sluice::client {
namespace {

TopicInfo owned(const wire::MetadataResponse::MetadataResponseTopic& from) {
  TopicInfo topic{.name = std::string(from.name.value_or("")),
                  .id = from.topic_id,
                  .error = from.error_code,
                  .internal = from.is_internal,
                  .partitions = {}};
  topic.partitions.reserve(from.partitions.size());
  for (const auto& partition : from.partitions)
    topic.partitions.push_back({.partition = partition.partition_index,
                                .error = partition.error_code,
                                .leader = partition.leader_id,
                                .leader_epoch = partition.leader_epoch,
                                .replicas = partition.replica_nodes,
                                .in_sync = partition.isr_nodes,
                                .offline = partition.offline_replicas});
  std::ranges::sort(topic.partitions, {}, &PartitionInfo::partition);
  return topic;
}

}  // namespace

const PartitionInfo* TopicInfo::find(PartitionIndex partition) const {
  const auto found = std::ranges::lower_bound(partitions, partition, {}, &PartitionInfo::partition);
  return found != partitions.end() && found->partition == partition ? &*found : nullptr;
}

const BrokerInfo* ClusterView::find_broker(NodeId id) const {
  const auto found = brokers_.find(id);
  return found == brokers_.end() ? nullptr : &found->second;
}

const TopicInfo* ClusterView::find_topic(std::string_view name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : &found->second;
}

std::string_view ClusterView::name_of(const Uuid& id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? std::string_view{} : std::string_view(found->second);
}

const PartitionInfo* ClusterView::find_partition(const TopicPartition& partition) const {
  const TopicInfo* topic = find_topic(partition.topic);
  return topic == nullptr ? nullptr : topic->find(partition.partition);
}

TopicInfo ClusterView::merged(TopicInfo topic) const {
  const TopicInfo* before = find_topic(topic.name);
  if (before == nullptr || before->id != topic.id) return topic;
  for (PartitionInfo& partition : topic.partitions) {
    const PartitionInfo* known = before->find(partition.partition);
    if (known != nullptr && partition.leader_epoch.value >= 0 && known->leader_epoch > partition.leader_epoch)
      partition = *known;
  }
  return topic;
}

void ClusterView::update(const wire::MetadataResponse& response) {
  brokers_.clear();
  for (const auto& broker : response.brokers) {
    if (broker.port <= 0 || broker.port > UINT16_MAX) continue;
    update_broker({broker.node_id,
                   {std::string(broker.host), static_cast<std::uint16_t>(broker.port)},
                   broker.rack ? std::optional<std::string>(*broker.rack) : std::nullopt});
  }
  if (response.cluster_id) cluster_id_ = *response.cluster_id;
  controller_ = response.controller_id;
  for (TopicInfo& topic : topics_of(response)) {
    if (topic.name.empty()) continue;
    topic = merged(std::move(topic));
    if (const TopicInfo* before = find_topic(topic.name); before != nullptr && before->id != topic.id)
      names_.erase(before->id);
    if (!topic.id.is_zero()) names_.insert_or_assign(topic.id, topic.name);
    std::string name = topic.name;
    topics_.insert_or_assign(std::move(name), std::move(topic));
  }
}

bool ClusterView::update_leader(const TopicPartition& partition, NodeId leader, LeaderEpoch epoch) {
  const auto topic = topics_.find(partition.topic);
  if (topic == topics_.end() || !brokers_.contains(leader)) return false;
  for (PartitionInfo& known : topic->second.partitions) {
    if (known.partition != partition.partition) continue;
    if (known.leader_epoch >= epoch) return false;
    known.leader = leader;
    known.leader_epoch = epoch;
    known.error = ErrorCode::none;
    return true;
  }
  return false;
}

void ClusterView::update_broker(BrokerInfo broker) {
  const NodeId id = broker.id;
  brokers_.insert_or_assign(id, std::move(broker));
}

void ClusterView::forget_topic(std::string_view name) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return;
  names_.erase(found->second.id);
  topics_.erase(found);
}

std::vector<TopicInfo> topics_of(const wire::MetadataResponse& response) {
  std::vector<TopicInfo> topics;
  topics.reserve(response.topics.size());
  for (const auto& topic : response.topics) topics.push_back(owned(topic));
  std::ranges::sort(topics, {}, &TopicInfo::name);
  return topics;
}

}  // namespace sluice::client
