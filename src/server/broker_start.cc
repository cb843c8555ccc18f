// server/broker_start.cc: how a node comes up: directories, listeners, quorum, registration.
#include <algorithm>

#include "base/logging.h"
#include "controller/activation.h"
#include "raft/format.h"
#include "server/broker.h"
#include "wire/random_uuid.h"

namespace sluice {
namespace {

/// The cluster and node that the directories belong to, as far as they were formatted.
struct Ownership {
  std::optional<std::string> cluster_id;
  std::optional<NodeId> node_id;
  bool all_formatted = true;
};

Ownership ownership_of(const std::vector<raft::LogDirState>& directories) {
  Ownership ownership;
  for (const raft::LogDirState& directory : directories) {
    if (!directory.properties) {
      ownership.all_formatted = false;
      continue;
    }
    ownership.cluster_id = directory.properties->cluster_id;
    ownership.node_id = directory.properties->node_id;
  }
  return ownership;
}

raft::FormatOptions format_options(const BrokerConfig& config, std::string cluster_id) {
  raft::FormatOptions options;
  options.cluster_id = std::move(cluster_id);
  options.node_id = NodeId{config.node.id};
  options.log_dirs = config.node.directories();
  options.metadata_log_dir = config.node.metadata_log_dir;
  options.ignore_formatted = true;
  const RecordList records = bootstrap_records(kMetadataVersionLatest);
  for (const Bytes record : records.values()) options.bootstrap_records.emplace_back(record.begin(), record.end());
  if (!config.node.quorum.voters.empty()) {
    options.kraft_version = raft::kStaticVoters;
    return options;
  }
  raft::Voter self{.key = {.id = options.node_id, .directory_id = {}}, .endpoints = {}};
  for (const ListenerEndpoint& endpoint : config.listeners.advertised_controller)
    self.endpoints.push_back({endpoint.listener, endpoint.host, endpoint.port});
  options.initial_voters = {std::move(self)};
  return options;
}

std::vector<EndpointImage> endpoint_images(const std::vector<ListenerEndpoint>& endpoints) {
  std::vector<EndpointImage> images;
  for (const ListenerEndpoint& endpoint : endpoints)
    images.push_back(
        {endpoint.listener, endpoint.host, endpoint.port, static_cast<std::int16_t>(endpoint.protocol)});
  return images;
}

/// Refuses what would look like a part of a cluster and be one of its own.
Result<void> check_alone(const NodeConfig& node) {
  if (!node.roles.broker || !node.roles.controller)
    return fail(Errc::invalid_argument,
                "process.roles has only one of the roles; this version runs nodes that are both: set "
                "process.roles=broker,controller");
  if (node.quorum.voters.size() > 1)
    return fail(Errc::invalid_argument,
                "controller.quorum.voters names {} voters; this version runs quorums of one: name only this node",
                node.quorum.voters.size());
  return {};
}

}  // namespace

Task<Result<void>> Broker::prepare_directories() {
  if (auto alone = check_alone(config_.node); !alone) co_return alone;
  auto states = co_await raft::read_log_dirs(environment_.disk, config_.node.directories());
  if (!states) co_return fail(std::move(states.error()));
  const Ownership ownership = ownership_of(*states);
  if (ownership.node_id) {
    if (config_.node.id_is_chosen)
      config_.node.id = ownership.node_id->value;
    else if (ownership.node_id->value != config_.node.id)
      co_return fail(Errc::invalid_argument,
                     "node.id is {}, but the data in {} belongs to node {}; set node.id to that, or log.dirs to "
                     "directories of this node",
                     config_.node.id, config_.node.log_dirs.front(), ownership.node_id->value);
  }
  cluster_id_ = ownership.cluster_id.value_or(wanted_cluster_id_.value_or(random_uuid(loop_).text()));
  if (!ownership.all_formatted) {
    auto formatted = co_await raft::format(loop_, environment_.disk, format_options(config_, cluster_id_));
    if (!formatted) co_return fail(std::move(formatted.error()));
    for (const raft::LogDirState& directory : formatted->formatted)
      logging::info("formatted {} for node {} of cluster {}", directory.path, config_.node.id, cluster_id_);
  }
  directories_ = std::make_unique<LogDirectories>(loop_, environment_.disk);
  if (auto opened = co_await directories_->open(config_.node.log_dirs); !opened) co_return opened;
  const std::vector<std::string>& log_dirs = config_.node.log_dirs;
  if (std::ranges::find(log_dirs, config_.node.metadata_log_dir) != log_dirs.end()) co_return Result<void>{};
  auto metadata = co_await LogDirectory::open(loop_, environment_.disk, config_.node.metadata_log_dir);
  if (!metadata) co_return fail(std::move(metadata.error()));
  metadata_directory_ = std::move(*metadata);
  co_return Result<void>{};
}

Task<Result<void>> Broker::listen() {
  acceptors_ = std::make_unique<Acceptors>(
      loop_, environment_.network,
      ConnectionLimits{.total_max = config_.sockets.connections_max,
                       .per_address_max = config_.sockets.connections_per_address_max,
                       .per_address_overrides = config_.sockets.connections_per_address_overrides},
      shards_);
  for (const ListenerEndpoint& listener : config_.listeners.broker) {
    if (listener.protocol != SecurityProtocol::plaintext)
      co_return fail(Errc::invalid_argument, "listener {} asks for {}; this version serves PLAINTEXT only",
                     listener.listener, name(listener.protocol));
    const Result<Endpoint> bound =
        co_await acceptors_->listen(listener.listener, {listener.host, listener.port}, shard_limits().sockets);
    if (!bound) co_return fail(bound.error());
    for (ListenerEndpoint& advertised : config_.listeners.advertised_broker) {
      if (advertised.listener != listener.listener) continue;
      if (advertised.port == 0) advertised.port = bound->port;  // Port 0 asks for any that is free.
      listening_.push_back(
          {.listener = listener.listener, .bound = *bound, .advertised = {advertised.host, advertised.port}});
    }
  }
  co_return Result<void>{};
}

ControllerOptions Broker::controller_options(const LogDirectory& directory) {
  ControllerOptions options;
  options.node_id = node_id();
  options.cluster_id = cluster_id_;
  options.incarnation_id = random_uuid(loop_);
  options.endpoints = endpoint_images(config_.listeners.advertised_controller);
  options.config = layers_.effective();
  options.session_timeout = config_.lifecycle.session_timeout;
  options.snapshot_bytes = static_cast<std::int64_t>(config_.metadata_log.bytes_between_snapshots);
  options.snapshot_interval = config_.metadata_log.snapshot_interval_max.value_or(std::chrono::milliseconds{0});
  options.log.log_dir = config_.node.metadata_log_dir;
  const std::optional<MetaProperties>& meta = directory.meta();
  options.log.local = {.id = node_id(), .directory_id = meta ? meta->directory_id.value_or(Uuid{}) : Uuid{}};
  LogConfig log;
  log.segment_bytes = static_cast<std::int32_t>(
      std::min<std::uint32_t>(config_.metadata_log.segment_bytes, std::numeric_limits<std::int32_t>::max()));
  log.segment_time = config_.metadata_log.segment_time;
  options.log.log = directory.opening({"__cluster_metadata", {0}}, log);
  if (config_.metadata_log.retention_bytes)
    options.log.retention_bytes = static_cast<std::int64_t>(*config_.metadata_log.retention_bytes);
  if (config_.metadata_log.retention_time) options.log.retention_time = *config_.metadata_log.retention_time;
  options.publish = [this](MetadataUpdate update) { return publish(std::move(update)); };
  return options;
}

Task<Result<void>> Broker::join_quorum() {
  const LogDirectory* const directory =
      metadata_directory_ ? metadata_directory_.get() : directories_->at(config_.node.metadata_log_dir);
  if (directory == nullptr)
    co_return fail(Errc::storage_offline, "{}, which holds the metadata, cannot be used",
                   config_.node.metadata_log_dir);
  ControllerOptions options = controller_options(*directory);
  if (!config_.node.quorum.voters.empty()) {
    const std::string listener =
        config_.listeners.controller_names.empty() ? "CONTROLLER" : config_.listeners.controller_names.front();
    Result<raft::VoterSet> voters =
        raft::VoterSet::parse(layers_.effective().text("controller.quorum.voters"), listener);
    if (!voters) co_return fail(std::move(voters.error()));
    options.log.static_voters = std::move(*voters);
  }
  Result<std::unique_ptr<Controller>> controller =
      co_await Controller::open(loop_, environment_.disk, std::move(options));
  if (!controller) co_return fail(std::move(controller.error()));
  controller_ = std::move(*controller);
  co_return co_await register_with_controller();
}

/// The epoch that this broker had, if every directory was shut down cleanly under it; then nothing can be missing.
std::optional<std::int64_t> Broker::clean_broker_epoch() const {
  std::optional<std::int64_t> epoch;
  for (const auto& directory : directories_->all()) {
    if (!directory->was_clean() || !directory->clean_broker_epoch()) return std::nullopt;
    if (epoch && *epoch != *directory->clean_broker_epoch()) return std::nullopt;
    epoch = directory->clean_broker_epoch();
  }
  return epoch;
}

Task<Result<void>> Broker::register_with_controller() {
  LocalBroker self{.incarnation_id = random_uuid(loop_),
                   .endpoints = endpoint_images(config_.listeners.advertised_broker),
                   .rack = config_.node.rack.empty() ? std::nullopt : std::optional(config_.node.rack),
                   .log_dirs = {},
                   .previous_epoch = clean_broker_epoch().value_or(-1)};
  for (const auto& directory : directories_->all())
    if (directory->meta() && directory->meta()->directory_id)
      self.log_dirs.push_back(*directory->meta()->directory_id);
  std::ranges::sort(self.log_dirs);
  if (auto told = co_await controller_->cordon_local_dirs(directories_->cordoned_ids()); !told) co_return told;
  const Result<std::int64_t> epoch = co_await controller_->register_local_broker(std::move(self));
  if (!epoch) co_return fail(epoch.error());
  broker_epoch_ = *epoch;
  co_return co_await controller_->unfence_local_broker();
}

}  // namespace sluice
