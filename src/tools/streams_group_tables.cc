#include "tools/streams_group_tables.h"

#include <algorithm>
#include <cctype>

#include "tools/columns.h"

namespace sluice::tools {
namespace {

using client::StreamsGroupDescription;
using client::StreamsGroupMember;
using client::StreamsSubtopology;
using client::StreamsTaskIds;

constexpr std::string_view kStates[] = {"Assigning", "Dead", "Reconciling", "Stable", "Empty", "NotReady"};

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b,
                            [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// ACTIVE: 0:[0,1]; 1:[2]; with the blank behind it.
std::string shown_tasks(std::string_view kind, const std::vector<StreamsTaskIds>& tasks) {
  if (tasks.empty()) return "";
  std::string text = fmt::format("{}: ", kind);
  for (const StreamsTaskIds& ids : tasks) {
    std::string partitions;
    for (const PartitionIndex partition : ids.partitions)
      partitions += fmt::format("{}{}", partitions.empty() ? "" : ",", partition.value);
    text += fmt::format("{}:[{}]; ", ids.subtopology_id, partitions);
  }
  return text;
}

std::string shown_tasks(const StreamsGroupMember& member, bool with_target) {
  const auto& [active, standby, warmup] = member.assignment;
  std::string text =
      shown_tasks("ACTIVE", active) + shown_tasks("STANDBY", standby) + shown_tasks("WARMUP", warmup);
  if (!with_target) return text;
  const auto& target = member.target_assignment;
  return text + shown_tasks("TARGET-ACTIVE", target.active) + shown_tasks("TARGET-STANDBY", target.standby) +
         shown_tasks("TARGET-WARMUP", target.warmup);
}

std::vector<std::string> topics_read_by(const StreamsSubtopology& subtopology) {
  std::vector<std::string> topics = subtopology.source_topics;
  topics.insert(topics.end(), subtopology.repartition_source_topics.begin(),
                subtopology.repartition_source_topics.end());
  return topics;
}

}  // namespace

std::optional<std::string> streams_group_state(std::string_view text) {
  for (const std::string_view state : kStates)
    if (same_but_for_case(state, text)) return std::string(state);
  return std::nullopt;
}

std::string streams_listing_table(const std::vector<client::GroupListing>& groups) {
  Columns table({{"GROUP", 15}, {"STATE", 0}});
  for (const client::GroupListing& group : groups)
    table.add({group.group_id, group.state.empty() ? "Unknown" : group.state});
  return table.text();
}

std::string streams_offsets_table(const std::string& group_id, const std::vector<StreamsOffsetRow>& rows,
                                  bool verbose) {
  std::vector<Column> columns{{"GROUP", 15}, {"TOPIC", 15}, {"PARTITION", 10, false}};
  if (verbose)
    for (const std::string_view header : {"CURRENT-OFFSET", "LEADER-EPOCH", "LOG-END-OFFSET"})
      columns.push_back({header, 15, false});
  columns.push_back({"OFFSET-LAG", verbose ? 15u : 0u, false});
  Columns table(std::move(columns));
  for (const StreamsOffsetRow& row : rows) {
    std::vector<std::string> cells{group_id, row.partition.topic, std::to_string(row.partition.partition.value)};
    if (verbose) {
      const bool epoch = row.committed && row.committed->leader_epoch.value >= 0;
      cells.push_back(row.committed ? std::to_string(row.committed->offset.value) : "-");
      cells.push_back(epoch ? std::to_string(row.committed->leader_epoch.value) : "-");
      cells.push_back(std::to_string(row.end.value));
    }
    cells.push_back(std::to_string(row.end - (row.committed ? row.committed->offset : row.start)));
    table.add(std::move(cells));
  }
  return table.text();
}

std::string streams_members_table(const StreamsGroupDescription& group, bool verbose) {
  std::vector<Column> columns{{"GROUP", 15}};
  if (verbose) {
    columns.push_back({"TARGET-ASSIGNMENT-EPOCH", 25, false});
    // Kafka leaves no blank behind this column, whose values are shorter than it is wide.
    columns.push_back({"TOPOLOGY-EPOCH", 14, false});
  }
  columns.push_back({"MEMBER", 15});
  if (verbose) {
    columns.push_back({"MEMBER-PROTOCOL", 15, false});
    columns.push_back({"MEMBER-EPOCH", 15, false});
  }
  columns.push_back({"PROCESS", 15});
  columns.push_back({"CLIENT-ID", 15});
  columns.push_back({"ASSIGNMENTS", 0});
  Columns table(std::move(columns));
  for (const StreamsGroupMember& member : group.members) {
    std::vector<std::string> cells{group.group_id};
    if (verbose) {
      cells.push_back(std::to_string(group.assignment_epoch));
      cells.push_back(std::to_string(group.topology_epoch));
    }
    cells.push_back(member.member_id);
    if (verbose) {
      cells.push_back(member.classic ? "classic" : "streams");
      cells.push_back(std::to_string(member.epoch));
    }
    cells.push_back(member.process_id);
    cells.push_back(member.client_id);
    cells.push_back(shown_tasks(member, verbose));
    table.add(std::move(cells));
  }
  return table.text();
}

std::string streams_state_table(const StreamsGroupDescription& group, const std::string& coordinator,
                                bool verbose) {
  std::vector<Column> columns{{"GROUP", 15}, {"COORDINATOR (ID)", 25}, {"STATE", 25, false}};
  if (verbose) {
    columns.push_back({"GROUP-EPOCH", 15, false});
    columns.push_back({"TARGET-ASSIGNMENT-EPOCH", 25, false});
  }
  columns.push_back({"#MEMBERS", 0});
  Columns table(std::move(columns));
  std::vector<std::string> cells{group.group_id, fmt::format("{} ({})", coordinator, group.coordinator.value),
                                 group.state};
  if (verbose) {
    cells.push_back(std::to_string(group.epoch));
    cells.push_back(std::to_string(group.assignment_epoch));
  }
  cells.push_back(std::to_string(group.members.size()));
  table.add(std::move(cells));
  return table.text();
}

std::string streams_reset_table(const ResetPlan& plan) {
  if (plan.empty()) return "\n";
  Columns columns(
      {{"GROUP", 30, false}, {"TOPIC", 30, false}, {"PARTITION", 10, false}, {"NEW-OFFSET", 15, false}});
  for (const auto& [group, offsets] : plan)
    for (const auto& [partition, offset] : offsets)
      columns.add({group, partition.topic, std::to_string(partition.partition.value), std::to_string(offset)});
  return "\n" + columns.text();
}

std::optional<std::set<client::TopicPartition>> read_partitions(const StreamsGroupDescription& group,
                                                                std::string& unknown) {
  std::set<client::TopicPartition> partitions;
  for (const StreamsGroupMember& member : group.members) {
    for (const StreamsTaskIds& tasks : member.assignment.active) {
      const auto found =
          std::ranges::find(group.subtopologies, tasks.subtopology_id, &StreamsSubtopology::subtopology_id);
      if (found == group.subtopologies.end()) {
        unknown = tasks.subtopology_id;
        return std::nullopt;
      }
      for (const std::string& topic : topics_read_by(*found))
        for (const PartitionIndex partition : tasks.partitions) partitions.insert({topic, partition});
    }
  }
  return partitions;
}

std::set<std::string> read_topics(const StreamsGroupDescription& group) {
  std::set<std::string> topics;
  for (const StreamsSubtopology& subtopology : group.subtopologies)
    for (std::string& topic : topics_read_by(subtopology)) topics.insert(std::move(topic));
  return topics;
}

std::set<std::string> input_topics(const StreamsGroupDescription& group) {
  std::set<std::string> topics;
  for (const StreamsSubtopology& subtopology : group.subtopologies)
    topics.insert(subtopology.source_topics.begin(), subtopology.source_topics.end());
  return topics;
}

}  // namespace sluice::tools
