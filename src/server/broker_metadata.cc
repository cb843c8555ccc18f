// server/broker_metadata.cc: what a node does with metadata: goes by what the controller publishes, and asks for
// more.
#include <spdlog/spdlog.h>

#include "base/crossing.h"
#include "base/java_hash.h"
#include "server/broker.h"
#include "server/group_log.h"
#include "server/internal_topics.h"

namespace sluice {
namespace {

Task<bool> set_image_here(BrokerShard& shard, MetadataImagePointer image) {
  shard.set_image(std::move(image));
  co_return true;
}

/// Runs on the shard that owns the partition of the group topic.
Task<bool> load_groups_here(BrokerShard& shard, PartitionKey key, std::int32_t partition_count) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return false;
  shard.groups().load(key.partition, partition_count, std::make_unique<GroupLog>(partition));
  co_return true;
}

Task<bool> unload_groups_here(BrokerShard& shard, PartitionIndex partition) {
  co_await shard.groups().unload(partition);
  co_return true;
}

void complain(const std::vector<std::string>& sentences) {
  for (const std::string& sentence : sentences) spdlog::warn("{}", sentence);
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

Task<void> Broker::publish(MetadataUpdate update) {
  apply_broker_settings(*update.image);
  if (std::exchange(logs_are_open_, true)) {
    co_await replicas_->apply(*update.image, update.changes, layers_.effective());
  } else {
    co_await replicas_->open_all(*update.image, layers_.effective());
  }
  co_await publish_to_shards(update.image);
  for (const TopicChange& change : update.changes.topics)
    if (change.name() == kGroupTopic) co_await take_over_groups(change);
}

Task<void> Broker::publish_to_shards(MetadataImagePointer image) {
  for (const auto& shard : shards_) {
    auto set = [&shard = *shard, image] { return set_image_here(shard, image); };
    co_await on(shard->loop(), set);
  }
}

Task<void> Broker::take_over_groups(const TopicChange& change) {
  for (const PartitionIndex index : change.partitions()) {
    const PartitionKey key{change.id(), index};
    BrokerShard& owner = owner_of(key);
    const bool was_there = change.before && change.before->partition(index) != nullptr;
    if (change.deleted()) {
      auto unload = [&owner, index] { return unload_groups_here(owner, index); };
      co_await on(owner.loop(), unload);
    } else if (!was_there) {
      const auto count = static_cast<std::int32_t>(change.after->partition_count());
      auto load = [&owner, key, count] { return load_groups_here(owner, key, count); };
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

Result<BrokerShard*> Broker::coordinator_of(std::string_view group) const {
  const TopicImage* topic = current_shard().image()->topic(kGroupTopic);
  if (topic == nullptr) return fail(Errc::not_found, "{} does not exist yet", kGroupTopic);
  const auto count = static_cast<std::int32_t>(topic->partition_count());
  return &owner_of({topic->id(), {partition_for_id(group, count)}});
}

Task<Result<void>> Broker::create_topic(std::string name) {
  wire::CreateTopicsRequest request;
  request.timeout_ms = 0;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = -1;
  topic.replication_factor = -1;
  const std::string segment_bytes = std::to_string(config_.offsets.topic.segment_bytes);
  if (name == kGroupTopic) {
    topic.num_partitions = config_.offsets.topic.partitions;
    topic.replication_factor = config_.offsets.topic.replication_factor;
    topic.configs.push_back({.name = "cleanup.policy", .value = "compact", .unknown_tags = {}});
    topic.configs.push_back({.name = "compression.type", .value = "producer", .unknown_tags = {}});
    topic.configs.push_back({.name = "segment.bytes", .value = segment_bytes, .unknown_tags = {}});
  }
  const Answer<wire::CreateTopicsResponse> answer = co_await controller_->create_topics(request);
  co_return outcome_of(*answer);
}

Task<Result<void>> Broker::create_topic_with_defaults(std::string name) {
  auto create = [this, name = std::move(name)] { return create_topic(name); };
  co_return co_await on(loop_, std::move(create));
}

Task<Result<void>> Broker::ensure_group_topic() {
  if (current_shard().image()->topic(kGroupTopic) != nullptr) co_return Result<void>{};
  Result<void> created = co_await create_topic_with_defaults(std::string(kGroupTopic));
  if (!created && created.error().code == Errc::already_exists) co_return Result<void>{};
  co_return created;
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
