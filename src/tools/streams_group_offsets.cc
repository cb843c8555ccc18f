// --reset-offsets and --delete-offsets of kafka-streams-groups.sh.
#include <algorithm>

#include "tools/group_reset.h"
#include "tools/offset_deletion.h"
#include "tools/offset_plan.h"
#include "tools/streams_group_command.h"
#include "tools/streams_group_tables.h"
#include "tools/streams_internal_topics.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::Offsets;

using TopicsOf = std::set<std::string> (*)(const client::StreamsGroupDescription&);

/// As Kafka's command does, which describes a group each time it looks where that is.
Task<std::expected<Offsets, Refusal>> committed_offsets(Admin& admin, std::string group_id, TopicsOf topics_of) {
  const auto group = co_await describe_streams_group(admin, group_id);
  if (!group) co_return wrapped(group.error());
  co_return co_await streams_offsets(admin, std::move(group_id), topics_of(*group));
}

/// The partitions, if the group has offsets of all of them; else it is said that it has not, and they are none.
Task<std::expected<PartitionSet, Refusal>> only_of_group(Admin& admin, std::string group_id,
                                                         PartitionSet partitions) {
  const auto committed = co_await admin.list_group_offsets(group_id);
  if (!committed) co_return wrapped(refused(committed.error(), true).error());
  if (std::ranges::all_of(partitions, [&](const auto& partition) { return committed->contains(partition); }))
    co_return partitions;
  print_error(fmt::format("One or more topics are not part of the group '{}'.", group_id));
  co_return PartitionSet{};
}

Task<std::expected<PartitionSet, Refusal>> partitions_to_reset(Admin& admin, const Options& options,
                                                               std::string group_id) {
  if (options.has("all-input-topics")) {
    const auto committed = co_await committed_offsets(admin, std::move(group_id), input_topics);
    if (!committed) co_return std::unexpected(committed.error());
    co_return partitions_of(*committed);
  }
  auto partitions = co_await named_partitions(admin, options, "input-topic");
  if (!partitions || !options.has("input-topic")) co_return partitions;
  co_return co_await only_of_group(admin, std::move(group_id), std::move(*partitions));
}

Task<PlannedOffsets> reset_group(Admin& admin, const Options& options, std::string group_id) {
  auto partitions = co_await partitions_to_reset(admin, options, group_id);
  if (!partitions) co_return std::unexpected(partitions.error());
  auto find = [&admin, group_id] { return committed_offsets(admin, group_id, read_topics); };
  co_return co_await reset_partitions(admin, options, group_id, std::move(*partitions), std::move(find));
}

Task<void> delete_topics_of(Admin& admin, const Options& options, std::string group_id) {
  std::vector<std::string> topics = options.all("delete-internal-topic");
  if (options.has("delete-all-internal-topics")) {
    auto found = co_await find_internal_topics(admin, {group_id});
    topics = std::move(found[group_id]);
  }
  co_await delete_after_reset(admin, std::move(group_id), std::move(topics));
}

}  // namespace

Task<Done> reset_streams_offsets(Admin& admin, const Options& options) {
  auto ids = co_await chosen_streams_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto described = co_await admin.describe_streams_groups(std::move(*ids));
  ResetPlan plan;
  for (const auto& [id, group] : described) {
    // A group that is not there yet can be told where it is to begin.
    const bool unknown = !group && group.error().code == ErrorCode::group_id_not_found;
    if (!group && !unknown) co_return wrapped(refused(group.error(), true).error());
    if (group && is_active(id, group->state)) {
      plan[id];
      continue;
    }
    PlannedOffsets own = co_await reset_group(admin, options, id);
    if (!own) co_return std::unexpected(own.error());
    plan[id] = std::move(*own);
    if (group && options.has("execute")) co_await delete_topics_of(admin, options, id);
  }
  print_plan(options, plan, streams_reset_table);
  co_return Done{};
}

Task<Done> delete_streams_offsets(Admin& admin, const Options& options) {
  const std::string group_id = options.get("group", "");
  if (!options.has("all-input-topics"))
    co_return co_await delete_group_offsets(admin, group_id, options.all("input-topic"));
  const auto committed = co_await committed_offsets(admin, group_id, input_topics);
  if (!committed) co_return std::unexpected(committed.error());
  co_return co_await delete_group_offsets(admin, group_id, partitions_of(*committed), {});
}

}  // namespace sluice::tools
