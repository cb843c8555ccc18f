#include "config/topic_config.h"

#include <algorithm>
#include <limits>

#include "config/detail/text.h"
#include "config/detail/topic_values.h"

namespace sluice {
namespace {

using detail::TopicValues;
using std::chrono::milliseconds;

std::optional<milliseconds> limit_ms(std::int64_t value) {
  if (value < 0) return std::nullopt;
  return milliseconds(value);
}

std::optional<std::uint64_t> limit_bytes(std::int64_t value) {
  if (value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

TopicCompression compression_of(std::string_view name) {
  if (name == "uncompressed") return TopicCompression::uncompressed;
  if (name == "gzip") return TopicCompression::gzip;
  if (name == "snappy") return TopicCompression::snappy;
  if (name == "lz4") return TopicCompression::lz4;
  if (name == "zstd") return TopicCompression::zstd;
  return TopicCompression::producer;
}

ThrottledReplicas throttled_of(const std::vector<std::string>& list) {
  ThrottledReplicas throttled;
  for (const std::string_view pair : list) {
    if (pair == "*") throttled.all = true;
    const std::size_t colon = pair.find(':');
    if (colon == std::string_view::npos) continue;
    const auto partition = detail::parse_integer<std::int32_t>(pair.substr(0, colon));
    const auto broker = detail::parse_integer<std::int32_t>(pair.substr(colon + 1));
    if (partition && broker) throttled.replicas.push_back({*partition, *broker});
  }
  return throttled;
}

/// The settings that are known and right; the rest counts as not set.
Configuration usable(const ConfigMap& settings) {
  Configuration configuration(ConfigScope::topic);
  for (const auto& [name, text] : settings)
    if (find_config(ConfigScope::topic, name)) static_cast<void>(configuration.set({name, text, "topic"}));
  return configuration;
}

void read_log(const TopicValues& values, TopicConfig& config) {
  const auto u32 = [&](std::string_view name) { return static_cast<std::uint32_t>(values.number(name)); };
  const auto ms = [&](std::string_view name) { return milliseconds(values.number(name)); };
  const std::vector<std::string> policies = values.list("cleanup.policy");
  config.compact = std::ranges::find(policies, "compact") != policies.end();
  config.remove = std::ranges::find(policies, "delete") != policies.end();
  config.retention_time = limit_ms(values.number("retention.ms"));
  config.retention_bytes = limit_bytes(values.number("retention.bytes"));
  config.segment_bytes = u32("segment.bytes");
  if (const ConfigValue small = values.value("internal.segment.bytes");
      std::holds_alternative<std::int64_t>(small))
    config.segment_bytes = static_cast<std::uint32_t>(std::max<std::int64_t>(std::get<std::int64_t>(small), 1));
  config.segment_time = ms("segment.ms");
  config.segment_jitter = ms("segment.jitter.ms");
  config.segment_index_bytes = u32("segment.index.bytes");
  config.index_interval_bytes = u32("index.interval.bytes");
  config.file_delete_delay = ms("file.delete.delay.ms");
  config.flush_messages = static_cast<std::uint64_t>(values.number("flush.messages"));
  config.flush_time = ms("flush.ms");
  config.preallocate = values.boolean("preallocate");
  config.delete_retention = ms("delete.retention.ms");
  config.min_compaction_lag = ms("min.compaction.lag.ms");
  config.max_compaction_lag = ms("max.compaction.lag.ms");
  config.min_cleanable_dirty_ratio = values.fraction("min.cleanable.dirty.ratio");
}

void read_records(const TopicValues& values, TopicConfig& config) {
  config.max_message_bytes = static_cast<std::uint32_t>(values.number("max.message.bytes"));
  config.max_decompressed_message_bytes =
      static_cast<std::uint32_t>(values.number("max.decompressed.message.bytes"));
  config.compression = compression_of(values.text("compression.type"));
  config.gzip_level = static_cast<int>(values.number("compression.gzip.level"));
  config.lz4_level = static_cast<int>(values.number("compression.lz4.level"));
  config.zstd_level = static_cast<int>(values.number("compression.zstd.level"));
  const bool append_time = values.text("message.timestamp.type") == "LogAppendTime";
  config.timestamp_type = append_time ? TopicTimestampType::log_append_time : TopicTimestampType::create_time;
  config.timestamp_before_max = milliseconds(values.number("message.timestamp.before.max.ms"));
  config.timestamp_after_max = milliseconds(values.number("message.timestamp.after.max.ms"));
}

void read_replication(const TopicValues& values, TopicConfig& config) {
  config.min_insync_replicas = static_cast<std::int32_t>(values.number("min.insync.replicas"));
  config.unclean_leader_election = values.boolean("unclean.leader.election.enable");
  config.leader_throttled = throttled_of(values.list("leader.replication.throttled.replicas"));
  config.follower_throttled = throttled_of(values.list("follower.replication.throttled.replicas"));
  config.dead_letters = values.boolean("errors.deadletterqueue.group.enable");
}

void read_tiering(const TopicValues& values, TopicConfig& config) {
  constexpr std::int64_t kAsRetention = -2;
  config.remote_storage = values.boolean("remote.storage.enable");
  config.remote_log_copy_disable = values.boolean("remote.log.copy.disable");
  config.remote_log_delete_on_disable = values.boolean("remote.log.delete.on.disable");
  const std::int64_t local_ms = values.number("local.retention.ms");
  const std::int64_t local_bytes = values.number("local.retention.bytes");
  config.local_retention_time = local_ms == kAsRetention ? config.retention_time : limit_ms(local_ms);
  config.local_retention_bytes = local_bytes == kAsRetention ? config.retention_bytes : limit_bytes(local_bytes);
  config.remote_copy_lag_ms = values.number("remote.copy.lag.ms");
  config.remote_copy_lag_bytes = values.number("remote.copy.lag.bytes");
}

}  // namespace

bool ThrottledReplicas::covers(std::int32_t partition, std::int32_t broker) const {
  return all || std::ranges::find(replicas, Replica{partition, broker}) != replicas.end();
}

milliseconds TopicConfig::roll_time() const {
  return compact && max_compaction_lag.count() > 0 ? std::min(segment_time, max_compaction_lag) : segment_time;
}

TopicConfig effective_topic_config(const ConfigMap& settings, const Configuration& broker) {
  const Configuration topic = usable(settings);
  const TopicValues values(topic, broker);
  TopicConfig config;
  read_log(values, config);
  read_records(values, config);
  read_replication(values, config);
  read_tiering(values, config);
  return config;
}

std::optional<ConfigEntry> describe_topic_config(std::string_view name, const ConfigMap& settings,
                                                 const BrokerLayers& broker) {
  const ConfigDefinition* definition = find_config(ConfigScope::topic, name);
  if (!definition) return std::nullopt;
  const Configuration topic = usable(settings);
  ConfigEntry entry;
  entry.name = name;
  entry.type = definition->type;
  entry.documentation = definition->description;
  entry.value = config_text(TopicValues(topic, broker.effective()).value(name));
  if (topic.is_set(name)) entry.synonyms.push_back({entry.name, entry.value, ConfigSource::dynamic_topic_config});
  if (!definition->synonyms.empty())
    for (ConfigSynonym& synonym : broker.synonyms(definition->synonyms.front()))
      entry.synonyms.push_back(std::move(synonym));
  if (!entry.synonyms.empty()) entry.source = entry.synonyms.front().source;
  return entry;
}

std::vector<ConfigEntry> describe_topic_configs(const ConfigMap& settings, const BrokerLayers& broker) {
  std::vector<ConfigEntry> entries;
  for (const ConfigDefinition& definition : config_definitions(ConfigScope::topic)) {
    if (definition.internal && !settings.contains(definition.name)) continue;
    entries.push_back(*describe_topic_config(definition.name, settings, broker));
  }
  return entries;
}

}  // namespace sluice
