// tools/bench/commit_load.cc: offsets that are committed.
#include "tools/bench/commit_exchange.h"
#include "tools/bench/group_load.h"
#include "tools/bench/loads.h"
#include "tools/bench/measure.h"

namespace sluice::tools::bench {
namespace {

/// The partitions that one of several connections commits for: some of its own, in turn with the others'.
std::vector<PartitionIndex> partitions_of(const Plan& plan, std::size_t connection) {
  const auto all = static_cast<std::size_t>(plan.target.partitions);
  std::vector<PartitionIndex> partitions;
  for (std::size_t i = 0; i < std::min(plan.produce.batches_per_request, all); ++i)
    partitions.push_back({static_cast<std::int32_t>((connection * plan.produce.batches_per_request + i) % all)});
  return partitions;
}

/// Connections that commit in turn for each of `groups`, in none of which they are.
Result<LoadGroup> committers(const Plan& plan, const Target& target, const std::vector<std::string>& groups) {
  const auto coordinators = find_coordinators(plan.cluster, client::CoordinatorType::group, groups);
  if (!coordinators) return fail(coordinators.error());
  LoadGroup load;
  for (std::size_t i = 0; i < plan.connections; ++i) {
    const std::size_t group = i % groups.size();
    auto exchange = CommitExchange::make(target, {.group = groups[group], .member = {}}, partitions_of(plan, i));
    if (!exchange) return fail(exchange.error());
    if (auto added = add_member(load, (*coordinators)[group], std::move(*exchange)); !added)
      return fail(added.error());
  }
  return load;
}

/// Members of the groups; their connections go on with commits once the groups have come together.
Result<LoadGroup> member_committers(const Plan& plan, const Target& target,
                                    const std::vector<std::string>& groups) {
  const auto coordinators = find_coordinators(plan.cluster, client::CoordinatorType::group, groups);
  if (!coordinators) return fail(coordinators.error());
  std::deque<GroupProgress> progress;
  SpareConnections none;
  LoadGroup load;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const std::size_t members = (plan.connections - group - 1) / groups.size() + 1;
    progress.emplace_back(groups[group], members, static_cast<std::size_t>(plan.target.partitions));
    auto joining = join_members(plan, target, progress.back(), members, (*coordinators)[group], none);
    if (!joining) return fail(joining.error());
    if (auto joined = run_until(*joining, 1, nullptr); !joined) return fail(joined.error());
    for (LoadGroup::Member& member : joining->members) {
      const auto& was = static_cast<const GroupMember&>(*member.exchange);
      const Committer committer{.group = groups[group], .member = was.id(), .generation = was.epoch()};
      auto exchange = CommitExchange::make(target, committer, partitions_of(plan, load.members.size()));
      if (!exchange) return fail(exchange.error());
      member.exchange = std::move(*exchange);
      load.members.push_back(std::move(member));
    }
  }
  return load;
}

}  // namespace

Result<Report> commit_offsets(const Plan& plan) {
  if (plan.connections < plan.groups)
    return fail(Errc::invalid_argument, "--connections is {}, --groups {}: each group needs one", plan.connections,
                plan.groups);
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.groups; ++i) names.push_back(new_name(i));
  auto group = plan.in_groups ? member_committers(plan, *target, names) : committers(plan, *target, names);
  if (!group) return fail(group.error());
  std::vector<LoadGroup> groups;
  groups.push_back(std::move(*group));
  const Time begin = Clock::now();
  if (plan.rate) groups.back().schedule.emplace(*plan.rate, begin);
  Window window(plan.bounds, begin);
  constexpr std::string_view kNames[] = {"commit"};
  return measure("commits", plan, groups, window, kNames);
}

}  // namespace sluice::tools::bench
