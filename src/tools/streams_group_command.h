// tools/streams_group_command.h: what the parts of kafka-streams-groups.sh have in common.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <vector>

#include "tools/group_command.h"

namespace sluice::tools {

/// The streams groups, by id.
Task<std::expected<std::vector<client::GroupListing>, Refusal>> list_streams_groups(client::Admin& admin);

/// The ids of --group as they were given, or of --all-groups by id. The options outlive it.
Task<std::expected<std::vector<std::string>, Refusal>> chosen_streams_groups(client::Admin& admin,
                                                                             const Options& options);

Task<std::expected<client::StreamsGroupDescription, Refusal>> describe_streams_group(client::Admin& admin,
                                                                                     std::string group_id);

/// How far the group is in topics.
Task<std::expected<client::Offsets, Refusal>> streams_offsets(client::Admin& admin, std::string group_id,
                                                              std::set<std::string> topics);

/// The same refusal, as Kafka's command puts it where it wraps an exception once more.
std::unexpected<Refusal> wrapped(Refusal refusal);

// The actions. The options outlive them.

/// --describe with --offsets, --members or --state.
Task<Done> describe_streams_groups(client::Admin& admin, const Options& options);
/// --delete
Task<Done> delete_streams_groups(client::Admin& admin, const Options& options);
/// --reset-offsets
Task<Done> reset_streams_offsets(client::Admin& admin, const Options& options);
/// --delete-offsets
Task<Done> delete_streams_offsets(client::Admin& admin, const Options& options);

}  // namespace sluice::tools
