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
    PartitionSet partitions;
    for (const auto& [partition, offset] : *committed) partitions.insert(partition);
    co_return partitions;
  }
  if (!options.has("input-topic")) {
    if (options.has("from-file")) co_return PartitionSet{};
    co_return wrong_usage("One of the reset scopes should be defined: --all-topics, --topic.");
  }
  auto selection = parse_topic_selection(options.all("input-topic"));
  if (!selection) co_return wrong_usage(selection.error().what);
  auto partitions = co_await find_partitions(admin, std::move(*selection));
  if (!partitions) co_return partitions;
  co_return co_await only_of_group(admin, std::move(group_id), std::move(*partitions));
}

Task<PlannedOffsets> reset_group(Admin& admin, const Options& options, std::string group_id) {
  auto partitions = co_await partitions_to_reset(admin, options, group_id);
  if (!partitions) co_return std::unexpected(partitions.error());
  Offsets committed;
  if (plan_needs_committed(options)) {
    auto found = co_await committed_offsets(admin, group_id, read_topics);
    if (!found) co_return std::unexpected(found.error());
    committed = std::move(*found);
  }
  PlannedOffsets plan =
      co_await plan_offsets(admin, options, group_id, std::move(*partitions), std::move(committed));
  if (!plan || !options.has("execute")) co_return plan;
  const Done done = co_await commit_offsets(admin, std::move(group_id), *plan);
  if (!done) co_return std::unexpected(done.error());
  co_return plan;
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
    if (group && options.has("execute")) co_await delete_topics_of(admin, options, id);
  }
  if (options.has("export"))
    fmt::print("{}\n", reset_plan_csv(plan, options.all("group").size() == 1));
  else
    fmt::print("{}", streams_reset_table(plan));
  co_return Done{};
}

Task<Done> delete_streams_offsets(Admin& admin, const Options& options) {
  const std::string group_id = options.get("group", "");
  if (!options.has("all-input-topics"))
    co_return co_await delete_group_offsets(admin, group_id, options.all("input-topic"));
  const auto committed = co_await committed_offsets(admin, group_id, input_topics);
  if (!committed) co_return std::unexpected(committed.error());
  PartitionSet partitions;
  for (const auto& [partition, offset] : *committed) partitions.insert(partition);
  co_return co_await delete_group_offsets(admin, group_id, std::move(partitions), {});
}

}  // namespace sluice::tools
