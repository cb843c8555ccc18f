// tools/bench/share_load.cc: members of a share group that take in what a topic holds.
#include "client/admin.h"
#include "client/sync.h"
#include "tools/bench/group_load.h"
#include "tools/bench/loads.h"
#include "tools/bench/measure.h"
#include "tools/bench/share_exchange.h"

namespace sluice::tools::bench {
namespace {

using client::Admin;

Task<Result<void>> configure(Admin& admin, std::string group) {
  const client::ConfigResource resource{.type = client::ConfigResourceType::group, .name = std::move(group)};
  std::map<client::ConfigResource, std::vector<client::AlterConfig>> changes;
  changes[resource].push_back({.name = "share.auto.offset.reset", .value = "earliest"});
  const auto outcomes = co_await admin.alter_configs(std::move(changes));
  const auto& outcome = outcomes.at(resource);
  if (!outcome) co_return fail(Errc::io, "configuring group {}: {}", resource.name, outcome.error().what);
  co_return Result<void>{};
}

/// Makes a new group begin with what is there already.
Result<void> from_the_beginning(const Plan& plan, const std::string& group) {
  client::ClientThread thread;
  client::Sync<Admin> admin(thread, plan.cluster);
  return admin([&group](Admin& client) { return configure(client, group); });
}

/// Heartbeats of the group's members; each has got an assignment.
Result<LoadGroup> members_of(const Plan& plan, const std::string& group, const std::vector<std::string>& ids) {
  const auto coordinators = find_coordinators(plan.cluster, client::CoordinatorType::group, {group});
  if (!coordinators) return fail(coordinators.error());
  LoadGroup members;
  for (const std::string& id : ids) {
    auto exchange = std::make_unique<ShareHeartbeat>(group, id, plan.target.topic);
    if (auto added = add_member(members, coordinators->front(), std::move(exchange)); !added)
      return fail(added.error());
  }
  if (auto joined = run_until(members, ids.size(), nullptr); !joined) return fail(joined.error());
  members.keep_while_draining = true;
  return members;
}

}  // namespace

Result<Report> share_fetch(const Plan& plan) {
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  const std::string group = new_name(0);
  if (!plan.from_end)
    if (auto configured = from_the_beginning(plan, group); !configured) return fail(configured.error());
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < plan.connections; ++i) ids.push_back(new_member_id());
  auto members = members_of(plan, group, ids);
  if (!members) return fail(members.error());
  LoadGroup fetching;
  const auto shares = target->shares(plan.connections);
  for (std::size_t i = 0; i < plan.connections; ++i) {
    auto exchange = std::make_unique<ShareFetchExchange>(group, ids[i], target->topic_id, shares[i].partitions,
                                                         ShareFetchShape{.wait_ms_max = plan.fetch.wait_ms_max,
                                                                         .bytes_min = plan.fetch.bytes_min,
                                                                         .bytes_max = plan.fetch.bytes_max,
                                                                         .records_max = plan.share_records_max});
    if (auto added = add_member(fetching, shares[i].broker, std::move(exchange)); !added)
      return fail(added.error());
  }
  std::vector<LoadGroup> groups;
  groups.push_back(std::move(fetching));
  groups.push_back(std::move(*members));
  Window window(plan.bounds, Clock::now());
  constexpr std::string_view kNames[] = {"share_fetch"};
  return measure("share-fetch", plan, groups, window, kNames);
}

}  // namespace sluice::tools::bench
