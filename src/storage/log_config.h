// storage/log_config.h: what a topic's configuration says about its logs, with Kafka's names and defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

#include "record/attributes.h"

namespace sluice {

/// A value; a log takes a new one at any time (Log::configure) and goes by it from the next operation on.
struct LogConfig {
  using Milliseconds = std::chrono::milliseconds;
  static constexpr std::int64_t kUnlimited = -1;
  static constexpr Milliseconds kForever = Milliseconds::max();

  std::int32_t segment_bytes = 1 << 30;                   ///< segment.bytes
  Milliseconds segment_time{std::chrono::hours(24 * 7)};  ///< segment.ms
  Milliseconds segment_jitter_max{0};                     ///< segment.jitter.ms
  std::int32_t segment_index_bytes = 10 << 20;            ///< segment.index.bytes
  std::int32_t index_interval_bytes = 4096;               ///< index.interval.bytes
  bool preallocate = false;                               ///< preallocate

  Milliseconds retention_time{std::chrono::hours(24 * 7)};  ///< retention.ms; negative: unlimited
  std::int64_t retention_bytes = kUnlimited;                ///< retention.bytes; negative: unlimited
  Milliseconds file_delete_delay{60'000};                   ///< file.delete.delay.ms
  bool cleanup_delete = true;                               ///< "delete" in cleanup.policy
  bool cleanup_compact = false;                             ///< "compact" in cleanup.policy

  std::int32_t message_bytes_max = 1'048'588;                 ///< max.message.bytes
  TimestampType timestamp_type = TimestampType::create_time;  ///< message.timestamp.type

  std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();  ///< flush.messages
  Milliseconds flush_time = kForever;                                      ///< flush.ms

  double cleanable_dirty_ratio_min = 0.5;                      ///< min.cleanable.dirty.ratio
  Milliseconds delete_retention_time{std::chrono::hours(24)};  ///< delete.retention.ms
  Milliseconds compaction_lag_min{0};                          ///< min.compaction.lag.ms
  Milliseconds compaction_lag_max = kForever;                  ///< max.compaction.lag.ms

  Milliseconds producer_id_expiration{std::chrono::hours(24)};  ///< producer.id.expiration.ms, of the broker

  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

}  // namespace sluice
