// client/cluster_view.h: what a client knows of a cluster: its brokers, and who leads what.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.h"
#include "client/topic_partition.h"
#include "net/network.h"
#include "wire/uuid.h"

namespace sluice::wire {
struct MetadataResponse;
}

namespace sluice::client {

struct BrokerInfo {
  NodeId id;
  Endpoint endpoint;
  std::optional<std::string> rack;
};

struct PartitionInfo {
  PartitionIndex partition{};
  ErrorCode error = ErrorCode::none;  ///< leader_not_available while there is no leader.
  NodeId leader{-1};                  ///< -1: none.
  LeaderEpoch leader_epoch{-1};       ///< -1: not known.
  std::vector<NodeId> replicas{};
  std::vector<NodeId> in_sync{};
  std::vector<NodeId> offline{};
};

struct TopicInfo {
  std::string name{};
  Uuid id{};  ///< Zero where the brokers give topics no ids.
  ErrorCode error = ErrorCode::none;
  bool internal = false;
  std::vector<PartitionInfo> partitions{};  ///< By partition.

  /// Nullptr where there is no such partition.
  const PartitionInfo* find(PartitionIndex partition) const;
};

/// Brokers and topics as the answers to Metadata told, each topic as last heard of.
class ClusterView {
 public:
  const std::map<NodeId, BrokerInfo>& brokers() const { return brokers_; }
  const std::map<std::string, TopicInfo, std::less<>>& topics() const { return topics_; }
  const std::string& cluster_id() const { return cluster_id_; }
  NodeId controller() const { return controller_; }

  const BrokerInfo* find_broker(NodeId id) const;
  const TopicInfo* find_topic(std::string_view name) const;
  /// The name of the topic with this id, empty if it is not known.
  std::string_view name_of(const Uuid& id) const;
  const PartitionInfo* find_partition(const TopicPartition& partition) const;

  /// Takes in an answer. A partition's leader is not replaced by one of an older epoch, as a broker that lags may
  /// tell.
  void update(const wire::MetadataResponse& response);
  /// A leader that a broker named in the answer to another request (KIP-951). False if it is not news.
  bool update_leader(const TopicPartition& partition, NodeId leader, LeaderEpoch epoch);
  void update_broker(BrokerInfo broker);
  void forget_topic(std::string_view name);

 private:
  TopicInfo merged(TopicInfo topic) const;

  std::map<NodeId, BrokerInfo> brokers_;
  std::map<std::string, TopicInfo, std::less<>> topics_;
  std::map<Uuid, std::string> names_;
  std::string cluster_id_;
  NodeId controller_{-1};
};

/// An owned copy of what one answer says, topics sorted by name.
std::vector<TopicInfo> topics_of(const wire::MetadataResponse& response);

}  // namespace sluice::client
