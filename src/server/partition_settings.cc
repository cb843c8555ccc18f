#include "server/partition_settings.h"

#include <limits>

namespace sluice {
namespace {

std::optional<Compression> compression_of(const TopicConfig& topic) {
  switch (topic.compression) {
    case TopicCompression::producer: return std::nullopt;
    case TopicCompression::uncompressed: return Compression{.codec = Codec::none};
    case TopicCompression::gzip: return Compression{.codec = Codec::gzip, .level = topic.gzip_level};
    case TopicCompression::snappy: return Compression{.codec = Codec::snappy};
    case TopicCompression::lz4: return Compression{.codec = Codec::lz4, .level = topic.lz4_level};
    case TopicCompression::zstd: return Compression{.codec = Codec::zstd, .level = topic.zstd_level};
  }
  return std::nullopt;
}

template <class To, class From>
To capped(From value) {
  return std::cmp_greater(value, std::numeric_limits<To>::max()) ? std::numeric_limits<To>::max()
                                                                 : static_cast<To>(value);
}

LogConfig log_config(const TopicConfig& topic, std::chrono::milliseconds producer_id_expiration) {
  LogConfig log;
  log.segment_bytes = capped<std::int32_t>(topic.segment_bytes);
  log.segment_time = topic.roll_time();
  log.segment_jitter_max = topic.segment_jitter;
  log.segment_index_bytes = capped<std::int32_t>(topic.segment_index_bytes);
  log.index_interval_bytes = capped<std::int32_t>(topic.index_interval_bytes);
  log.preallocate = topic.preallocate;
  log.retention_time = topic.retention_time.value_or(std::chrono::milliseconds{-1});
  log.retention_bytes =
      topic.retention_bytes ? capped<std::int64_t>(*topic.retention_bytes) : LogConfig::kUnlimited;
  log.file_delete_delay = topic.file_delete_delay;
  log.cleanup_delete = topic.remove;
  log.cleanup_compact = topic.compact;
  log.message_bytes_max = capped<std::int32_t>(topic.max_message_bytes);
  log.timestamp_type = topic.timestamp_type == TopicTimestampType::log_append_time ? TimestampType::log_append_time
                                                                                   : TimestampType::create_time;
  log.flush_messages = capped<std::int64_t>(topic.flush_messages);
  log.flush_time = topic.flush_time;
  log.cleanable_dirty_ratio_min = topic.min_cleanable_dirty_ratio;
  log.delete_retention_time = topic.delete_retention;
  log.compaction_lag_min = topic.min_compaction_lag;
  log.compaction_lag_max = topic.max_compaction_lag;
  log.producer_id_expiration = producer_id_expiration;
  return log;
}

}  // namespace

PartitionSettings settings_of(const TopicImage& topic, const MetadataImage& image, const Configuration& config) {
  PartitionSettings settings =
      partition_settings(effective_topic_config(image.configs.of_topic(topic.name()), config),
                         config.milliseconds("producer.id.expiration.ms"));
  if (config.text("sluice.durability") == "sync") settings.log.flush_messages = 1;
  return settings;
}

PartitionSettings partition_settings(const TopicConfig& topic, std::chrono::milliseconds producer_id_expiration) {
  return {.log = log_config(topic, producer_id_expiration),
          .compression = compression_of(topic),
          .timestamp_before_max = topic.timestamp_before_max,
          .timestamp_after_max = topic.timestamp_after_max,
          .in_sync_replicas_min = topic.min_insync_replicas};
}

}  // namespace sluice
