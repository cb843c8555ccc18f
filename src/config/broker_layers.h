// config/broker_layers.h: a broker's configuration as it changes while the broker runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config_entry.h"
#include "config/configuration.h"

namespace sluice {

/// Four layers, each over the next: what was set for this broker, what was set for all brokers, what the broker
/// was started with, and the defaults (KIP-226).
class BrokerLayers {
 public:
  explicit BrokerLayers(Configuration at_start);

  /// What is in force. Valid until a layer is replaced.
  const Configuration& effective() const { return effective_; }

  /// Replaces what was set for all brokers, or for this one, by the whole of `settings`. What may not be changed
  /// so, or has a wrong value, is left out; the sentences returned say what and why.
  std::vector<std::string> replace_cluster_settings(const ConfigMap& settings);
  std::vector<std::string> replace_broker_settings(const ConfigMap& settings);

  /// The key with its value in force and all that stand behind it; nothing if it is neither known nor set.
  std::optional<ConfigEntry> describe(std::string_view name) const;
  /// Every key that is known to users or set, by name.
  std::vector<ConfigEntry> describe_all() const;
  /// What was set for all brokers, as the resource without a name shows it.
  std::vector<ConfigEntry> describe_cluster_settings() const;

  /// The values that `name` could have, the strongest first. Values of other names that stand before the first of
  /// this one are left out, as Kafka does: log.retention.hours does not show behind an unset log.retention.ms.
  std::vector<ConfigSynonym> synonyms(std::string_view name) const;

 private:
  void rebuild();
  std::optional<ConfigEntry> describe_cluster_setting(std::string_view name) const;

  Configuration at_start_;
  ConfigMap cluster_;
  ConfigMap broker_;
  Configuration effective_;
};

/// Whether these keys may be set while brokers run: for one broker, or for all of them.
/// Errors: invalid_argument, in Kafka's words: "Cannot update these configs dynamically: [log.dirs]".
Result<void> validate_dynamic_broker_config(const ConfigMap& settings, bool for_one_broker);

}  // namespace sluice
