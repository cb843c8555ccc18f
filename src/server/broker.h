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
#include "server/local_dead_letters.h"
#include "server/log_cleaner.h"
#include "server/log_directories.h"
#include "server/replica_set.h"
#include "server/share_persister.h"
#include "server/streams_topics.h"
#include "server/transaction_markers.h"

namespace sluice {

struct GroupSettings;

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
  Broker(Environment environment, BrokerStart start, BrokerConfig config);
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
  /// Likewise of a transactional id.
  Result<BrokerShard*> transaction_coordinator_of(std::string_view transactional_id) const;
  /// Likewise of a share partition, by its key's text.
  Result<BrokerShard*> share_coordinator_of(std::string_view key) const;
  /// The partition of __consumer_offsets that has the group. Errors: as above.
  Result<PartitionIndex> group_partition_of(std::string_view group) const;
  /// The metadata as the shard knows it that is running.
  const MetadataImage& current_image() const { return *current_shard().image(); }
  const std::vector<ListeningAt>& listening() const { return listening_; }

  // For any shard: they cross to the first one themselves.
  /// Errors: already_exists, invalid_argument, and others as the controller says.
  Task<Result<void>> create_topic_with_defaults(std::string name);
  /// Creates one of the topics that coordinators keep their state in, unless it exists. Errors: as
  /// create_topic_with_defaults().
  Task<Result<void>> ensure_internal_topic(std::string_view name);
  /// As StreamsTopics::create().
  Task<std::map<std::string, std::string>> create_streams_topics(std::vector<StreamsTopic> topics,
                                                                 std::chrono::milliseconds pause);
  /// An id that no producer had before. Errors: as the controller's.
  Task<Result<ProducerId>> next_producer_id();

  // On the first shard.
  Controller& controller() { return *controller_; }
  /// A topic for dead letters of share groups. Errors: as create_topic_with_defaults().
  Task<Result<void>> create_dead_letter_topic(std::string name);
  LogDirectories& log_directories() { return *directories_; }
  ReplicaSet& replicas() { return *replicas_; }
  const BrokerLayers& layers() const { return layers_; }
  Disk& disk() { return environment_.disk; }

 private:
  // broker_start.cc
  Task<Result<void>> prepare_directories();
  Task<Result<void>> listen();
  Task<Result<void>> join_quorum();
  Task<Result<void>> register_with_controller();
  ControllerOptions controller_options(const LogDirectory& directory);
  std::optional<std::int64_t> clean_broker_epoch() const;

  // broker_metadata.cc
  Task<void> publish(MetadataUpdate update);
  Task<void> publish_to_shards(const MetadataUpdate& update);
  Task<void> end_publications();
  Task<void> take_over(const TopicChange& change);
  Task<void> forget_shares(const MetadataChanges& changes);
  static Task<bool> forget_on(BrokerShard& shard, const std::set<Uuid>& topics);
  Result<PartitionKey> key_in(std::string_view topic, std::string_view id) const;
  Task<Result<void>> create_topic(std::string name);
  Task<std::map<std::string, std::string>> begin_streams_topics(std::vector<StreamsTopic> topics,
                                                                std::chrono::milliseconds pause);
  Task<Result<ProducerId>> take_producer_id();
  BrokerShard& current_shard() const;
  void apply_broker_settings(const MetadataImage& image);
  void cordon_directories();
  Task<void> tell_cordoned();
  Task<void> keep_checkpoints();
  Task<void> watch_disks();
  Task<void> maintain_logs(BrokerShard& shard);
  ShardLimits shard_limits() const;

  Environment environment_;
  Loop& loop_;
  BrokerConfig config_;
  BrokerLayers layers_;
  std::optional<std::string> wanted_cluster_id_;  ///< For directories that were never formatted.
  std::string cluster_id_;
  LocalMarkers markers_;
  BrokerProducerIds producer_ids_;
  LocalSharePersister share_persister_;
  LocalDeadLetters dead_letters_;
  StreamsTopics streams_topics_;
  CleanersAtWork cleaners_at_work_;
  std::vector<std::unique_ptr<BrokerShard>> shards_;
  std::unique_ptr<LogDirectories> directories_;
  std::unique_ptr<LogDirectory> metadata_directory_;  ///< Where it is none of log.dirs.
  std::unique_ptr<ReplicaSet> replicas_;
  std::vector<std::unique_ptr<LogCleaner>> cleaners_;  ///< One a shard, used on that.
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<Acceptors> acceptors_;
  std::vector<ListeningAt> listening_;
  std::shared_ptr<const GroupSettings> group_settings_;
  std::int64_t broker_epoch_ = -1;
  bool logs_are_open_ = false;
  Turns publications_;
  bool publications_ended_ = false;
  /// Ids of the block that the controller gave last: the next one, and the end.
  ProducerId next_producer_id_{0};
  ProducerId producer_ids_end_{0};
  Turns producer_id_turns_;
  TaskGroup tasks_;
};

}  // namespace sluice
