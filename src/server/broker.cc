#include "server/broker.h"

#include <spdlog/spdlog.h>

#include "base/crossing.h"
#include "base/java_hash.h"
#include "server/group_log.h"
#include "server/internal_topics.h"

namespace sluice {
namespace {

/// How often logs are looked after between retention checks: flush.ms, expired producers, idle files.
constexpr std::chrono::seconds kLogMaintenanceInterval{30};
constexpr std::chrono::seconds kCheckpointInterval{5};
/// Of all requests at work, where queued.max.request.bytes does not say.
constexpr std::size_t kRequestMemoryDefault = std::size_t{512} << 20;

Task<bool> set_image_here(BrokerShard& shard, std::shared_ptr<const MetadataImage> image) {
  shard.set_image(std::move(image));
  co_return true;
}

Task<bool> close_connections_here(BrokerShard& shard) {
  // Who waits for data or for a group is sent home first; the connections then end by themselves.
  for (const auto& partition : shard.partitions().all()) partition->retire();
  co_await shard.groups().close();
  co_await shard.close_connections();
  co_return true;
}

Task<bool> close_here(BrokerShard& shard) {
  co_await shard.close();
  co_return true;
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
  return options;
}

}  // namespace

Broker::Broker(Environment environment, Configuration configuration, BrokerConfig config)
    : environment_(std::move(environment)),
      loop_(*environment_.loops.front()),
      config_(std::move(config)),
      layers_(std::move(configuration)),
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
  limits.fetch_sessions.sessions_max = config_.fetch.sessions_max / environment_.loops.size();
  return limits;
}

Task<Result<void>> Broker::start() {
  if (auto opened = co_await open_directories(); !opened) co_return opened;
  int index = 0;
  for (Loop* loop : environment_.loops)
    shards_.push_back(std::make_unique<BrokerShard>(*this, index++, *loop, environment_.network, shard_limits(),
                                                    group_options(config_)));
  replicas_ = std::make_unique<ReplicaSet>(loop_, environment_.disk, node_id(), *directories_, shards_);
  if (auto listening = co_await listen(); !listening) co_return listening;
  if (auto joined = co_await join_quorum(); !joined) co_return joined;
  acceptors_->start();
  tasks_.start(keep_checkpoints());
  for (const auto& shard : shards_) {
    shard->loop().post([this, &shard = *shard] { shard.tasks().start(maintain_logs(shard)); });
  }
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
    const Result<Endpoint> bound =
        co_await acceptors_->listen(listener.listener, {listener.host, listener.port}, shard_limits().sockets);
    if (!bound) co_return fail(bound.error());
    Endpoint advertised{listener.host, bound->port};
    for (const ListenerEndpoint& other : config_.listeners.advertised_broker)
      if (other.listener == listener.listener)
        advertised = {other.host, other.port == 0 ? bound->port : other.port};
    listening_.push_back({.listener = listener.listener, .bound = *bound, .advertised = advertised});
  }
  co_return Result<void>{};
}

Task<void> Broker::publish_to_shards(std::shared_ptr<const MetadataImage> image) {
  for (const auto& shard : shards_) {
    auto set = [&shard = *shard, image] { return set_image_here(shard, image); };
    co_await on(shard->loop(), set);
  }
}

void Broker::apply_broker_settings(const MetadataImage& image) {
  const auto complain = [](const std::vector<std::string>& sentences) {
    for (const std::string& sentence : sentences) spdlog::warn("{}", sentence);
  };
  complain(layers_.replace_cluster_settings(image.configs.of(ConfigResourceType::broker, "")));
  complain(layers_.replace_broker_settings(
      image.configs.of(ConfigResourceType::broker, std::to_string(node_id().value))));
}

Task<void> Broker::publish(std::shared_ptr<const MetadataImage> image, MetadataChanges changes) {
  apply_broker_settings(*image);
  co_await replicas_->apply(*image, changes, layers_.effective());
  co_await publish_to_shards(image);
  for (const TopicChange& change : changes.topics)
    if (change.name() == kGroupTopic && !change.deleted()) co_await load_groups(*image);
}

Result<BrokerShard*> Broker::coordinator_of(std::string_view group) const {
  const auto& image = BrokerShard::current().image();
  const TopicImage* topic = image->topic(kGroupTopic);
  if (topic == nullptr) return fail(Errc::not_found, "{} does not exist yet", kGroupTopic);
  const auto count = static_cast<std::int32_t>(topic->partition_count());
  return &owner_of({topic->id(), java_partition(group, count)});
}

Task<void> Broker::keep_checkpoints() {
  while (!co_await tasks_.sleep_until(loop_.now() + kCheckpointInterval)) co_await replicas_->write_checkpoints();
}

Task<void> Broker::maintain_logs(BrokerShard& shard) {
  while (!co_await shard.tasks().sleep_until(shard.loop().now() + kLogMaintenanceInterval)) {
    for (const auto& partition : shard.partitions().all()) {
      const Result<void> maintained = co_await partition->maintain();
      if (!maintained) spdlog::error("{}: {}", partition->name().text(), maintained.error().what);
      if (shard.tasks().stopping()) co_return;
    }
  }
}

Task<void> Broker::stop() {
  co_await tasks_.close();
  if (acceptors_) co_await acceptors_->close();
  for (const auto& shard : shards_) {
    auto close = [&shard = *shard] { return close_connections_here(shard); };
    co_await on(shard->loop(), close);
  }
  for (const auto& shard : shards_) {
    auto close = [&shard = *shard] { return close_here(shard); };
    co_await on(shard->loop(), close);
  }
  if (replicas_) co_await replicas_->close(broker_epoch_);
  if (controller_) co_await controller_->close();
}

}  // namespace sluice
