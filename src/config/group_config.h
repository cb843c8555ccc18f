// config/group_config.h: what holds for a group: its own settings over the broker's.
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

/// What the three newer kinds of group have in common.
struct GroupTimes {
  std::chrono::milliseconds session_timeout{};
  std::chrono::milliseconds heartbeat_interval{};
  std::chrono::milliseconds assignment_interval{};
  friend bool operator==(const GroupTimes&, const GroupTimes&) = default;
};

struct ShareGroupConfig {
  GroupTimes times;
  std::int32_t delivery_count_limit = 0;
  std::int32_t partition_record_locks_max = 0;
  std::chrono::milliseconds record_lock_duration{};
  bool renew_acknowledge = true;
  bool read_committed = false;
  std::string auto_offset_reset;                   ///< latest, earliest or by_duration:{parse_iso_duration}
  std::chrono::milliseconds redelivery_backoff{};  ///< None: 0.
  std::chrono::milliseconds redelivery_backoff_max{};
  bool ordered_by_key = false;
  std::string dead_letter_topic;  ///< Empty: none.
  bool dead_letters_copy_record = false;
  friend bool operator==(const ShareGroupConfig&, const ShareGroupConfig&) = default;
};

struct StreamsGroupConfig {
  GroupTimes times;
  std::string assignor;
  std::int32_t standby_replicas = 0;
  std::int32_t warmup_replicas = 0;
  std::int64_t acceptable_recovery_lag = 0;
  std::chrono::milliseconds initial_rebalance_delay{};
  std::chrono::milliseconds task_offset_interval{};
  std::vector<std::string> rack_aware_tags;
  friend bool operator==(const StreamsGroupConfig&, const StreamsGroupConfig&) = default;
};

/// The values in force. A group is of one kind; the other kinds' values do not matter to it.
struct GroupConfig {
  GroupTimes consumer;
  ShareGroupConfig share;
  StreamsGroupConfig streams;
  friend bool operator==(const GroupConfig&, const GroupConfig&) = default;
};

/// What holds for a group with these settings. Settings that no longer fit count as not set; what lies outside the
/// broker's bounds is brought within, since the bounds may have changed after the group's setting.
GroupConfig effective_group_config(const ConfigMap& settings, const Configuration& broker);

/// Whether a group may have these settings.
/// Errors: invalid_argument, in Kafka's words: "consumer.session.timeout.ms must be in the range 45000 to 60000
/// inclusive."
Result<void> validate_group_config(const ConfigMap& settings, const Configuration& broker);

/// One key of a group, or every one that users know, by name; values in force, with all that stand behind them.
std::optional<ConfigEntry> describe_group_config(std::string_view name, const ConfigMap& settings,
                                                 const BrokerLayers& broker);
std::vector<ConfigEntry> describe_group_configs(const ConfigMap& settings, const BrokerLayers& broker);

}  // namespace sluice
