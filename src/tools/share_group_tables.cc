#include "tools/share_group_tables.h"

#include "tools/columns.h"
#include "tools/group_tables.h"

namespace sluice::tools {
namespace {

constexpr std::string_view kStates[] = {"Stable", "Empty", "Dead"};

}  // namespace

std::optional<std::string> share_group_state(std::string_view text) { return find_state(kStates, text); }

std::string share_offsets_table(const std::string& group_id, const client::ShareOffsets& offsets, bool verbose) {
  std::vector<Column> columns{{"GROUP", 15}, {"TOPIC", 15}, {"PARTITION", 10, false}};
  if (verbose) columns.push_back({"LEADER-EPOCH", 13, false});
  columns.push_back({"START-OFFSET", 13, false});
  columns.push_back({"LAG", 0});
  Columns table(std::move(columns));
  for (const auto& [partition, offset] : offsets) {
    std::vector<std::string> cells{group_id, partition.topic, std::to_string(partition.partition.value)};
    if (verbose) {
      const bool known = offset.start && offset.leader_epoch.value >= 0;
      cells.push_back(known ? std::to_string(offset.leader_epoch.value) : "-");
    }
    cells.push_back(offset.start ? std::to_string(offset.start->value) : "-");
    cells.push_back(offset.lag ? std::to_string(*offset.lag) : "-");
    table.add(std::move(cells));
  }
  return "\n" + table.text();
}

std::string share_members_table(const client::GroupDescription& group, bool verbose) {
  std::vector<Column> columns{
      {"GROUP", 15}, {"CONSUMER-ID", 15}, {"HOST", 15}, {"CLIENT-ID", 15}, {"#PARTITIONS", 12, false}};
  if (verbose) columns.push_back({"MEMBER-EPOCH", 13, false});
  columns.push_back({"ASSIGNMENT", 0});
  Columns table(std::move(columns));
  for (const client::GroupMember& member : group.members) {
    std::vector<std::string> cells{group.group_id, member.member_id, member.client_host, member.client_id,
                                   std::to_string(member.assignment.size())};
    if (verbose) cells.push_back(std::to_string(member.epoch));
    cells.push_back(shown_assignment(member.assignment));
    table.add(std::move(cells));
  }
  return "\n" + table.text();
}

std::string share_state_table(const client::GroupDescription& group, const std::string& coordinator,
                              bool verbose) {
  constexpr StateLayout kLayout{
      .state = 15, .epoch = 12, .assignment_epoch_header = "ASSIGNMENT-EPOCH", .assignment_epoch = 17};
  return "\n" + state_table(kLayout,
                            {.group_id = group.group_id,
                             .coordinator = fmt::format("{}  ({})", coordinator, group.coordinator.value),
                             .assignor = std::nullopt,
                             .state = group.state,
                             .epoch = std::to_string(group.epoch),
                             .assignment_epoch = std::to_string(group.assignment_epoch),
                             .member_count = group.members.size()},
                            verbose);
}

std::string deleted_share_offsets_table(const std::map<std::string, std::string>& results) {
  Columns table({{"TOPIC", 15}, {"STATUS", 0}});
  for (const auto& [topic, error] : results) table.add({topic, error.empty() ? "Successful" : "Error: " + error});
  return "\n" + table.text();
}

}  // namespace sluice::tools
