// --describe, --reset-offsets and --delete-offsets of kafka-share-groups.sh.
#include <algorithm>
#include <cstdio>

#include "tools/group_reset.h"
#include "tools/kafka_error.h"
#include "tools/offset_plan.h"
#include "tools/share_group_command.h"
#include "tools/share_group_tables.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::GroupDescription;
using client::ShareOffsets;

/// Says what is special about the group. Whether there is anything to show of it.
bool announce(const GroupDescription& group, std::size_t rows) {
  if (group.state == "Dead") {
    print_error(fmt::format("Share group '{}' does not exist.", group.group_id));
    return false;
  }
  if (group.state == "Empty") fmt::print("\nShare group '{}' has no active members.\n", group.group_id);
  return rows > 0;
}

Task<std::expected<std::vector<GroupDescription>, Refusal>> describe(Admin& admin, std::vector<std::string> ids) {
  const auto described = co_await admin.describe_share_groups(std::move(ids));
  std::vector<GroupDescription> groups;
  for (const auto& [id, group] : described) {
    if (!group) co_return refused(group.error(), true);
    groups.push_back(*group);
  }
  co_return groups;
}

Task<Done> print_offsets(Admin& admin, const std::vector<GroupDescription>& groups, bool verbose) {
  for (const GroupDescription& group : groups) {
    const auto offsets = co_await admin.list_share_group_offsets(group.group_id);
    if (!offsets) co_return refused(offsets.error(), true);
    if (offsets->empty())
      fmt::print("\nShare group '{}' has no offset information.\n", group.group_id);
    else
      fmt::print("{}", share_offsets_table(group.group_id, *offsets, verbose));
  }
  co_return Done{};
}

/// A group that is not there yet can be told where it is to begin.
Task<Done> check_inactive(Admin& admin, const std::string& id) {
  const auto described = co_await admin.describe_share_groups({id});
  const auto& group = described.at(id);
  if (!group && group.error().code == ErrorCode::group_id_not_found) co_return Done{};
  if (!group) co_return failed_plainly(std::string(sentence_of(group.error())));
  if (group->state != "Empty" && group->state != "Dead")
    co_return failed_plainly(fmt::format("Share group '{}' is not empty.", id));
  co_return Done{};
}

Task<std::expected<PartitionSet, Refusal>> partitions_to_reset(Admin& admin, const Options& options,
                                                               std::string id) {
  if (options.has("topic")) co_return co_await named_partitions(admin, options, "topic");
  const auto offsets = co_await admin.list_share_group_offsets(std::move(id));
  if (!offsets) co_return refused(offsets.error(), true);
  PartitionSet partitions;
  for (const auto& [partition, offset] : *offsets) partitions.insert(partition);
  co_return partitions;
}

Task<PlannedOffsets> plan_of(Admin& admin, const Options& options, PartitionSet partitions) {
  if (options.has("to-earliest"))
    co_return co_await offsets_at(admin, std::move(partitions), client::offset_at::kEarliest);
  if (options.has("to-latest"))
    co_return co_await offsets_at(admin, std::move(partitions), client::offset_at::kLatest);
  const auto time = parse_datetime(options.get("to-datetime", ""));
  if (!time)
    co_return std::unexpected(
        Refusal{.kind = Refusal::Kind::said, .text = "java.text.ParseException: " + time.error().what});
  co_return co_await offsets_at_time(admin, std::move(partitions), *time);
}

}  // namespace

Task<Done> describe_share_groups(Admin& admin, const Options& options) {
  auto ids = co_await chosen_share_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto groups = co_await describe(admin, std::move(*ids));
  if (!groups) co_return std::unexpected(groups.error());
  const bool verbose = options.has("verbose");
  if (!options.has("members") && !options.has("state")) co_return co_await print_offsets(admin, *groups, verbose);
  for (const GroupDescription& group : *groups) {
    if (options.has("members")) {
      if (announce(group, group.members.size())) fmt::print("{}", share_members_table(group, verbose));
    } else if (announce(group, 1)) {
      fmt::print("{}", share_state_table(group, address_of(admin, group.coordinator), verbose));
    }
  }
  co_return Done{};
}

Task<Done> reset_share_offsets(Admin& admin, const Options& options) {
  const std::string id = options.get("group", "");
  if (const Done inactive = co_await check_inactive(admin, id); !inactive) co_return inactive;
  auto partitions = co_await partitions_to_reset(admin, options, id);
  if (!partitions) co_return std::unexpected(partitions.error());
  const PlannedOffsets plan = co_await plan_of(admin, options, std::move(*partitions));
  if (!plan) co_return std::unexpected(plan.error());
  if (options.has("execute") && !plan->empty()) {
    std::map<client::TopicPartition, Offset> offsets;
    for (const auto& [partition, offset] : *plan) offsets.emplace(partition, Offset{offset});
    const auto altered = co_await admin.alter_share_group_offsets(id, std::move(offsets));
    if (!altered) co_return refused(altered.error(), true);
    for (const auto& [partition, outcome] : *altered)
      if (!outcome) co_return refused(outcome.error(), true);
  }
  fmt::print("{}", reset_plan_table({{id, *plan}}));
  co_return Done{};
}

Task<Done> delete_share_offsets(Admin& admin, const Options& options) {
  const std::vector<std::string>& named = options.all("topic");
  const std::set<std::string> topics(named.begin(), named.end());
  const auto deleted = co_await admin.delete_share_group_offsets(options.get("group", ""), topics);
  if (!deleted && is_unreachable(deleted.error())) co_return refused(deleted.error(), true);
  std::map<std::string, std::string> results;
  for (const std::string& topic : topics) {
    if (!deleted) {
      results[topic] = sentence_of(deleted.error());
      continue;
    }
    const auto found = deleted->find(topic);
    results[topic] =
        found == deleted->end() || found->second ? "" : std::string(sentence_of(found->second.error()));
  }
  if (!deleted) print_error(std::string(sentence_of(deleted.error())));
  fmt::print("{}\n", deleted_share_offsets_table(results));
  co_return Done{};
}

}  // namespace sluice::tools
