// config/detail/config_tables.h: the generated tables, one a scope, each sorted by name.
#pragma once

#include <span>

#include "config/config_definition.h"

namespace sluice::detail {

extern const std::span<const ConfigDefinition> kBrokerConfigs;
extern const std::span<const ConfigDefinition> kTopicConfigs;
extern const std::span<const ConfigDefinition> kGroupConfigs;
extern const std::span<const ConfigDefinition> kQuotaConfigs;
extern const std::span<const ConfigDefinition> kClientMetricsConfigs;
extern const std::span<const ConfigDefinition> kProducerConfigs;
extern const std::span<const ConfigDefinition> kConsumerConfigs;
extern const std::span<const ConfigDefinition> kAdminConfigs;

}  // namespace sluice::detail
