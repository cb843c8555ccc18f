// tools/share_group_command.h: what the parts of kafka-share-groups.sh have in common.
#pragma once

#include "tools/group_command.h"

namespace sluice::tools {

/// The share groups, by id.
Task<client::Outcome<std::vector<client::GroupListing>>> list_share_groups(client::Admin& admin);

/// The ids of --group, or of --all-groups; sorted, each once. The options outlive it.
Task<std::expected<std::vector<std::string>, Refusal>> chosen_share_groups(client::Admin& admin,
                                                                           const Options& options);

// The actions, which the options outlive.

/// --describe with --offsets, --members or --state.
Task<Done> describe_share_groups(client::Admin& admin, const Options& options);
/// --reset-offsets
Task<Done> reset_share_offsets(client::Admin& admin, const Options& options);
/// --delete-offsets
Task<Done> delete_share_offsets(client::Admin& admin, const Options& options);

}  // namespace sluice::tools
