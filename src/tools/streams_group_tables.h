// tools/streams_group_tables.h: how kafka-streams-groups.sh shows groups.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/admin_types.h"
#include "client/streams_group_description.h"
#include "tools/group_reset.h"

namespace sluice::tools {

/// How far a streams group is in a partition that one of its tasks reads.
struct StreamsOffsetRow {
  client::TopicPartition partition;
  std::optional<client::OffsetAndMetadata> committed;
  Offset start;
  Offset end;
};

/// The states that streams groups can be in, as Kafka writes them. Nothing where `text` names none of them.
std::optional<std::string> streams_group_state(std::string_view text);

std::string streams_listing_table(const std::vector<client::GroupListing>& groups);
std::string streams_offsets_table(const std::string& group_id, const std::vector<StreamsOffsetRow>& rows,
                                  bool verbose);
std::string streams_members_table(const client::StreamsGroupDescription& group, bool verbose);
/// `coordinator` is its address; empty if that is not known.
std::string streams_state_table(const client::StreamsGroupDescription& group, const std::string& coordinator,
                                bool verbose);

/// The table that shows where groups are to go on, as wide as it always is here.
std::string streams_reset_table(const ResetPlan& plan);

/// The partitions that the active tasks of the group's members read. Nothing where a task's subtopology is not in
/// the description: its id is put into `unknown`.
std::optional<std::set<client::TopicPartition>> read_partitions(const client::StreamsGroupDescription& group,
                                                                std::string& unknown);

/// The topics that the group's tasks read, and those of them that others write.
std::set<std::string> read_topics(const client::StreamsGroupDescription& group);
std::set<std::string> input_topics(const client::StreamsGroupDescription& group);

}  // namespace sluice::tools
