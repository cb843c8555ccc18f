// config/topic_config.h: what holds for a topic: its own settings over the broker's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/broker_layers.h"
#include "config/config_entry.h"
#include "config/configuration.h"

namespace sluice {

/// In Kafka's words; producer means: as the batches came.
enum class TopicCompression : std::uint8_t { uncompressed, gzip, snappy, lz4, zstd, producer };
enum class TopicTimestampType : std::uint8_t { create_time, log_append_time };

/// Partitions whose replication is throttled: of the given pairs, of all, or of none.
struct ThrottledReplicas {
  bool all = false;
  struct Replica {
    std::int32_t partition = 0;
    std::int32_t broker = 0;
    friend bool operator==(const Replica&, const Replica&) = default;
  };
  std::vector<Replica> replicas;

  bool covers(std::int32_t partition, std::int32_t broker) const;
  friend bool operator==(const ThrottledReplicas&, const ThrottledReplicas&) = default;
};

/// The values in force, for the log and the partition. Where Kafka has -1 for "no limit" there is no value here.
struct TopicConfig {
  bool compact = false;  ///< cleanup.policy; with neither, nothing is ever dropped.
  bool remove = true;    ///< cleanup.policy=delete
  std::optional<std::chrono::milliseconds> retention_time;
  std::optional<std::uint64_t> retention_bytes;
  std::uint32_t segment_bytes = 0;
  std::chrono::milliseconds segment_time{};
  std::chrono::milliseconds segment_jitter{};
  std::uint32_t segment_index_bytes = 0;
  std::uint32_t index_interval_bytes = 0;
  std::chrono::milliseconds file_delete_delay{};
  std::uint64_t flush_messages = 0;
  std::chrono::milliseconds flush_time{};
  bool preallocate = false;

  std::uint32_t max_message_bytes = 0;
  std::uint32_t max_decompressed_message_bytes = 0;
  TopicCompression compression = TopicCompression::producer;
  int gzip_level = 0;
  int lz4_level = 0;
  int zstd_level = 0;
  TopicTimestampType timestamp_type = TopicTimestampType::create_time;
  std::chrono::milliseconds timestamp_before_max{};
  std::chrono::milliseconds timestamp_after_max{};

  std::chrono::milliseconds delete_retention{};  ///< How long tombstones stay.
  std::chrono::milliseconds min_compaction_lag{};
  std::chrono::milliseconds max_compaction_lag{};
  double min_cleanable_dirty_ratio = 0;

  std::int32_t min_insync_replicas = 1;
  bool unclean_leader_election = false;
  ThrottledReplicas leader_throttled;
  ThrottledReplicas follower_throttled;

  bool remote_storage = false;
  bool remote_log_copy_disable = false;
  bool remote_log_delete_on_disable = false;
  std::optional<std::chrono::milliseconds> local_retention_time;  ///< retention.ms where it is not set (-2).
  std::optional<std::uint64_t> local_retention_bytes;
  std::int64_t remote_copy_lag_ms = 0;
  std::int64_t remote_copy_lag_bytes = 0;
  bool dead_letters = false;  ///< errors.deadletterqueue.group.enable

  /// The age at which a segment is rolled: earlier in a compacted topic, where an open segment cannot be cleaned.
  std::chrono::milliseconds roll_time() const;
  friend bool operator==(const TopicConfig&, const TopicConfig&) = default;
};

/// What holds for a topic with these settings on a broker with that configuration. Settings that no longer fit (an
/// older Kafka took them, or another one's) count as not set.
TopicConfig effective_topic_config(const ConfigMap& settings, const Configuration& broker);

/// Whether a topic may have these settings: all of them after the change, with those `before` it.
/// Errors: invalid_argument, in Kafka's words: "Unknown topic config name: nope".
Result<void> validate_topic_config(const ConfigMap& settings, const ConfigMap& before,
                                   const Configuration& broker);

/// One key of a topic, or every one that users know, by name; values in force, with all that stand behind them.
std::optional<ConfigEntry> describe_topic_config(std::string_view name, const ConfigMap& settings,
                                                 const BrokerLayers& broker);
std::vector<ConfigEntry> describe_topic_configs(const ConfigMap& settings, const BrokerLayers& broker);

}  // namespace sluice
