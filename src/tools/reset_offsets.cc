// --reset-offsets of kafka-consumer-groups.sh.
#include <algorithm>

#include "tools/group_command.h"
#include "tools/group_reset.h"
#include "tools/group_tables.h"
#include "tools/offset_plan.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::Offsets;

Task<std::expected<Offsets, Refusal>> committed_offsets(Admin& admin, std::string group) {
  auto committed = co_await admin.list_group_offsets(std::move(group));
  if (!committed) co_return refused(committed.error(), true);
  co_return std::move(*committed);
}

Task<std::expected<PartitionSet, Refusal>> partitions_to_reset(Admin& admin, const Options& options,
                                                               std::string group) {
  if (options.has("all-topics")) {
    const auto committed = co_await committed_offsets(admin, std::move(group));
    if (!committed) co_return std::unexpected(committed.error());
    PartitionSet partitions;
    for (const auto& [partition, offset] : *committed) partitions.insert(partition);
    co_return partitions;
  }
  if (!options.has("topic")) {
    if (options.has("from-file")) co_return PartitionSet{};
    co_return wrong_usage("One of the reset scopes should be defined: --all-topics, --topic.");
  }
  auto selection = parse_topic_selection(options.all("topic"));
  if (!selection) co_return wrong_usage(selection.error().what);
  co_return co_await find_partitions(admin, std::move(*selection));
}

Task<PlannedOffsets> reset_group(Admin& admin, const Options& options, std::string group) {
  auto partitions = co_await partitions_to_reset(admin, options, group);
  if (!partitions) co_return std::unexpected(partitions.error());
  Offsets committed;
  if (plan_needs_committed(options)) {
    auto found = co_await committed_offsets(admin, group);
    if (!found) co_return std::unexpected(found.error());
    committed = std::move(*found);
  }
  PlannedOffsets plan = co_await plan_offsets(admin, options, group, std::move(*partitions), std::move(committed));
  if (!plan || options.has("dry-run") || !options.has("execute")) co_return plan;
  const Done done = co_await commit_offsets(admin, std::move(group), *plan);
  if (!done) co_return std::unexpected(done.error());
  co_return plan;
}

/// Groups of other kinds are nowhere among those of consumers. Streams groups would take the offsets while their
/// application is away; how far share groups are is not kept as offsets at all.
Task<Done> refuse_other_kinds(Admin& admin, const client::Outcomes<client::GroupDescription>& described) {
  const auto is_unknown = [](const auto& group) {
    return !group && group.error().code == ErrorCode::group_id_not_found;
  };
  if (std::ranges::none_of(described, [&](const auto& entry) { return is_unknown(entry.second); }))
    co_return Done{};
  const auto groups = co_await admin.list_groups();
  if (!groups) co_return refused(groups.error(), true);
  for (const client::GroupListing& group : *groups) {
    const auto found = described.find(group.group_id);
    if (found == described.end() || !is_unknown(found->second)) continue;
    const std::string type = shown_type(group.type);
    if (type == "Streams" || type == "Share")
      co_return failed_plainly(
          fmt::format("Group '{0}' is a {1} group. Its offsets are reset by kafka-{1}-groups.sh.", group.group_id,
                      type == "Share" ? "share" : "streams"));
  }
  co_return Done{};
}

}  // namespace

Task<Done> reset_offsets(Admin& admin, const Options& options) {
  auto ids = co_await chosen_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto described = co_await admin.describe_groups(std::move(*ids));
  Done fit = co_await refuse_other_kinds(admin, described);
  if (!fit) co_return fit;
  ResetPlan plan;
  for (const auto& [id, group] : described) {
    // A group that is not there yet can be told where it is to begin.
    if (!group && group.error().code != ErrorCode::group_id_not_found) co_return refused(group.error(), true);
    if (group && group->state != "Empty" && group->state != "Dead") {
      print_error(
          fmt::format("Assignments can only be reset if the group '{}' is inactive, but the current state is {}.",
                      id, group->state));
      plan[id];
      continue;
    }
    PlannedOffsets own = co_await reset_group(admin, options, id);
    if (!own) co_return std::unexpected(own.error());
    plan[id] = std::move(*own);
  }
  if (options.has("export"))
    fmt::print("{}\n", reset_plan_csv(plan, options.all("group").size() == 1));
  else
    fmt::print("{}", reset_plan_table(plan));
  co_return Done{};
}

}  // namespace sluice::tools
