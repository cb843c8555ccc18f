// server/broker.h: a node: its shards, its part in the quorum, its partitions and its listeners, from start to
// stop.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/broker_config.h"
#include "config/broker_layers.h"
#include "controller/controller.h"
#include "server/acceptors.h"
#include "server/broker_shard.h"
#include "server/log_directories.h"
#include "server/replica_set.h"

namespace sluice {

/// What a node stands on. All of it outlives the node. The first loop carries what a node has only one of.
struct Environment {
  std::vector<Loop*> loops;
  Disk& disk;
  Network& network;
};

/// Where a listener of the node is reached.
struct ListeningAt {
  std::string listener;
  Endpoint bound;
  Endpoint advertised;
};

/// One node. Everything that is not said to be for any shard belongs to the first one. Lives from start() to
/// stop(), both on the first shard.
class Broker {
 public:
  Broker(Environment environment, Configuration configuration, BrokerConfig config);
  ~Broker();

  /// Opens the data, takes its place in the quorum, and begins to serve. Errors are fit to be shown to the
  /// operator.
  Task<Result<void>> start();
  /// Stops serving, closes all logs cleanly. Fine after a start that failed.
  Task<void> stop();

  // For any shard; what they return does not change while the node runs.
  const BrokerConfig& config() const { return config_; }
  NodeId node_id() const { return NodeId{config_.node.id}; }
  std::string_view cluster_id() const { return cluster_id_; }
  const std::vector<std::unique_ptr<BrokerShard>>& shards() const { return shards_; }
  BrokerShard& first_shard() { return *shards_.front(); }
  BrokerShard& owner_of(const PartitionKey& key) const { return replicas_->owner_of(key); }
  /// The shard whose coordinator has the group. Errors: not_found (the group topic does not exist yet).
  Result<BrokerShard*> coordinator_of(std::string_view group) const;
  const std::vector<ListeningAt>& listening() const { return listening_; }

  // For any shard: they cross to the first one themselves.
  /// Errors: already_exists, invalid_argument, and others as the controller says.
  Task<Result<void>> create_topic_with_defaults(std::string name);
  /// Creates __consumer_offsets unless it exists. Errors: as create_topic_with_defaults().
  Task<Result<void>> ensure_group_topic();

  // On the first shard.
  Controller& controller() { return *controller_; }
  LogDirectories& log_directories() { return *directories_; }
  const BrokerLayers& layers() const { return layers_; }

 private:
  Task<Result<void>> open_directories();
  Task<Result<void>> join_quorum();
  Task<Result<void>> listen();
  Task<Result<void>> register_broker();
  Task<void> publish(std::shared_ptr<const MetadataImage> image, MetadataChanges changes);
  Task<void> publish_to_shards(std::shared_ptr<const MetadataImage> image);
  Task<void> load_groups(const MetadataImage& image);
  void apply_broker_settings(const MetadataImage& image);
  Task<void> keep_checkpoints();
  Task<void> maintain_logs(BrokerShard& shard);
  ShardLimits shard_limits() const;

  Environment environment_;
  Loop& loop_;
  BrokerConfig config_;
  BrokerLayers layers_;
  std::string cluster_id_;
  std::vector<std::unique_ptr<BrokerShard>> shards_;
  std::unique_ptr<LogDirectories> directories_;
  std::unique_ptr<ReplicaSet> replicas_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<Acceptors> acceptors_;
  std::vector<ListeningAt> listening_;
  std::int64_t broker_epoch_ = -1;
  TaskGroup tasks_;
};

}  // namespace sluice
