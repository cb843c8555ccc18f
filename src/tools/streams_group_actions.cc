// --describe and --delete of kafka-streams-groups.sh.
#include <algorithm>

#include "tools/group_tables.h"
#include "tools/kafka_error.h"
#include "tools/offset_search.h"
#include "tools/streams_group_command.h"
#include "tools/streams_group_tables.h"
#include "tools/streams_internal_topics.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::GroupListing;
using client::StreamsGroupDescription;
using client::TopicPartition;

/// Says what is special about the group.
void announce(const StreamsGroupDescription& group) {
  if (group.state == "Dead") print_error(fmt::format("Streams group '{}' does not exist.", group.group_id));
  if (group.state == "Empty")
    print_error(fmt::format("Streams group '{}' has no active members.", group.group_id));
}

bool has_rows(const StreamsGroupDescription& group) { return group.state != "Dead" && !group.members.empty(); }

Task<std::expected<std::vector<StreamsOffsetRow>, Refusal>> find_rows(Admin& admin,
                                                                      const StreamsGroupDescription& group) {
  std::string unknown;
  const auto partitions = read_partitions(group, unknown);
  if (!partitions) co_return wrong_usage(fmt::format("Subtopology {} not found in group description!", unknown));
  const PlannedOffsets starts = co_await offsets_at(admin, *partitions, client::offset_at::kEarliest);
  if (!starts) co_return std::unexpected(starts.error());
  const PlannedOffsets ends = co_await offsets_at(admin, *partitions, client::offset_at::kLatest);
  if (!ends) co_return std::unexpected(ends.error());
  const auto committed = co_await streams_offsets(admin, group.group_id, read_topics(group));
  if (!committed) co_return std::unexpected(committed.error());
  std::vector<StreamsOffsetRow> rows;
  for (const TopicPartition& partition : *partitions) {
    const auto start = starts->find(partition);
    const auto end = ends->find(partition);
    if (start == starts->end() || end == ends->end()) continue;
    StreamsOffsetRow& row = rows.emplace_back();
    row.partition = partition;
    row.start = Offset{start->second};
    row.end = Offset{end->second};
    if (const auto found = committed->find(partition); found != committed->end()) row.committed = found->second;
  }
  co_return rows;
}

Task<Done> print_offsets(Admin& admin, const StreamsGroupDescription& group, bool verbose) {
  const auto rows = co_await find_rows(admin, group);
  if (!rows) co_return std::unexpected(rows.error());
  if (!has_rows(group)) co_return Done{};
  announce(group);
  fmt::print("{}", streams_offsets_table(group.group_id, *rows, verbose));
  co_return Done{};
}

void print_members(const StreamsGroupDescription& group, bool verbose) {
  if (!has_rows(group)) return;
  announce(group);
  fmt::print("{}", streams_members_table(group, verbose));
}

void print_state(Admin& admin, const StreamsGroupDescription& group, bool verbose) {
  announce(group);
  const client::BrokerInfo* broker = admin.cluster().view().find_broker(group.coordinator);
  const std::string address =
      broker == nullptr ? "" : fmt::format("{}:{}", broker->endpoint.host, broker->endpoint.port);
  fmt::print("{}", streams_state_table(group, address, verbose));
}

/// By group why it is not deleted.
using Failures = std::map<std::string, std::string>;

/// Which groups cannot be deleted, as far as the list of groups tells.
Failures undeletable(const std::vector<GroupListing>& groups, const std::vector<std::string>& ids) {
  Failures why;
  for (const std::string& id : ids) {
    const auto found = std::ranges::find(groups, id, &GroupListing::group_id);
    if (found == groups.end())
      why[id] = fmt::format(
          "java.lang.IllegalArgumentException: Group '{}' does not exist or is not a streams group.", id);
    else if (found->state == "Dead")
      why[id] = fmt::format("java.lang.IllegalStateException: Streams group '{}' group state is DEAD.", id);
    else if (found->state != "Empty")
      why[id] =
          fmt::format("{}: Streams group '{}' is not EMPTY.", exception_name(ErrorCode::non_empty_group), id);
  }
  return why;
}

void report(const Failures& failures, const std::vector<std::string>& deleted) {
  const std::string names = fmt::format("'{}'", fmt::join(deleted, "', '"));
  if (failures.empty()) {
    fmt::print("Deletion of requested streams groups ({}) was successful.\n", names);
    return;
  }
  print_error("Deletion of some streams groups failed:");
  for (const auto& [id, why] : failures) fmt::print("* Group '{}' could not be deleted due to: {}\n", id, why);
  if (!deleted.empty()) fmt::print("\nThese streams groups were deleted successfully: {}.\n", names);
}

}  // namespace

Task<std::expected<std::vector<GroupListing>, Refusal>> list_streams_groups(Admin& admin) {
  auto groups = co_await admin.list_groups({}, {"streams"});
  if (!groups) co_return refused(groups.error(), true);
  // A broker that is too old to filter has none of this type.
  std::erase_if(*groups, [](const GroupListing& group) { return shown_type(group.type) != "Streams"; });
  co_return std::move(*groups);
}

Task<std::expected<std::vector<std::string>, Refusal>> chosen_streams_groups(Admin& admin,
                                                                             const Options& options) {
  if (!options.has("all-groups")) co_return options.all("group");
  auto groups = co_await list_streams_groups(admin);
  if (!groups) co_return wrapped(std::move(groups.error()));
  std::vector<std::string> ids;
  for (const GroupListing& group : *groups) ids.push_back(group.group_id);
  co_return ids;
}

Task<std::expected<StreamsGroupDescription, Refusal>> describe_streams_group(Admin& admin, std::string group_id) {
  const auto described = co_await admin.describe_streams_groups({group_id});
  const auto& group = described.at(group_id);
  if (!group) co_return refused(group.error(), true);
  co_return *group;
}

Task<std::expected<client::Offsets, Refusal>> streams_offsets(Admin& admin, std::string group_id,
                                                              std::set<std::string> topics) {
  auto committed = co_await admin.list_group_offsets(std::move(group_id));
  if (!committed) co_return wrapped(refused(committed.error(), true).error());
  std::erase_if(*committed, [&](const auto& entry) { return !topics.contains(entry.first.topic); });
  co_return std::move(*committed);
}

std::unexpected<Refusal> wrapped(Refusal refusal) {
  if (refusal.kind == Refusal::Kind::said)
    refusal.text = "java.util.concurrent.ExecutionException: " + refusal.text;
  return std::unexpected(std::move(refusal));
}

Task<Done> describe_streams_groups(Admin& admin, const Options& options) {
  const auto ids = co_await chosen_streams_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const bool verbose = options.has("verbose");
  for (const std::string& id : *ids) {
    const auto group = co_await describe_streams_group(admin, id);
    if (!group) co_return std::unexpected(group.error());
    if (options.has("members")) {
      print_members(*group, verbose);
    } else if (options.has("state")) {
      print_state(admin, *group, verbose);
    } else {
      const Done done = co_await print_offsets(admin, *group, verbose);
      if (!done) co_return done;
    }
  }
  co_return Done{};
}

Task<Done> delete_streams_groups(Admin& admin, const Options& options) {
  auto ids = co_await chosen_streams_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto groups = co_await list_streams_groups(admin);
  if (!groups) co_return wrapped(groups.error());
  Failures failures = undeletable(*groups, *ids);
  std::erase_if(*ids, [&](const std::string& id) { return failures.contains(id); });
  std::map<std::string, std::vector<std::string>> topics;
  if (options.has("delete-all-internal-topics") && !ids->empty())
    topics = co_await find_internal_topics(admin, *ids);
  const auto outcomes = co_await admin.delete_groups(std::move(*ids));
  std::vector<std::string> deleted;
  for (const auto& [id, outcome] : outcomes) {
    if (!outcome && is_unreachable(outcome.error())) co_return refused(outcome.error(), true);
    if (outcome)
      deleted.push_back(id);
    else
      failures[id] = exception_text(outcome.error());
  }
  report(failures, deleted);
  co_await delete_with_groups(admin, std::move(deleted), std::move(topics));
  co_return Done{};
}

}  // namespace sluice::tools
