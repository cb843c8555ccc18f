// config/config_definition.h: the one table of configuration keys, made from schema/configs/*.tsv by
// schema/generator/configs.py. Parser, --help, docs/configuration.md and DescribeConfigs all come from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// A value's type; the numbers are those of DescribeConfigs.
enum class ConfigType : std::int8_t {
  unknown = 0,
  boolean = 1,
  string = 2,
  int32 = 3,
  int16 = 4,
  int64 = 5,
  float64 = 6,
  list = 7,
  class_name = 8,
  password = 9,
};

/// Whose key it is.
enum class ConfigScope : std::uint8_t { broker, topic, group, quota, client_metrics, producer, consumer, admin };

enum class ConfigImportance : std::uint8_t { high, medium, low };

/// How a broker's key may change while it runs: not at all, for one broker, or for one and for all.
enum class ConfigUpdate : std::uint8_t { read_only, per_broker, cluster_wide };

enum class ConfigStatus : std::uint8_t {
  acts,       ///< Does what it says.
  known,      ///< Checked and kept; nothing acts on it yet.
  no_effect,  ///< Accepted, because files have it; without a meaning here.
};

enum class ConfigRuleKind : std::uint8_t {
  any,
  range,  ///< minimum and maximum, either may be empty
  range_or_minus_one,
  one_of,
  one_of_ignoring_case,
  offset_reset,  ///< one of `allowed`, or by_duration:{ISO 8601 duration}
  non_empty_string,
  distinct_list,  ///< elements are not empty, of `allowed` if there are any; repeated ones are dropped
  distinct_non_empty_list,
  replica_list,  ///< {partition}:{broker} pairs, or *
  voter_list,    ///< {id}@{host}:{port}
  server_list,   ///< {host}:{port}
};

/// What a value must fulfil beyond its type. Bounds are kept as written, because messages repeat them.
struct ConfigRule {
  ConfigRuleKind kind = ConfigRuleKind::any;
  std::string_view minimum;
  std::string_view maximum;
  std::span<const std::string_view> allowed;
};

/// One key. All views are of constants.
struct ConfigDefinition {
  std::string_view name;
  ConfigType type;
  std::optional<std::string_view> default_text;  ///< Nothing where Kafka's default is null or the key is required.
  ConfigRule rule;
  std::string_view valid_values;  ///< The rule in words, for people.
  ConfigImportance importance;
  ConfigUpdate update;
  std::span<const std::string_view> synonyms;  ///< Brokers: keys that stand for the same, the strongest first.
                                               ///< Topics and groups: the broker's key that holds the default.
  bool required;                               ///< Kafka refuses to start without it.
  bool internal;                               ///< Not shown to users.
  bool sensitive;                              ///< Never shown.
  bool undeclared;                             ///< Shown only if somebody set it.
  ConfigStatus status;
  std::string_view description;
};

/// All keys of a scope, by name.
std::span<const ConfigDefinition> config_definitions(ConfigScope scope);

/// The key of exactly that name, or null.
const ConfigDefinition* find_config(ConfigScope scope, std::string_view name);

/// As find_config; for brokers also what listener.name.{listener}.{key} and
/// listener.name.{listener}.{mechanism}.{key} set for one listener.
const ConfigDefinition* find_config_or_listener_override(ConfigScope scope, std::string_view name);

/// The {key} of listener.name.{listener}.[{mechanism}.]{key}; nothing for other names.
std::optional<std::string_view> listener_override_key(std::string_view name);

/// The known key that somebody who wrote `name` may have meant, or nothing if none is near.
std::optional<std::string_view> similar_config(ConfigScope scope, std::string_view name);

/// The scope as a word in a sentence: "broker", "topic" …
std::string_view name(ConfigScope scope);
/// As Kafka's messages name types: INT, LONG …
std::string_view name(ConfigType type);

}  // namespace sluice
