// config/client_metrics_config.h: settings of client metrics subscriptions (KIP-714).
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config_entry.h"
#include "config/configuration.h"

namespace sluice {

/// Whether a subscription may have these settings. `is_pattern` says whether a regular expression can be compiled.
/// Errors: invalid_argument, in Kafka's words.
Result<void> validate_client_metrics_config(const ConfigMap& settings, bool (*is_pattern)(std::string_view));

/// Every key with its value in force.
std::vector<ConfigEntry> describe_client_metrics_configs(const ConfigMap& settings);

}  // namespace sluice
