// --reset-offsets of kafka-consumer-groups.sh.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "config/iso_duration.h"
#include "tools/group_command.h"
#include "tools/group_reset.h"
#include "tools/kafka_error.h"
#include "tools/offset_search.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::Offsets;
using client::TopicPartition;
using Partitions = PartitionSet;
using Planned = PlannedOffsets;

std::unexpected<Refusal> said(std::string text) {
  return std::unexpected(Refusal{.kind = Refusal::Kind::said, .text = std::move(text)});
}

Task<std::expected<Offsets, Refusal>> committed_offsets(Admin& admin, std::string group) {
  auto committed = co_await admin.list_group_offsets(std::move(group));
  if (!committed) co_return refused(committed.error(), true);
  co_return std::move(*committed);
}

Task<std::expected<Partitions, Refusal>> partitions_to_reset(Admin& admin, const Options& options,
                                                             std::string group) {
  if (options.has("all-topics")) {
    const auto committed = co_await committed_offsets(admin, std::move(group));
    if (!committed) co_return std::unexpected(committed.error());
    Partitions partitions;
    for (const auto& [partition, offset] : *committed) partitions.insert(partition);
    co_return partitions;
  }
  if (!options.has("topic")) {
    if (options.has("from-file")) co_return Partitions{};
    co_return wrong_usage("One of the reset scopes should be defined: --all-topics, --topic.");
  }
  auto selection = parse_topic_selection(options.all("topic"));
  if (!selection) co_return wrong_usage(selection.error().what);
  co_return co_await find_partitions(admin, std::move(*selection));
}

Task<Planned> within_bounds(Admin& admin, OffsetPlan wanted) {
  Partitions partitions;
  for (const auto& [partition, offset] : wanted) partitions.insert(partition);
  const Planned starts = co_await offsets_at(admin, partitions, client::offset_at::kEarliest);
  if (!starts) co_return starts;
  const Planned ends = co_await offsets_at(admin, partitions, client::offset_at::kLatest);
  if (!ends) co_return ends;
  for (auto& [partition, offset] : wanted) {
    const auto start = starts->find(partition);
    const auto end = ends->find(partition);
    if (start == starts->end() || end == ends->end()) continue;
    const Bounded checked = bounded(partition, offset, start->second, end->second);
    if (!checked.warning.empty()) fmt::print(stderr, "{}\n", checked.warning);
    offset = checked.offset;
  }
  co_return wanted;
}

Task<Planned> shifted(Admin& admin, std::string group, Partitions partitions, std::int64_t by) {
  const auto committed = co_await committed_offsets(admin, std::move(group));
  if (!committed) co_return std::unexpected(committed.error());
  OffsetPlan wanted;
  for (const TopicPartition& partition : partitions) {
    const auto current = committed->find(partition);
    if (current == committed->end())
      co_return wrong_usage(
          fmt::format("Cannot shift offset for partition {} since there is no current committed offset",
                      client::to_string(partition)));
    std::int64_t sum = 0;
    if (__builtin_add_overflow(current->second.offset.value, by, &sum))
      sum = by < 0 ? std::int64_t{0} : std::numeric_limits<std::int64_t>::max();
    wanted[partition] = sum;
  }
  co_return co_await within_bounds(admin, std::move(wanted));
}

/// Where the group is; at the end where it is nowhere yet.
Task<Planned> current(Admin& admin, std::string group, Partitions partitions) {
  const auto committed = co_await committed_offsets(admin, std::move(group));
  if (!committed) co_return std::unexpected(committed.error());
  OffsetPlan plan;
  Partitions others;
  for (const TopicPartition& partition : partitions) {
    const auto found = committed->find(partition);
    if (found == committed->end())
      others.insert(partition);
    else
      plan[partition] = found->second.offset.value;
  }
  Planned ends = co_await offsets_at(admin, std::move(others), client::offset_at::kLatest);
  if (!ends) co_return ends;
  plan.merge(*ends);
  co_return plan;
}

Planned from_file(const Options& options, const std::string& group) {
  const std::string path = options.get("from-file", "");
  std::ifstream in(path, std::ios::binary);
  if (!in) return said("java.io.IOException: Unable to read file " + path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto plan = parse_reset_plan(text, options.all("group"));
  if (!plan) return said(plan.error().what);
  const auto found = plan->find(group);
  if (found != plan->end()) return found->second;
  print_error(fmt::format("No reset plan for group {} found", group));
  return OffsetPlan{};
}

/// Errors of the number are found before anything is asked.
Task<Planned> make_plan(Admin& admin, const Options& options, std::string group, Partitions partitions) {
  if (options.has("to-offset")) {
    OffsetPlan wanted;
    for (const TopicPartition& partition : partitions) wanted[partition] = options.number("to-offset")->value();
    co_return co_await within_bounds(admin, std::move(wanted));
  }
  if (options.has("to-earliest"))
    co_return co_await offsets_at(admin, std::move(partitions), client::offset_at::kEarliest);
  if (options.has("to-latest"))
    co_return co_await offsets_at(admin, std::move(partitions), client::offset_at::kLatest);
  if (options.has("shift-by"))
    co_return co_await shifted(admin, std::move(group), std::move(partitions),
                               options.number("shift-by")->value());
  if (options.has("to-current")) co_return co_await current(admin, std::move(group), std::move(partitions));
  if (const auto text = options.find("to-datetime")) {
    const auto time = parse_datetime(*text);
    if (!time) co_return said("java.text.ParseException: " + time.error().what);
    co_return co_await offsets_at_time(admin, std::move(partitions), *time);
  }
  if (const auto text = options.find("by-duration")) {
    const auto duration = parse_iso_duration(*text);
    if (!duration) co_return said("Text cannot be parsed to a Duration");
    const auto time = admin.cluster().loop().wall_now().time_since_epoch() -
                      std::chrono::floor<std::chrono::milliseconds>(*duration);
    co_return co_await offsets_at_time(admin, std::move(partitions), std::max<std::int64_t>(time.count(), 0));
  }
  Planned wanted = from_file(options, group);
  if (!wanted) co_return wanted;
  co_return co_await within_bounds(admin, std::move(*wanted));
}

Task<Done> commit(Admin& admin, std::string group, OffsetPlan plan) {
  Offsets offsets;
  for (const auto& [partition, offset] : plan) offsets[partition] = {.offset = Offset{offset}};
  if (offsets.empty()) co_return Done{};
  const auto outcomes = co_await admin.alter_group_offsets(std::move(group), std::move(offsets));
  for (const auto& [partition, outcome] : outcomes)
    if (!outcome) co_return refused(outcome.error(), false);
  co_return Done{};
}

Task<Planned> reset_group(Admin& admin, const Options& options, std::string group) {
  auto partitions = co_await partitions_to_reset(admin, options, group);
  if (!partitions) co_return std::unexpected(partitions.error());
  Planned plan = co_await make_plan(admin, options, group, std::move(*partitions));
  if (!plan || options.has("dry-run") || !options.has("execute")) co_return plan;
  const Done done = co_await commit(admin, std::move(group), *plan);
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
    Planned own = co_await reset_group(admin, options, id);
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
