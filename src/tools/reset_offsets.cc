// --reset-offsets of kafka-consumer-groups.sh.
#include "tools/group_command.h"
#include "tools/group_reset.h"
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

}  // namespace

Task<Done> reset_offsets(Admin& admin, const Options& options) {
  auto ids = co_await chosen_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto described = co_await admin.describe_groups(std::move(*ids));
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
