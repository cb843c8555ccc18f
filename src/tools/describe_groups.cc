// --describe of kafka-consumer-groups.sh.
#include <algorithm>
#include <cstdio>

#include "tools/group_command.h"
#include "tools/group_tables.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::GroupDescription;
using client::GroupMember;
using client::Offsets;
using client::TopicPartition;

/// Says to standard error what is special about the group's state. Whether there is anything to show of it.
bool announce(const GroupDescription& group) {
  std::fflush(stdout);
  if (group.state == "Dead") {
    print_error(fmt::format("Consumer group '{}' does not exist.", group.group_id));
    return false;
  }
  if (group.state == "Empty")
    fmt::print(stderr, "\nConsumer group '{}' has no active members.\n", group.group_id);
  else if (group.state != "Stable")
    fmt::print(stderr, "\nWarning: Consumer group '{}' is rebalancing.\n", group.group_id);
  return true;
}

/// The rows of members, those with most partitions first, then of partitions that nobody reads.
std::vector<OffsetRow> rows_of(const GroupDescription& group, const Offsets& committed) {
  std::vector<OffsetRow> rows;
  Offsets left = committed;
  const auto add = [&](const TopicPartition& partition, const GroupMember* member) {
    OffsetRow row;
    row.partition = partition;
    if (const auto found = committed.find(partition); found != committed.end()) row.committed = found->second;
    if (member != nullptr) {
      row.consumer_id = member->member_id;
      row.host = member->client_host;
      row.client_id = member->client_id;
    }
    rows.push_back(std::move(row));
  };
  std::vector<const GroupMember*> members;
  for (const GroupMember& member : group.members) members.push_back(&member);
  std::ranges::sort(members, [](const GroupMember* a, const GroupMember* b) {
    if (a->assignment.size() != b->assignment.size()) return a->assignment.size() > b->assignment.size();
    return a->member_id < b->member_id;
  });
  for (const GroupMember* member : members) {
    std::vector<TopicPartition> partitions = member->assignment;
    std::ranges::sort(partitions);
    for (const TopicPartition& partition : partitions) {
      add(partition, member);
      left.erase(partition);
    }
  }
  for (const auto& [partition, offset] : left) add(partition, nullptr);
  return rows;
}

Task<std::expected<std::vector<OffsetRow>, Refusal>> find_rows(Admin& admin, const GroupDescription& group) {
  const auto committed = co_await admin.list_group_offsets(group.group_id);
  if (!committed) co_return refused(committed.error(), true);
  std::vector<OffsetRow> rows = rows_of(group, *committed);
  std::map<TopicPartition, std::int64_t> times;
  for (const OffsetRow& row : rows) times[*row.partition] = client::offset_at::kLatest;
  if (times.empty()) co_return rows;
  const auto ends = co_await admin.list_offsets(std::move(times));
  for (OffsetRow& row : rows) {
    // What cannot be asked about, because it has no leader or is deleted, is shown without an end.
    const auto end = ends.find(*row.partition);
    if (end != ends.end() && end->second) row.end = end->second->offset;
  }
  co_return rows;
}

using Described = std::map<std::string, GroupDescription>;

Task<Done> print_offsets(Admin& admin, const Described& groups, bool verbose) {
  std::map<std::string, std::vector<OffsetRow>> tables;
  for (const auto& [id, group] : groups) {
    auto rows = co_await find_rows(admin, group);
    if (!rows) co_return std::unexpected(rows.error());
    tables[id] = std::move(*rows);
  }
  for (const auto& [id, rows] : tables)
    if (announce(groups.at(id)) && !rows.empty()) fmt::print("{}", offsets_table(id, rows, verbose));
  co_return Done{};
}

void print_members(const Described& groups, bool verbose) {
  for (const auto& [id, group] : groups) {
    announce(group);
    fmt::print("{}", members_table(group, verbose));
  }
}

void print_states(Admin& admin, const Described& groups, bool verbose) {
  for (const auto& [id, group] : groups) {
    if (!announce(group)) continue;
    fmt::print("{}", state_table(group, address_of(admin, group.coordinator), verbose));
  }
}

}  // namespace

Task<Done> describe_groups(Admin& admin, const Options& options) {
  auto ids = co_await chosen_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto described = co_await admin.describe_groups(std::move(*ids));
  Described groups;
  for (const auto& [id, group] : described) {
    if (!group && group.error().code == ErrorCode::group_id_not_found)
      co_return refused(client::Failure{group.error().code, fmt::format("Group {} not found.", id)}, true);
    if (!group) co_return refused(group.error(), true);
    groups.emplace(id, *group);
  }
  const bool verbose = options.has("verbose");
  if (options.has("members"))
    print_members(groups, verbose);
  else if (options.has("state"))
    print_states(admin, groups, verbose);
  else
    co_return co_await print_offsets(admin, groups, verbose);
  co_return Done{};
}

}  // namespace sluice::tools
