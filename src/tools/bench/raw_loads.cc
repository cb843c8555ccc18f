// tools/bench/raw_loads.cc: loads over raw sockets.
#include "tools/bench/loads.h"
#include "tools/bench/measure.h"

namespace sluice::tools::bench {
namespace {

/// Connections that produce. Their partitions' batches are noted in `timeline`, if there is one.
Result<LoadGroup> producers(const Plan& plan, const Target& target, const PreparedBatch& batch, Time begin,
                            Timeline* timeline) {
  LoadGroup group;
  group.in_flight_max = plan.in_flight;
  if (plan.rate) group.schedule.emplace(*plan.rate, begin);
  for (const Target::Share& share : target.shares(plan.connections)) {
    auto exchange = ProduceExchange::make(target, share.partitions, batch, plan.produce);
    if (!exchange) return fail(exchange.error());
    if (timeline != nullptr) (*exchange)->note_in(*timeline);
    if (auto added = add_member(group, share.broker, std::move(*exchange)); !added) return fail(added.error());
  }
  return group;
}

Result<LoadGroup> consumers(const Plan& plan, const Target& target, std::size_t connections, bool from_end,
                            std::optional<EndToEnd> end_to_end) {
  LoadGroup group;
  for (const Target::Share& share : target.shares(connections)) {
    auto exchange =
        FetchExchange::make(target, share, from_end ? target.ends : target.starts, plan.fetch, end_to_end);
    if (!exchange) return fail(exchange.error());
    if (auto added = add_member(group, share.broker, std::move(*exchange)); !added) return fail(added.error());
  }
  return group;
}

}  // namespace

Result<Report> produce_raw(const Plan& plan) {
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  const auto batch = PreparedBatch::make(plan.batch, wall_now());
  if (!batch) return fail(batch.error());
  const Time begin = Clock::now();
  std::vector<LoadGroup> groups;
  auto group = producers(plan, *target, *batch, begin, nullptr);
  if (!group) return fail(group.error());
  groups.push_back(std::move(*group));
  Window window(plan.bounds, begin);
  constexpr std::string_view kNames[] = {"produce"};
  return measure("produce", plan, groups, window, kNames);
}

Result<Report> fetch_raw(const Plan& plan) {
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  std::vector<LoadGroup> groups;
  auto group = consumers(plan, *target, plan.connections, plan.from_end, std::nullopt);
  if (!group) return fail(group.error());
  groups.push_back(std::move(*group));
  const Time begin = Clock::now();
  if (plan.rate) groups.back().schedule.emplace(*plan.rate, begin);
  Window window(plan.bounds, begin);
  constexpr std::string_view kNames[] = {"fetch"};
  return measure("fetch", plan, groups, window, kNames);
}

Result<Report> end_to_end_raw(const Plan& plan) {
  if (std::cmp_less(plan.target.partitions, plan.connections))
    return fail(Errc::invalid_argument,
                "--connections is {}, --partitions {}: each connection that produces needs one of its own",
                plan.connections, plan.target.partitions);
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  const auto batch = PreparedBatch::make(plan.batch, wall_now());
  if (!batch) return fail(batch.error());
  Timeline timeline(target->ends, batch->record_count);
  const Time begin = Clock::now();
  Window window(plan.bounds, begin);
  Histogram latency;
  std::vector<LoadGroup> groups;
  auto producing = producers(plan, *target, *batch, begin, &timeline);
  if (!producing) return fail(producing.error());
  const EndToEnd end_to_end{.timeline = &timeline, .window = &window, .latency = &latency};
  auto consuming = consumers(plan, *target, plan.consumers, true, end_to_end);
  if (!consuming) return fail(consuming.error());
  consuming->keep_while_draining = true;
  groups.push_back(std::move(*producing));
  groups.push_back(std::move(*consuming));
  constexpr std::string_view kNames[] = {"produce", "fetch"};
  auto report = measure("end-to-end", plan, groups, window, kNames);
  if (!report) return report;
  report->works[1].latency = {};  // How long a consumer waited for more says nothing of the server.
  report->works.push_back({.name = "end_to_end", .work = {}, .latency = std::move(latency)});
  return report;
}

}  // namespace sluice::tools::bench
