// controller/controller.h: the active controller of a quorum of one: the one place where the cluster's metadata is
// changed.
//
// A request's way: wait for a turn, decide on the image as it is, append the records, wait until they are
// committed, apply them to the image, publish it, answer. So a client that was answered finds on every shard what
// it asked for. Requests are views into frames that their callers keep until the answer is there; answers own what
// they view and may go to any shard (Answer). A failed append ends the controller's work: what it knows is no more
// than what is durable, and answers say storage_offline from then on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/event.h"
#include "base/loop.h"
#include "config/broker_layers.h"
#include "controller/broker_sessions.h"
#include "controller/create_topics.h"
#include "controller/decision.h"
#include "metadata/metadata_replay.h"
#include "raft/metadata_log.h"
#include "wire/api/allocate_producer_ids.h"
#include "wire/api/alter_configs.h"
#include "wire/api/broker_heartbeat.h"
#include "wire/api/broker_registration.h"
#include "wire/api/create_partitions.h"
#include "wire/api/create_topics.h"
#include "wire/api/delete_topics.h"
#include "wire/api/incremental_alter_configs.h"
#include "wire/api/unregister_broker.h"
#include "wire/api/update_features.h"

namespace sluice {

/// What a controller is, and by what it goes.
struct ControllerOptions {
  NodeId node_id;
  std::string cluster_id;
  Uuid incarnation_id;                   ///< Of this process; random.
  std::vector<EndpointImage> endpoints;  ///< The controller's listeners.
  Configuration config{ConfigScope::broker};
  raft::MetadataLogOptions log;
  std::chrono::milliseconds session_timeout{9'000};      ///< broker.session.timeout.ms
  std::int64_t snapshot_bytes = std::int64_t{20} << 20;  ///< metadata.log.max.record.bytes.between.snapshots
  std::chrono::milliseconds snapshot_interval{
      std::chrono::hours(1)};  ///< metadata.log.max.snapshot.interval.ms; 0: never
  /// Makes an image current everywhere; awaited before whoever asked for the change is answered. Called on the
  /// controller's shard, for one update after the other.
  std::function<Task<void>(MetadataUpdate)> publish;
};

/// The broker of the same process.
struct LocalBroker {
  Uuid incarnation_id;  ///< Of this process; random.
  std::vector<EndpointImage> endpoints;
  std::optional<std::string> rack;
  std::vector<Uuid> log_dirs;
  std::int64_t previous_epoch = -1;  ///< From the marker of a clean shutdown; -1 after a crash.
};

/// Lives on one shard, where all its members are called. close() it before it dies.
class Controller {
 public:
  /// Opens the metadata log, is elected, replays it, and publishes what it holds. A log that holds nothing is
  /// given its first records. Errors: those of raft::MetadataLog and MetadataReplay.
  static Task<Result<std::unique_ptr<Controller>>> open(Loop& loop, Disk& disk, ControllerOptions options);
  ~Controller();

  /// The newest committed image.
  const MetadataImagePointer& image() const { return replay_.image(); }
  /// The quorum's state, for DescribeQuorum and metrics.
  const raft::MetadataLog& log() const { return *log_; }

  // --- Requests. What is wrong with one, and what went wrong with it, stands in the answer: not_controller (the
  // --- controller is ending), kafka_storage_error (the log takes no more), policy_violation (too much at once).

  template <class Response>
  using Reply = Task<Answer<Response>>;

  Reply<wire::CreateTopicsResponse> create_topics(const wire::CreateTopicsRequest& request);
  Reply<wire::DeleteTopicsResponse> delete_topics(const wire::DeleteTopicsRequest& request);
  Reply<wire::CreatePartitionsResponse> create_partitions(const wire::CreatePartitionsRequest& request);
  Reply<wire::IncrementalAlterConfigsResponse> incremental_alter_configs(
      const wire::IncrementalAlterConfigsRequest& request);
  Reply<wire::AlterConfigsResponse> alter_configs(const wire::AlterConfigsRequest& request);
  Reply<wire::UpdateFeaturesResponse> update_features(const wire::UpdateFeaturesRequest& request);
  Reply<wire::AllocateProducerIdsResponse> allocate_producer_ids(const wire::AllocateProducerIdsRequest& request);
  Reply<wire::BrokerRegistrationResponse> register_broker(const wire::BrokerRegistrationRequest& request);
  Reply<wire::BrokerHeartbeatResponse> heartbeat_broker(const wire::BrokerHeartbeatRequest& request);
  Reply<wire::UnregisterBrokerResponse> unregister_broker(const wire::UnregisterBrokerRequest& request);

  // --- The broker of the same process, which needs no heartbeats.

  /// Registers it, fenced, and returns its epoch. Errors: invalid_argument (refused, or not written).
  Task<Result<std::int64_t>> register_local_broker(LocalBroker broker);
  /// Lets it lead, once it can serve.
  Task<Result<void>> unfence_local_broker();
  /// Says which of its log directories take no new partitions (KIP-1066), sorted. Errors: as above.
  Task<Result<void>> cordon_local_dirs(std::vector<Uuid> directories);
  /// Takes everything it leads from it and fences it.
  Task<Result<void>> shut_down_local_broker();

  /// Writes a snapshot of the image now, unless it has one.
  Task<Result<void>> write_snapshot();
  Task<Result<void>> close();

 private:
  Controller(Loop& loop, ControllerOptions options);
  Task<Result<void>> load();
  Task<Result<void>> load_snapshot(raft::SnapshotId id);
  Task<Result<void>> activate();
  Task<Result<void>> register_self();
  void start_sessions();

  DecisionContext context() const;
  template <class Decide>
  auto decide_and_commit(Decide decide)
      -> Reply<typename std::invoke_result_t<Decide&, const DecisionContext&>::Message>;
  Task<Result<void>> commit(const RecordList& records, raft::Grouping grouping);
  Task<void> publish();
  void take_in_configs(const MetadataChanges& changes);
  Reply<wire::BrokerHeartbeatResponse> heartbeat_local_broker(bool shut_down);
  Task<void> watch();
  Task<Result<void>> fence_stale_brokers();
  bool snapshot_is_due() const;

  Loop& loop_;
  ControllerOptions options_;
  BrokerLayers layers_;
  std::unique_ptr<raft::MetadataLog> log_;
  MetadataReplay replay_;
  BrokerSessions sessions_;
  Turns turns_;
  Turns snapshots_;
  TaskGroup tasks_;
  Offset snapshot_end_{0};           ///< Of the newest snapshot.
  SteadyTime snapshot_time_{};       ///< When it was written, or this process began.
  std::int64_t snapshot_bytes_due_;  ///< Bytes of records until the next one.
  std::optional<std::int64_t> local_epoch_;
  std::vector<Uuid> local_cordoned_dirs_;
  bool closing_ = false;
};

}  // namespace sluice
