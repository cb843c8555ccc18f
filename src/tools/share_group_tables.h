// tools/share_group_tables.h: how kafka-share-groups.sh shows groups.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/admin_types.h"

namespace sluice::tools {

std::string share_offsets_table(const std::string& group_id, const client::ShareOffsets& offsets, bool verbose);
std::string share_members_table(const client::GroupDescription& group, bool verbose);
/// `coordinator` is its address; empty if that is not known.
std::string share_state_table(const client::GroupDescription& group, const std::string& coordinator, bool verbose);
/// What became of each topic's offsets: empty where they were deleted, else why not.
std::string deleted_share_offsets_table(const std::map<std::string, std::string>& results);

/// The states that share groups can be in, as Kafka writes them. Nothing where `text` names none of them.
std::optional<std::string> share_group_state(std::string_view text);

}  // namespace sluice::tools
