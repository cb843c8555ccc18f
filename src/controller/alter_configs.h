// controller/alter_configs.h: IncrementalAlterConfigs (API key 44, KIP-339) and AlterConfigs (33), which sets a
// resource's configuration as a whole.
#pragma once

#include "controller/decision.h"
#include "wire/api/alter_configs.h"
#include "wire/api/incremental_alter_configs.h"

namespace sluice {

/// Changes topics, brokers (the empty name stands for all), client metrics and groups. Each resource is changed as
/// a whole or not at all. Loggers of a broker are not here: no record tells of them.
Decision<wire::IncrementalAlterConfigsResponse> alter_configs(const DecisionContext& context,
                                                              const wire::IncrementalAlterConfigsRequest& request);
Decision<wire::AlterConfigsResponse> alter_configs(const DecisionContext& context,
                                                   const wire::AlterConfigsRequest& request);

}  // namespace sluice
