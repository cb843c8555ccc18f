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
  std::optional<ServerUsage> joined{};  ///< What the server uses with the last group.
};

GroupMember& member_of(LoadGroup::Member& member) { return static_cast<GroupMember&>(*member.exchange); }

/// Groups one after the other, over the same connections.
class GroupRuns {
 public:
  GroupRuns(const Plan& plan, const Target& target) : plan_(plan), target_(target) {}

  /// As many as there is time for; one at least.
  Result<Measured> run(std::chrono::duration<double> time) {
    Measured measured;
    const Time begin = Clock::now();
    do {
      if (auto done = run_one(new_name(count_++), measured); !done) return fail(done.error());
    } while (Clock::now() - begin < time && !interrupted());
    return measured;
  }

 private:
  /// From the first member to the last. Nothing is measured while the group is taken down.
  Result<void> run_one(const std::string& name, Measured& measured) {
    const auto coordinators = find_coordinators(plan_.cluster, client::CoordinatorType::group, {name});
    if (!coordinators) return fail(coordinators.error());
    GroupProgress progress(name, plan_.connections, target_.starts.size());
    auto group = join_members(plan_, target_, progress, plan_.connections, coordinators->front(), spare_);
    if (!group) return fail(group.error());
    if (auto joined = join(*group, measured); !joined) return joined;
    if (auto rejoined = rejoin(coordinators->front(), *group, measured); !rejoined) return rejoined;
    for (LoadGroup::Member& member : group->members) member_of(member).leave();
    if (auto left = run_until(*group, group->members.size(), nullptr); !left) return fail(left.error());
    spare_.keep(coordinators->front(), std::move(*group));
    return {};
  }

  Result<void> join(LoadGroup& group, Measured& measured) {
    ServerWatch watch(plan_.server);
    watch.begin();
    const auto took = run_until(group, 1, &watch);
    if (!took) return fail(took.error());
    measured.join.add(*took, watch);
    if (const auto report = watch.report()) measured.joined = report->after;
    return {};
  }

  /// The last member leaves. Once it is told so the others ask at once, as what they would rest says nothing of
  /// the server.
  Result<void> rejoin(const Endpoint& coordinator, LoadGroup& group, Measured& measured) {
    if (group.members.size() == 1) return {};
    LoadGroup leaving;
    leaving.members.push_back(std::move(group.members.back()));
    group.members.pop_back();
    member_of(leaving.members.front()).leave();
    for (LoadGroup::Member& member : group.members) member_of(member).stir();
    ServerWatch watch(plan_.server);
    watch.begin();
    const auto left = run_until(leaving, 1, nullptr);
    if (!left) return fail(left.error());
    const auto took = run_until(group, 1, &watch);
    if (!took) return fail(took.error());
    measured.rejoin.add(*left + *took, watch);
    spare_.keep(coordinator, std::move(leaving));
    return {};
  }

  const Plan& plan_;
  const Target& target_;
  SpareConnections spare_;
  std::size_t count_ = 0;
};

}  // namespace

Result<Report> join_groups(const Plan& plan) {
  raise_descriptor_limit();
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  GroupRuns runs(plan, *target);
  ServerWatch watch(plan.server);
  watch.begin();
  if (plan.bounds.warm_up > plan.bounds.warm_up.zero())
    if (auto warmed = runs.run(plan.bounds.warm_up); !warmed) return fail(warmed.error());
  const Time begin = Clock::now();
  const auto measured = runs.run(plan.bounds.steady);
  if (!measured) return fail(measured.error());
  watch.end();
  Report report{.load = "join",
                .seconds = std::chrono::duration<double>(Clock::now() - begin).count(),
                .works = {},
                .server = watch.report(),
                .numbers = {}};
  measured->join.tell(report);
  measured->rejoin.tell(report);
  if (report.server && measured->joined) {
    report.numbers.emplace_back("pss_before_kib", static_cast<double>(report.server->before.pss_kib));
    report.numbers.emplace_back("pss_joined_kib", static_cast<double>(measured->joined->pss_kib));
  }
  return report;
}

}  // namespace sluice::tools::bench
