#include "server/broker.h"

#include "base/crossing.h"
#include "base/logging.h"
#include "coordinator/group_coordinator.h"
#include "server/disk_space.h"

namespace sluice {
namespace {

/// How often logs are looked after (flush.ms, expired producers, idle files), unless the configuration asks for
/// more.
constexpr std::chrono::milliseconds kLogMaintenanceInterval{30'000};
constexpr std::chrono::seconds kCheckpointInterval{5};
/// Soon enough for those who wait for room.
constexpr std::chrono::milliseconds kDiskCheckInterval{250};
/// Of all requests at work, where queued.max.request.bytes does not say.
constexpr std::size_t kRequestMemoryDefault = std::size_t{512} << 20;

Task<bool> close_connections_here(BrokerShard& shard) {
  // Who waits for data or for a group is sent home first; the connections then end by themselves.
  for (const auto& partition : shard.partitions().all()) partition->retire();
  shard.partitions().expected().settle_all();
  co_await shard.share_leaders().close();
  co_await shard.shares().close();
  co_await shard.transactions().close();
  co_await shard.groups().close();
  co_await shard.close_connections();
  co_return true;
}

Task<bool> close_here(BrokerShard& shard) {
  co_await shard.close();
  co_return true;
}

MigrationPolicy migration_policy(const std::string& name) {
  if (name == "disabled") return MigrationPolicy::disabled;
  if (name == "upgrade") return MigrationPolicy::upgrade;
  return name == "downgrade" ? MigrationPolicy::downgrade : MigrationPolicy::bidirectional;
}

GroupOptions group_options(const BrokerConfig& config) {
  GroupOptions options;
  options.session_timeout_min = config.groups.classic.session_timeout_min;
  options.session_timeout_max = config.groups.classic.session_timeout_max;
  options.initial_rebalance_delay = config.groups.classic.initial_rebalance_delay;
  options.size_max = config.groups.classic.size_max;
  options.offset_metadata_bytes_max = config.offsets.metadata_bytes_max;
  options.offsets_retention = config.offsets.retention;
  options.offsets_retention_check_interval = config.offsets.retention_check_interval;
  options.commit_timeout = config.offsets.commit_timeout;
  options.consumer.size_max = config.groups.consumer.size_max;
  options.share.size_max = config.groups.share.size_max;
  options.streams.size_max = config.groups.streams.size_max;
  options.streams.topology_descriptions = config.groups.topology_descriptions;
  options.share.assignors = config.groups.share.assignors;
  options.share.initialize_retry_interval = config.share_state.initialize_retry_interval;
  options.consumer.assignors = config.groups.consumer.assignors;
  options.consumer.migration = migration_policy(config.groups.migration_policy);
  options.consumer.pattern_refresh_interval = config.groups.pattern_refresh_interval;
  return options;
}

TransactionOptions transaction_options(const BrokerConfig& config) {
  TransactionOptions options;
  options.timeout_max = config.transactions.timeout_max;
  options.id_expiration = config.transactions.id_expiration;
  options.abort_check_interval = config.transactions.abort_check_interval;
  options.expiration_check_interval = config.transactions.expiration_check_interval;
  options.load_bytes = config.transactions.topic.load_buffer_bytes;
  options.add_patience = config.transactions.add_patience;
  options.two_phase_commit = config.transactions.two_phase_commit;
  return options;
}

ShareCoordinatorOptions share_options(const BrokerConfig& config) {
  ShareCoordinatorOptions options;
  options.updates_per_snapshot = static_cast<int>(config.share_state.updates_per_snapshot);
  options.write_timeout = config.share_state.write_timeout;
  options.cold_snapshot_interval = config.share_state.cold_snapshot_interval;
  options.prune_interval = config.share_state.prune_interval;
  options.load_bytes = config.share_state.topic.load_buffer_bytes;
  options.append_linger = config.share_state.append_linger.value_or(std::chrono::milliseconds{0});
  options.compression.codec = static_cast<Codec>(config.share_state.topic.compression_codec);
  return options;
}

CoordinatorRuntimeOptions group_runtime_options(const BrokerConfig& config) {
  CoordinatorRuntimeOptions options;
  options.load_bytes = config.offsets.topic.load_buffer_bytes;
  options.linger = config.groups.append_linger.value_or(std::chrono::milliseconds{0});
  options.compression.codec = static_cast<Codec>(config.offsets.topic.compression_codec);
  return options;
}

}  // namespace

Broker::Broker(Environment environment, BrokerStart start, BrokerConfig config)
    : environment_(std::move(environment)),
      loop_(*environment_.loops.front()),
      config_(std::move(config)),
      layers_(std::move(start.configuration)),
      wanted_cluster_id_(std::move(start.cluster_id)),
      markers_(*this),
      producer_ids_(*this),
      share_persister_(*this),
      dead_letters_(*this),
      streams_topics_(loop_),
      publications_(loop_),
      producer_id_turns_(loop_),
      tasks_(loop_) {}

Broker::~Broker() = default;

ShardLimits Broker::shard_limits() const {
  ShardLimits limits;
  limits.request_memory_max = config_.sockets.queued_request_bytes_max.value_or(kRequestMemoryDefault);
  limits.request_memory_max /= environment_.loops.size();
  limits.session.frame_bytes_max = config_.sockets.request_bytes_max;
  limits.sockets = {.send_buffer_bytes = config_.sockets.send_buffer_bytes,
                    .receive_buffer_bytes = config_.sockets.receive_buffer_bytes,
                    .backlog = config_.sockets.listen_backlog};
  limits.idle_time_max = config_.sockets.idle_time_max;
  if (config_.logs.open_files_max)
    limits.open_files_max = std::max<std::size_t>(*config_.logs.open_files_max / environment_.loops.size(), 1);
  limits.fetch_sessions.sessions_max = config_.fetch.sessions_max / environment_.loops.size();
  limits.share_sessions_max = config_.share_state.sessions_max / environment_.loops.size();
  return limits;
}

Task<Result<void>> Broker::start() {
  if (auto prepared = co_await prepare_directories(); !prepared) co_return prepared;
  int index = 0;
  const ShardCoordination coordination{
      .groups = group_options(config_),
      .group_runtime = group_runtime_options(config_),
      .transactions = transaction_options(config_),
      .transaction_surroundings = {.markers = markers_, .producer_ids = producer_ids_},
      .shares = share_options(config_),
      .share_persister = share_persister_,
      .dead_letters = dead_letters_};
  for (Loop* loop : environment_.loops)
    shards_.push_back(
        std::make_unique<BrokerShard>(*this, index++, *loop, environment_.network, shard_limits(), coordination));
  for (const auto& shard : shards_)
    cleaners_.push_back(std::make_unique<LogCleaner>(shard->loop(), environment_.disk, shard->partitions(),
                                                     cleaners_at_work_, config_.cleaner));
  replicas_ = std::make_unique<ReplicaSet>(loop_, environment_.disk, node_id(), *directories_, shards_, layers_);
  if (auto listening = co_await listen(); !listening) co_return listening;
  if (auto joined = co_await join_quorum(); !joined) co_return joined;
  acceptors_->start();
  for (const ListeningAt& at : listening_)
    logging::info("listening on {} for {}; clients are sent to {}", to_string(at.bound), at.listener,
                  to_string(at.advertised));
  tasks_.start(keep_checkpoints());
  tasks_.start(watch_disks());
  for (const auto& shard : shards_) {
    LogCleaner& cleaner = *cleaners_[static_cast<std::size_t>(shard->index())];
    shard->loop().post([this, &shard = *shard, &cleaner] {
      shard.tasks().start(maintain_logs(shard));
      shard.tasks().start(cleaner.run(shard.tasks()));
    });
  }
  co_return Result<void>{};
}

Task<void> Broker::keep_checkpoints() {
  while (!co_await tasks_.sleep_until(loop_.now() + kCheckpointInterval)) co_await replicas_->write_checkpoints();
}

Task<void> Broker::watch_disks() {
  DiskSpace disks(environment_.disk, *directories_);
  do co_await disks.check(DiskThresholds::read(layers_.effective()));
  while (!co_await tasks_.sleep_until(loop_.now() + kDiskCheckInterval));
}

Task<void> Broker::maintain_logs(BrokerShard& shard) {
  const auto interval = std::min(
      {kLogMaintenanceInterval, config_.logs.retention_check_interval, config_.logs.flush_check_interval});
  while (!co_await shard.tasks().sleep_until(shard.loop().now() + interval)) {
    for (const auto& partition : shard.partitions().all()) {
      const Result<void> maintained = co_await partition->maintain();
      if (!maintained) logging::error("{}: {}", partition->name().text(), maintained.error().what);
      if (shard.tasks().stopping()) co_return;
    }
  }
}

/// A coordinator's partition that a shard were given once its coordinators are closed nobody would close.
Task<void> Broker::end_publications() {
  const Turns::Turn turn = co_await publications_.turn();
  publications_ended_ = true;
}

Task<void> Broker::stop() {
  co_await tasks_.close();
  if (acceptors_) co_await acceptors_->close();
  co_await end_publications();
  for (const auto& shard : shards_) {
    auto close = [&shard = *shard] { return close_connections_here(shard); };
    co_await on(shard->loop(), close);
  }
  co_await streams_topics_.close();
  for (const auto& shard : shards_) {
    auto close = [&shard = *shard] { return close_here(shard); };
    co_await on(shard->loop(), close);
  }
  if (replicas_) co_await replicas_->close(broker_epoch_);
  if (controller_) {
    const Result<void> closed = co_await controller_->close();
    if (!closed) logging::error("the metadata log could not be closed: {}", closed.error().what);
    if (closed && metadata_directory_) {
      const Result<void> marked = co_await metadata_directory_->mark_clean(broker_epoch_);
      if (!marked) logging::error("{}", marked.error().what);
    }
  }
}

}  // namespace sluice
