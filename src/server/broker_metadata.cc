// server/broker_metadata.cc: what a node does with metadata: goes by what the controller publishes, and asks for
// more.
#include "base/crossing.h"
#include "base/java_hash.h"
#include "base/logging.h"
#include "config/config_definition.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/internal_topics.h"
#include "server/broker.h"
#include "server/partition_log.h"

namespace sluice {
namespace {

/// What each shard goes by and an administrator may change while it does.
struct ShardSettings {
  bool verifies_transactions;
  std::size_t group_buffer_bytes_max;
  std::size_t share_buffer_bytes_max;

  explicit ShardSettings(const Configuration& c)
      : verifies_transactions(c.boolean("transaction.partition.verification.enable")),
        group_buffer_bytes_max(static_cast<std::size_t>(c.int32("group.coordinator.cached.buffer.max.bytes"))),
        share_buffer_bytes_max(static_cast<std::size_t>(c.int32("share.coordinator.cached.buffer.max.bytes"))) {}
};

Task<bool> set_image_here(BrokerShard& shard, GroupCluster cluster, const GroupClusterChange& change,
                          ShardSettings settings) {
  shard.set_image(std::move(cluster), change);
  shard.set_verifies_transactions(settings.verifies_transactions);
  shard.groups().set_buffer_bytes_max(settings.group_buffer_bytes_max);
  shard.shares().set_buffer_bytes_max(settings.share_buffer_bytes_max);
  co_return true;
}

Task<bool> configure_here(LogCleaner& cleaner, CleanerConfig config) {
  cleaner.configure(config);
  co_return true;
}

/// Runs on the shard that owns the partition, of one of the topics that coordinators keep their state in.
Task<bool> load_here(BrokerShard& shard, std::string_view topic, PartitionKey key, std::int32_t partition_count) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return false;
  auto log = std::make_unique<PartitionLog>(partition);
  if (topic == kGroupTopic)
    shard.groups().load(key.partition, partition_count, std::move(log));
  else if (topic == kShareTopic)
    shard.shares().load(key.partition, partition_count, std::move(log));
  else
    shard.transactions().load(key.partition, partition_count, partition->epoch().value, std::move(log));
  co_return true;
}

Task<bool> unload_here(BrokerShard& shard, std::string_view topic, PartitionIndex partition) {
  if (topic == kGroupTopic)
    co_await shard.groups().unload(partition);
  else if (topic == kShareTopic)
    co_await shard.shares().unload(partition);
  else
    co_await shard.transactions().unload(partition);
  co_return true;
}

std::shared_ptr<const GroupSettings> group_settings_of(const MetadataImage& image, const Configuration& broker) {
  auto settings = std::make_shared<GroupSettings>();
  settings->defaults = effective_group_config({}, broker);
  for (const auto* entry : image.configs.map().sorted())
    if (const ConfigResource& resource = entry->first; resource.type == ConfigResourceType::group)
      settings->groups.emplace(resource.name, effective_group_config(*entry->second, broker));
  return settings;
}

GroupClusterChange change_for_groups(const MetadataChanges& changes) {
  GroupClusterChange change;
  for (const TopicChange& topic : changes.topics) {
    change.topics.insert(topic.name());
    change.topics_created |= topic.created();
  }
  return change;
}

void complain(const std::vector<std::string>& sentences) {
  for (const std::string& sentence : sentences) logging::warn("{}", sentence);
}

std::optional<ConfigScope> scope_of(ConfigResourceType type) {
  switch (type) {
    case ConfigResourceType::topic: return ConfigScope::topic;
    case ConfigResourceType::broker: return ConfigScope::broker;
    case ConfigResourceType::group: return ConfigScope::group;
    default: return std::nullopt;
  }
}

/// Whoever sets what nothing acts on must not believe it to be in force.
void complain_of_inert(const MetadataImage& image, const ConfigResource& resource) {
  const std::optional<ConfigScope> scope = scope_of(resource.type);
  if (!scope) return;
  for (const auto& [key, value] : image.configs.of(resource.type, resource.name)) {
    const ConfigDefinition* definition = find_config(*scope, key);
    if (definition != nullptr && definition->status == ConfigStatus::known)
      logging::warn("{}={} of {} {} is accepted, but nothing acts on it yet", key, value, name(*scope),
                    resource.name);
  }
}

Result<void> outcome_of(const wire::CreateTopicsResponse& response) {
  if (response.topics.size() != 1)
    return fail(Errc::io, "the controller answered for {} topics", response.topics.size());
  const auto& topic = response.topics.front();
  const std::string_view message = topic.error_message.value_or("");
  switch (topic.error_code) {
    case ErrorCode::none: return {};
    case ErrorCode::topic_already_exists: return fail(Errc::already_exists, "{}", message);
    case ErrorCode::invalid_topic_exception: return fail(Errc::invalid_argument, "{}", message);
    default: return fail(Errc::io, "topic {} could not be created: {}", topic.name, message);
  }
}

}  // namespace

void Broker::apply_broker_settings(const MetadataImage& image) {
  complain(layers_.replace_cluster_settings(image.configs.of(ConfigResourceType::broker, "")));
  complain(layers_.replace_broker_settings(
      image.configs.of(ConfigResourceType::broker, std::to_string(node_id().value))));
}

void Broker::cordon_directories() {
  const std::vector<Uuid> before = directories_->cordoned_ids();
  directories_->cordon(layers_.effective().list("cordoned.log.dirs"));
  // Not from here: the controller is waiting for what it has published.
  if (directories_->cordoned_ids() != before && !tasks_.stopping()) tasks_.start(tell_cordoned());
}

Task<void> Broker::tell_cordoned() {
  if (co_await tasks_.sleep_until(loop_.now()) || !controller_) co_return;
  const Result<void> told = co_await controller_->cordon_local_dirs(directories_->cordoned_ids());
  if (!told) logging::warn("{}", told.error().what);
}

Task<void> Broker::publish(MetadataUpdate update) {
  const Turns::Turn turn = co_await publications_.turn();
  if (publications_ended_) co_return;
  const auto of_brokers = [](const ConfigResource& resource) {
    return resource.type == ConfigResourceType::broker;
  };
  if (!logs_are_open_ || std::ranges::any_of(update.changes.configs, of_brokers))
    apply_broker_settings(*update.image);
  cordon_directories();
  if (std::exchange(logs_are_open_, true)) {
    co_await replicas_->apply(update.image, update.changes);
    for (const ConfigResource& resource : update.changes.configs) complain_of_inert(*update.image, resource);
  } else {
    co_await replicas_->open_all(update.image);
  }
  co_await publish_to_shards(update);
  for (const TopicChange& change : update.changes.topics)
    if (is_internal_topic(change.name())) co_await take_over(change);
  co_await forget_shares(update.changes);
}

Task<bool> Broker::forget_on(BrokerShard& shard, const std::set<Uuid>& topics) {
  shard.share_leaders().forget(topics);
  shard.shares().forget_topics(topics);
  co_return true;
}

/// Share groups have nothing more to do with topics that were deleted.
Task<void> Broker::forget_shares(const MetadataChanges& changes) {
  std::set<Uuid> deleted;
  for (const TopicChange& change : changes.topics)
    if (change.deleted()) deleted.insert(change.id());
  if (deleted.empty()) co_return;
  for (const auto& shard : shards_) {
    auto forget = [&shard = *shard, &deleted] { return forget_on(shard, deleted); };
    co_await on(shard->loop(), forget);
  }
}

Task<void> Broker::publish_to_shards(const MetadataUpdate& update) {
  const CleanerConfig config = read_cleaner_config(layers_.effective());
  const ShardSettings settings(layers_.effective());
  if (!group_settings_ || !update.changes.configs.empty())
    group_settings_ = group_settings_of(*update.image, layers_.effective());
  const GroupCluster cluster{.image = update.image, .settings = group_settings_};
  const GroupClusterChange change = change_for_groups(update.changes);
  for (const auto& shard : shards_) {
    auto set = [&shard = *shard, &cluster, &change, settings] {
      return set_image_here(shard, cluster, change, settings);
    };
    co_await on(shard->loop(), set);
    LogCleaner& cleaner = *cleaners_[static_cast<std::size_t>(shard->index())];
    auto configure = [&cleaner, config] { return configure_here(cleaner, config); };
    co_await on(shard->loop(), configure);
  }
}

Task<void> Broker::take_over(const TopicChange& change) {
  const std::string_view topic = change.name();  // Of the change, which the caller keeps.
  for (const PartitionIndex index : change.partitions()) {
    const PartitionKey key{change.id(), index};
    BrokerShard& owner = owner_of(key);
    const bool was_there = change.before && change.before->partition(index) != nullptr;
    if (change.deleted()) {
      auto unload = [&owner, topic, index] { return unload_here(owner, topic, index); };
      co_await on(owner.loop(), unload);
    } else if (!was_there) {
      const auto count = static_cast<std::int32_t>(change.after->partition_count());
      auto load = [&owner, topic, key, count] { return load_here(owner, topic, key, count); };
      co_await on(owner.loop(), load);
    }
  }
}

BrokerShard& Broker::current_shard() const {
  for (const auto& shard : shards_)
    if (Loop::is_current(shard->loop())) return *shard;
  SLUICE_ASSERT(false);
  return *shards_.front();
}

Result<PartitionKey> Broker::key_in(std::string_view name, std::string_view id) const {
  const TopicImage* topic = current_shard().image()->topic(name);
  if (topic == nullptr) return fail(Errc::not_found, "{} does not exist yet", name);
  const auto count = static_cast<std::int32_t>(topic->partition_count());
  return PartitionKey{topic->id(), {partition_for_id(id, count)}};
}

Result<BrokerShard*> Broker::coordinator_of(std::string_view group) const {
  const Result<PartitionKey> key = key_in(kGroupTopic, group);
  if (!key) return fail(key.error());
  return &owner_of(*key);
}

Result<BrokerShard*> Broker::transaction_coordinator_of(std::string_view transactional_id) const {
  const Result<PartitionKey> key = key_in(kTransactionTopic, transactional_id);
  if (!key) return fail(key.error());
  return &owner_of(*key);
}

Result<BrokerShard*> Broker::share_coordinator_of(std::string_view key) const {
  const Result<PartitionKey> partition = key_in(kShareTopic, key);
  if (!partition) return fail(partition.error());
  return &owner_of(*partition);
}

Result<PartitionIndex> Broker::group_partition_of(std::string_view group) const {
  const Result<PartitionKey> key = key_in(kGroupTopic, group);
  if (!key) return fail(key.error());
  return key->partition;
}

Task<Result<void>> Broker::create_topic(std::string name) {
  wire::CreateTopicsRequest request;
  request.timeout_ms = 0;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = -1;
  topic.replication_factor = -1;
  const bool for_groups = name == kGroupTopic, for_transactions = name == kTransactionTopic;
  const bool for_shares = name == kShareTopic;
  const InternalTopicConfig& internal = for_groups   ? config_.offsets.topic
                                        : for_shares ? config_.share_state.topic
                                                     : config_.transactions.topic;
  const std::string segment_bytes = std::to_string(internal.segment_bytes);
  const std::string min_insync_replicas = std::to_string(internal.min_insync_replicas);
  const auto set = [&topic](std::string_view key, std::string_view value) {
    topic.configs.push_back({.name = key, .value = value, .unknown_tags = {}});
  };
  if (for_groups || for_transactions || for_shares) {
    topic.num_partitions = internal.partitions;
    topic.replication_factor = internal.replication_factor;
    // Updates of share state build on one another: the coordinator itself deletes what is needed no more.
    set("cleanup.policy", for_shares ? "delete" : "compact");
    if (for_shares) set("retention.ms", "-1");
    set("compression.type", for_groups ? "producer" : "uncompressed");
    set("segment.bytes", segment_bytes);
  }
  if (for_transactions || for_shares) set("min.insync.replicas", min_insync_replicas);
  if (for_transactions) set("unclean.leader.election.enable", "false");
  const Answer<wire::CreateTopicsResponse> answer = co_await controller_->create_topics(request);
  co_return outcome_of(*answer);
}

Task<Result<void>> Broker::create_dead_letter_topic(std::string name) {
  wire::CreateTopicsRequest request;
  request.timeout_ms = 0;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = -1;
  topic.replication_factor = -1;
  topic.configs.push_back({.name = "errors.deadletterqueue.group.enable", .value = "true", .unknown_tags = {}});
  topic.configs.push_back({.name = "message.timestamp.type", .value = "CreateTime", .unknown_tags = {}});
  const Answer<wire::CreateTopicsResponse> answer = co_await controller_->create_topics(request);
  co_return outcome_of(*answer);
}

Task<Result<void>> Broker::create_topic_with_defaults(std::string name) {
  auto create = [this, name = std::move(name)] { return create_topic(name); };
  co_return co_await on(loop_, std::move(create));
}

Task<Result<void>> Broker::ensure_internal_topic(std::string_view name) {
  if (current_shard().image()->topic(name) != nullptr) co_return Result<void>{};
  Result<void> created = co_await create_topic_with_defaults(std::string(name));
  if (!created && created.error().code == Errc::already_exists) co_return Result<void>{};
  co_return created;
}

Task<std::map<std::string, std::string>> Broker::create_streams_topics(std::vector<StreamsTopic> topics,
                                                                       std::chrono::milliseconds pause) {
  auto create = [this, &topics, pause]() -> Task<std::map<std::string, std::string>> {
    return begin_streams_topics(std::move(topics), pause);
  };
  co_return co_await on(loop_, create);
}

Task<std::map<std::string, std::string>> Broker::begin_streams_topics(std::vector<StreamsTopic> topics,
                                                                      std::chrono::milliseconds pause) {
  co_return streams_topics_.create(*controller_, std::move(topics), pause);
}

Task<Result<ProducerId>> Broker::take_producer_id() {
  const Turns::Turn turn = co_await producer_id_turns_.turn();
  if (next_producer_id_ == producer_ids_end_) {
    wire::AllocateProducerIdsRequest request;
    request.broker_id = node_id();
    request.broker_epoch = broker_epoch_;
    const Answer<wire::AllocateProducerIdsResponse> answer = co_await controller_->allocate_producer_ids(request);
    const wire::AllocateProducerIdsResponse& block = *answer;
    if (block.error_code != ErrorCode::none)
      co_return fail(Errc::io, "the controller gave no producer ids: {}", name(block.error_code));
    next_producer_id_ = block.producer_id_start;
    producer_ids_end_ = {block.producer_id_start.value + block.producer_id_len};
  }
  const ProducerId taken = next_producer_id_;
  ++next_producer_id_.value;
  co_return taken;
}

Task<Result<ProducerId>> Broker::next_producer_id() {
  auto take = [this] { return take_producer_id(); };
  co_return co_await on(loop_, take);
}

}  // namespace sluice
