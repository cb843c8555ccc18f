#include "tools/offset_plan.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "config/iso_duration.h"
#include "tools/kafka_error.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::Offsets;
using client::TopicPartition;

std::unexpected<Refusal> said(std::string text) {
  return std::unexpected(Refusal{.kind = Refusal::Kind::said, .text = std::move(text)});
}

Task<PlannedOffsets> within_bounds(Admin& admin, OffsetPlan wanted) {
  PartitionSet partitions;
  for (const auto& [partition, offset] : wanted) partitions.insert(partition);
  const PlannedOffsets starts = co_await offsets_at(admin, partitions, client::offset_at::kEarliest);
  if (!starts) co_return starts;
  const PlannedOffsets ends = co_await offsets_at(admin, partitions, client::offset_at::kLatest);
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

Task<PlannedOffsets> shifted(Admin& admin, Offsets committed, PartitionSet partitions, std::int64_t by) {
  OffsetPlan wanted;
  for (const TopicPartition& partition : partitions) {
    const auto current = committed.find(partition);
    if (current == committed.end())
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
Task<PlannedOffsets> current(Admin& admin, Offsets committed, PartitionSet partitions) {
  OffsetPlan plan;
  PartitionSet others;
  for (const TopicPartition& partition : partitions) {
    const auto found = committed.find(partition);
    if (found == committed.end())
      others.insert(partition);
    else
      plan[partition] = found->second.offset.value;
  }
  PlannedOffsets ends = co_await offsets_at(admin, std::move(others), client::offset_at::kLatest);
  if (!ends) co_return ends;
  plan.merge(*ends);
  co_return plan;
}

PlannedOffsets from_file(const Options& options, const std::string& group) {
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

}  // namespace

bool plan_needs_committed(const Options& options) { return options.has("shift-by") || options.has("to-current"); }

Task<PlannedOffsets> plan_offsets(Admin& admin, const Options& options, std::string group, PartitionSet partitions,
                                  Offsets committed) {
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
    co_return co_await shifted(admin, std::move(committed), std::move(partitions),
                               options.number("shift-by")->value());
  if (options.has("to-current")) co_return co_await current(admin, std::move(committed), std::move(partitions));
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
  PlannedOffsets wanted = from_file(options, group);
  if (!wanted) co_return wanted;
  co_return co_await within_bounds(admin, std::move(*wanted));
}

Task<Done> commit_offsets(Admin& admin, std::string group, OffsetPlan plan) {
  Offsets offsets;
  for (const auto& [partition, offset] : plan) offsets[partition] = {.offset = Offset{offset}};
  if (offsets.empty()) co_return Done{};
  const auto outcomes = co_await admin.alter_group_offsets(std::move(group), std::move(offsets));
  for (const auto& [partition, outcome] : outcomes)
    if (!outcome) co_return refused(outcome.error(), false);
  co_return Done{};
}

}  // namespace sluice::tools
