// tools/offset_deletion.h: --delete-offsets: forgets how far a group is, and prints of which partitions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/offset_search.h"

namespace sluice::tools {

/// `results`: what is known already, in the way of deleted_offsets_table.
Task<Done> delete_group_offsets(client::Admin& admin, std::string group, PartitionSet partitions,
                                std::map<client::TopicPartition, std::string> results);
/// `topics` in the way of parse_topic_selection.
Task<Done> delete_group_offsets(client::Admin& admin, std::string group, std::vector<std::string> topics);

}  // namespace sluice::tools
