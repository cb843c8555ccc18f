#include "tools/group_tables.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "tools/columns.h"

namespace sluice::tools {
namespace {

using client::GroupDescription;
using client::GroupMember;
using client::TopicPartition;

constexpr std::string_view kStates[] = {
    "Assigning", "PreparingRebalance", "Dead", "Reconciling", "CompletingRebalance", "Stable", "Empty"};

std::string number_or_dash(std::int64_t value) { return value < 0 ? "-" : std::to_string(value); }

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lowered;
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

}  // namespace

std::string shown_type(const std::string& type) {
  if (type.empty()) return "Unknown";
  std::string shown = lower(type);
  shown.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(shown.front())));
  return shown;
}

std::string shown_assignment(const std::vector<TopicPartition>& partitions) {
  std::string text;
  std::string_view topic;
  const std::set<TopicPartition> sorted(partitions.begin(), partitions.end());
  for (const TopicPartition& partition : sorted) {
    if (partition.topic == topic) {
      text += fmt::format(",{}", partition.partition.value);
    } else {
      text += fmt::format("{}{}:{}", text.empty() ? "" : ";", partition.topic, partition.partition.value);
      topic = partition.topic;
    }
  }
  return text;
}

std::optional<std::string> find_state(std::span<const std::string_view> states, std::string_view text) {
  const std::string wanted = lower(text);
  for (const std::string_view state : states)
    if (lower(state) == wanted) return std::string(state);
  return std::nullopt;
}

std::optional<std::string> group_state(std::string_view text) { return find_state(kStates, text); }

std::string listing_table(const std::vector<client::GroupListing>& groups, ListingColumns columns) {
  std::size_t width = 15;
  for (const client::GroupListing& group : groups) width = std::max(width, group.group_id.size());
  constexpr std::size_t kGap = 10;  // Which Kafka leaves behind the longest name.
  std::vector<Column> wanted{{"GROUP", width + kGap}};
  if (columns.type) wanted.push_back({"TYPE", 20});
  if (columns.state) wanted.push_back({"STATE", 20});
  Columns table(std::move(wanted));
  for (const client::GroupListing& group : groups) {
    std::vector<std::string> row{group.group_id};
    if (columns.type) row.push_back(shown_type(group.type));
    if (columns.state) row.push_back(group.state.empty() ? "Unknown" : group.state);
    table.add(std::move(row));
  }
  return table.text();
}

std::string offsets_table(const std::string& group_id, const std::vector<OffsetRow>& rows, bool verbose) {
  std::vector<Column> columns{{"GROUP", 15}, {"TOPIC", 15}, {"PARTITION", 10, false}};
  if (verbose) columns.push_back({"LEADER-EPOCH", 15, false});
  for (const std::string_view header : {"CURRENT-OFFSET", "LOG-END-OFFSET", "LAG"})
    columns.push_back({header, 15, false});
  columns.push_back({"CONSUMER-ID", 15});
  columns.push_back({"HOST", 15});
  columns.push_back({"CLIENT-ID", 0});
  Columns table(std::move(columns));
  for (const OffsetRow& row : rows) {
    std::vector<std::string> cells{group_id, row.partition ? row.partition->topic : "-",
                                   row.partition ? std::to_string(row.partition->partition.value) : "-"};
    if (verbose) cells.push_back(row.committed ? number_or_dash(row.committed->leader_epoch.value) : "-");
    cells.push_back(row.committed ? std::to_string(row.committed->offset.value) : "-");
    cells.push_back(row.end ? std::to_string(row.end->value) : "-");
    const bool lags = row.committed && row.end && row.committed->offset.value >= 0;
    cells.push_back(lags ? std::to_string(*row.end - row.committed->offset) : "-");
    cells.push_back(row.consumer_id);
    cells.push_back(row.host);
    cells.push_back(row.client_id);
    table.add(std::move(cells));
  }
  return "\n" + table.text();
}

std::string members_table(const GroupDescription& group, bool verbose) {
  const std::vector<GroupMember>& members = group.members;
  const bool with_instances =
      std::ranges::any_of(members, [](const GroupMember& member) { return member.instance_id.has_value(); });
  const auto speaks = [&members](bool upgraded) {
    return std::ranges::any_of(members, [=](const GroupMember& member) { return member.upgraded == upgraded; });
  };
  const bool migrating = speaks(true) && speaks(false);
  std::vector<Column> columns{{"GROUP", 15}, {"CONSUMER-ID", 15}};
  if (with_instances) columns.push_back({"GROUP-INSTANCE-ID", 17});
  columns.push_back({"HOST", 15});
  columns.push_back({"CLIENT-ID", 15});
  // Alone at the end the count is followed by the blank that would lead to the next column.
  columns.push_back({"#PARTITIONS", verbose ? 15u : 16u, false});
  if (verbose) {
    columns.push_back({"CURRENT-EPOCH", 15, false});
    columns.push_back({"CURRENT-ASSIGNMENT", 20});
    columns.push_back({"TARGET-EPOCH", 15, false});
    columns.push_back({"TARGET-ASSIGNMENT", 20});
    if (migrating) columns.push_back({"UPGRADED", 0});
  }
  Columns table(std::move(columns));
  const bool classic = group.type == "classic";
  for (const GroupMember& member : members) {
    std::vector<std::string> cells{group.group_id, member.member_id};
    if (with_instances) cells.push_back(member.instance_id.value_or(""));
    cells.push_back(member.client_host);
    cells.push_back(member.client_id);
    cells.push_back(std::to_string(member.assignment.size()));
    if (verbose) {
      cells.push_back(number_or_dash(classic ? -1 : member.epoch));
      cells.push_back(or_dash(shown_assignment(member.assignment)));
      cells.push_back(number_or_dash(classic ? -1 : group.assignment_epoch));
      cells.push_back(or_dash(shown_assignment(member.target_assignment)));
      if (migrating) cells.push_back(!member.upgraded ? "-" : *member.upgraded ? "true" : "false");
    }
    table.add(std::move(cells));
  }
  return "\n" + table.text();
}

std::string states_table(const std::vector<client::GroupListing>& groups) {
  Columns table({{"GROUP", 15}, {"STATE", 0}});
  for (const client::GroupListing& group : groups)
    table.add({group.group_id, group.state.empty() ? "Unknown" : group.state});
  return table.text();
}

std::string state_table(const StateLayout& layout, StateCells cells, bool verbose) {
  std::vector<Column> columns{{"GROUP", 15}, {"COORDINATOR (ID)", 25}};
  std::vector<std::string> row{std::move(cells.group_id), std::move(cells.coordinator)};
  const auto add = [&](Column column, std::string value) {
    columns.push_back(column);
    row.push_back(std::move(value));
  };
  if (cells.assignor) add({"ASSIGNMENT-STRATEGY", 20, false}, std::move(*cells.assignor));
  add({"STATE", layout.state, false}, std::move(cells.state));
  if (verbose) {
    add({"GROUP-EPOCH", layout.epoch, false}, std::move(cells.epoch));
    add({layout.assignment_epoch_header, layout.assignment_epoch, false}, std::move(cells.assignment_epoch));
  }
  add({"#MEMBERS", 0}, std::to_string(cells.member_count));
  Columns table(std::move(columns));
  table.add(std::move(row));
  return table.text();
}

std::string state_table(const GroupDescription& group, const std::string& coordinator, bool verbose) {
  constexpr StateLayout kLayout{
      .state = 20, .epoch = 15, .assignment_epoch_header = "TARGET-ASSIGNMENT-EPOCH", .assignment_epoch = 25};
  const bool classic = group.type == "classic";
  return "\n" + state_table(kLayout,
                            {.group_id = group.group_id,
                             .coordinator = fmt::format("{}  ({})", coordinator, group.coordinator.value),
                             .assignor = or_dash(group.assignor),
                             .state = group.state,
                             .epoch = number_or_dash(classic ? -1 : group.epoch),
                             .assignment_epoch = number_or_dash(classic ? -1 : group.assignment_epoch),
                             .member_count = group.members.size()},
                            verbose);
}

std::string deleted_offsets_table(const std::map<TopicPartition, std::string>& results) {
  Columns table({{"TOPIC", 15}, {"PARTITION", 10, false}, {"STATUS", 15, false}});
  for (const auto& [partition, error] : results)
    table.add({partition.topic, number_or_dash(partition.partition.value),
               error.empty() ? "Successful" : "Error: " + error});
  return "\n" + table.text();
}

}  // namespace sluice::tools
