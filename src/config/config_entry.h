// config/config_entry.h: a key as DescribeConfigs shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_definition.h"

namespace sluice {

/// Who set a value; the numbers are those of DescribeConfigs.
enum class ConfigSource : std::int8_t {
  unknown = 0,
  dynamic_topic_config = 1,
  dynamic_broker_config = 2,
  dynamic_default_broker_config = 3,
  static_broker_config = 4,
  default_config = 5,
  dynamic_broker_logger_config = 6,
  client_metrics_config = 7,
  group_config = 8,
};

/// One of the values that a key could have, were the stronger ones not set.
struct ConfigSynonym {
  std::string name;
  std::optional<std::string> value;  ///< Nothing if it is sensitive or null.
  ConfigSource source;
  friend bool operator==(const ConfigSynonym&, const ConfigSynonym&) = default;
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;  ///< Nothing if it is sensitive or null.
  ConfigSource source = ConfigSource::default_config;
  ConfigType type = ConfigType::unknown;
  bool read_only = false;
  bool sensitive = false;
  std::vector<ConfigSynonym> synonyms;  ///< The strongest, which counts, first.
  std::string_view documentation;       ///< Of the table, so for ever; empty for unknown keys.
};

}  // namespace sluice
