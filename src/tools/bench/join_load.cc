// tools/bench/join_load.cc: a group that many members join at once, and that one leaves.
#include "tools/bench/group_load.h"
#include "tools/bench/loads.h"
#include "tools/session.h"

namespace sluice::tools::bench {
namespace {

/// One kind of rebalance, over all groups that were measured.
struct Rebalances {
  std::string name;
  Histogram took{};
  double seconds = 0;
  double cpu_seconds = 0;

  void add(std::chrono::duration<double> time, const ServerWatch& watch) {
    took.record(std::chrono::duration_cast<Histogram::Duration>(time));
    seconds += time.count();
    if (const auto server = watch.report()) cpu_seconds += server->cpu_seconds();
  }
  void tell(Report& report) const {
    const auto count = static_cast<double>(std::max<std::uint64_t>(took.count(), 1));
    report.works.push_back({.name = name, .work = {.requests = took.count()}, .latency = took});
    report.numbers.emplace_back(name + "_seconds", seconds / count);
    report.numbers.emplace_back(name + "_cpu_seconds", cpu_seconds / count);
  }
};

struct Measured {
  Rebalances join{.name = "join"};
  Rebalances rejoin{.name = "rejoin"};
};

GroupMember& member_of(LoadGroup& group, std::size_t place) {
  return static_cast<GroupMember&>(*group.members[place].exchange);
}

/// One group from its first member to its last. Nothing is measured while it is taken down.
Result<void> run_group(const Plan& plan, const Target& target, const std::string& name, Measured& measured,
                       std::optional<ServerUsage>& joined) {
  GroupProgress progress(name, plan.connections, target.starts.size());
  auto group = join_members(plan, target, progress, plan.connections);
  if (!group) return fail(group.error());
  ServerWatch join_watch(plan.server);
  const auto join = run_until(*group, 1, &join_watch);
  if (!join) return fail(join.error());
  measured.join.add(*join, join_watch);
  if (const auto report = join_watch.report()) joined = report->after;

  if (plan.connections > 1) {
    member_of(*group, 0).leave();
    ServerWatch watch(plan.server);
    const auto rejoin = run_until(*group, 1, &watch);
    if (!rejoin) return fail(rejoin.error());
    measured.rejoin.add(*rejoin, watch);
  }
  for (std::size_t i = plan.connections > 1 ? 1 : 0; i < plan.connections; ++i) member_of(*group, i).leave();
  const auto left = run_until(*group, 1, nullptr);
  if (!left) return fail(left.error());
  return {};
}

/// As many groups, one after the other, as there is time for; one at least.
Result<void> run_groups(const Plan& plan, const Target& target, std::chrono::duration<double> time,
                        std::size_t& count, Measured& measured, std::optional<ServerUsage>& joined) {
  const Time begin = Clock::now();
  do {
    if (auto done = run_group(plan, target, new_name(count++), measured, joined); !done) return done;
  } while (Clock::now() - begin < time && !interrupted());
  return {};
}

}  // namespace

Result<Report> join_groups(const Plan& plan) {
  raise_descriptor_limit();
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  std::size_t count = 0;
  ServerWatch watch(plan.server);
  watch.begin();
  std::optional<ServerUsage> joined;
  if (plan.bounds.warm_up > plan.bounds.warm_up.zero()) {
    Measured ignored;
    if (auto done = run_groups(plan, *target, plan.bounds.warm_up, count, ignored, joined); !done)
      return fail(done.error());
  }
  Measured measured;
  const Time begin = Clock::now();
  if (auto done = run_groups(plan, *target, plan.bounds.steady, count, measured, joined); !done)
    return fail(done.error());
  watch.end();
  Report report{.load = "join",
                .seconds = std::chrono::duration<double>(Clock::now() - begin).count(),
                .works = {},
                .server = watch.report(),
                .numbers = {}};
  measured.join.tell(report);
  measured.rejoin.tell(report);
  if (report.server && joined) {
    report.numbers.emplace_back("pss_before_kib", static_cast<double>(report.server->before.pss_kib));
    report.numbers.emplace_back("pss_joined_kib", static_cast<double>(joined->pss_kib));
  }
  return report;
}

}  // namespace sluice::tools::bench
