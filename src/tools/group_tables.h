// tools/group_tables.h: how kafka-consumer-groups.sh shows groups.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/admin_types.h"

namespace sluice::tools {

/// A partition that a group reads, has read, or is about to read.
struct OffsetRow {
  std::optional<client::TopicPartition> partition;
  std::optional<client::OffsetAndMetadata> committed;
  std::optional<Offset> end;
  std::string consumer_id = "-";
  std::string host = "-";
  std::string client_id = "-";
};

/// Which columns a list of groups has.
struct ListingColumns {
  bool type = false;
  bool state = false;
};
std::string listing_table(const std::vector<client::GroupListing>& groups, ListingColumns columns);
std::string offsets_table(const std::string& group_id, const std::vector<OffsetRow>& rows, bool verbose);
std::string members_table(const client::GroupDescription& group, bool verbose);
/// The groups with their states alone.
std::string states_table(const std::vector<client::GroupListing>& groups);
/// `coordinator` is its address; empty if that is not known.
std::string state_table(const client::GroupDescription& group, const std::string& coordinator, bool verbose);
/// How a command lays out the state of one group; the widths of its columns.
struct StateLayout {
  std::size_t state = 0;
  std::size_t epoch = 0;
  std::string_view assignment_epoch_header;
  std::size_t assignment_epoch = 0;
};
/// What it says of the group.
struct StateCells {
  std::string group_id;
  std::string coordinator;              ///< With its id.
  std::optional<std::string> assignor;  ///< None: not shown.
  std::string state;
  std::string epoch;
  std::string assignment_epoch;
  std::size_t member_count = 0;
};
/// Epochs are shown if `verbose`.
std::string state_table(const StateLayout& layout, StateCells cells, bool verbose);
/// What became of each partition's offset: empty where it was deleted, else why not. A partition below 0 stands
/// for a topic that is not there.
std::string deleted_offsets_table(const std::map<client::TopicPartition, std::string>& results);

/// consumer as Consumer: how the types of groups are shown.
std::string shown_type(const std::string& type);
/// orders:0,1,2;small:0
std::string shown_assignment(const std::vector<client::TopicPartition>& partitions);

/// The one of `states` that `text` names, in whatever case. Nothing: none.
std::optional<std::string> find_state(std::span<const std::string_view> states, std::string_view text);
/// The states that consumer groups can be in, as Kafka writes them. Nothing where `text` names none of them.
std::optional<std::string> group_state(std::string_view text);

}  // namespace sluice::tools
