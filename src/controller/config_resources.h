// controller/config_resources.h: which configuration keys belong to which kind of resource, and what groups and
// client metrics may have.
#pragma once

#include <optional>

#include "config/config_definition.h"
#include "config/configuration.h"
#include "controller/api_error.h"
#include "metadata/configs_image.h"

namespace sluice {

/// The keys of a kind of resource; none where it has no keys in a table.
std::optional<ConfigScope> config_scope(ConfigResourceType type);

/// A group's values lie within what the broker allows to groups. Errors: invalid_config.
OrApiError<void> check_group_config(const ConfigMap& values, const Configuration& broker);
/// What clients are asked to tell of themselves (KIP-714). Errors: invalid_request, invalid_config.
OrApiError<void> check_client_metrics_config(const ConfigMap& values);

}  // namespace sluice
