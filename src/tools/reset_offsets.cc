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
  if (!options.has("all-topics")) co_return co_await named_partitions(admin, options, "topic");
  const auto committed = co_await committed_offsets(admin, std::move(group));
  if (!committed) co_return std::unexpected(committed.error());
  co_return partitions_of(*committed);
}

Task<PlannedOffsets> reset_group(Admin& admin, const Options& options, std::string group) {
  auto partitions = co_await partitions_to_reset(admin, options, group);
  if (!partitions) co_return std::unexpected(partitions.error());
  auto find = [&admin, group] { return committed_offsets(admin, group); };
  co_return co_await reset_partitions(admin, options, group, std::move(*partitions), std::move(find));
}

/// How far share groups are is not kept as offsets. (Streams groups take theirs while their application is away.)
Task<Done> refuse_share_groups(Admin& admin, const client::Outcomes<client::GroupDescription>& described) {
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
    if (shown_type(group.type) == "Share")
      co_return failed_plainly(fmt::format(
          "Group '{}' is a share group. Its offsets are reset by kafka-share-groups.sh.", group.group_id));
  }
  co_return Done{};
}

}  // namespace

Task<Done> reset_offsets(Admin& admin, const Options& options) {
  auto ids = co_await chosen_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto described = co_await admin.describe_groups(std::move(*ids));
  Done fit = co_await refuse_share_groups(admin, described);
  if (!fit) co_return fit;
  ResetPlan plan;
  for (const auto& [id, group] : described) {
    // A group that is not there yet can be told where it is to begin.
    if (!group && group.error().code != ErrorCode::group_id_not_found) co_return refused(group.error(), true);
    if (group && is_active(id, group->state)) {
      plan[id];
      continue;
    }
    PlannedOffsets own = co_await reset_group(admin, options, id);
    if (!own) co_return std::unexpected(own.error());
    plan[id] = std::move(*own);
  }
  print_plan(options, plan, reset_plan_table);
  co_return Done{};
}

}  // namespace sluice::tools
