// config/detail/broker_rules.h: what must hold between a broker's keys.
#pragma once

#include "base/result.h"
#include "config/broker_config.h"

namespace sluice::detail {

/// Errors: invalid_argument, for the first rule that is broken.
Result<void> check_broker_rules(const BrokerConfig& config, const Configuration& configuration);

}  // namespace sluice::detail
