// tools/quota_configs.h: the part of kafka-configs.sh that is about quotas of users, clients and addresses, and
// users' credentials.
#pragma once

#include "client/admin.h"
#include "tools/config_arguments.h"

namespace sluice::tools {

/// Whether a type has quotas instead of configurations.
bool is_quota_type(std::string_view type);

/// Prints the quotas of the entities that `arguments` name, and the credentials of users. `arguments` outlives it.
Task<client::Outcome<void>> describe_quota_configs(client::Admin& admin, const ConfigArguments& arguments);

/// Errors: operation_not_attempted (keys that are not quotas, limits that are not numbers) …
Task<client::Outcome<void>> alter_quota_configs(client::Admin& admin, const ConfigArguments& arguments);

}  // namespace sluice::tools
