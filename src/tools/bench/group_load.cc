#include "tools/bench/group_load.h"

namespace sluice::tools::bench {
namespace {

constexpr std::chrono::minutes kPatience{1};

}  // namespace

std::string new_name(std::size_t number) {
  static const auto begun = std::chrono::system_clock::now().time_since_epoch().count();
  return fmt::format("bench-{:x}-{}", begun, number);
}

std::string new_member_id() {
  static const auto begun = std::chrono::system_clock::now().time_since_epoch().count();
  static std::uint64_t count = 0;
  Uuid id;
  store<std::int64_t>(MutableBytes(id.bytes), 0, begun);
  store<std::uint64_t>(MutableBytes(id.bytes), sizeof begun, ++count);
  return id.text();
}

void SpareConnections::keep(const Endpoint& broker, LoadGroup group) {
  for (LoadGroup::Member& member : group.members) {
    member.exchange.reset();
    by_broker_[to_string(broker)].push_back(std::move(member));
  }
}

Result<LoadGroup::Member> SpareConnections::take(const Endpoint& broker) {
  std::vector<LoadGroup::Member>& spare = by_broker_[to_string(broker)];
  if (!spare.empty()) {
    LoadGroup::Member taken = std::move(spare.back());
    spare.pop_back();
    return taken;
  }
  auto connection = RawConnection::open(broker);
  if (!connection) return fail(connection.error());
  return LoadGroup::Member{.connection = std::move(*connection), .exchange = nullptr};
}

Result<LoadGroup> join_members(const Plan& plan, const Target& target, GroupProgress& progress,
                               std::size_t members, const Endpoint& coordinator, SpareConnections& spare) {
  LoadGroup group;
  for (std::size_t i = 0; i < members; ++i) {
    auto member = spare.take(coordinator);
    if (!member) return fail(member.error());
    if (plan.group_protocol == GroupProtocol::classic)
      member->exchange = std::make_unique<ClassicMember>(target, progress, plan.heartbeat_interval);
    else
      member->exchange =
          std::make_unique<ConsumerMember>(target, progress, plan.heartbeat_interval, new_member_id());
    group.members.push_back(std::move(*member));
  }
  return group;
}

Result<std::chrono::duration<double>> run_until(LoadGroup& group, std::uint64_t requests, ServerWatch* watch) {
  std::vector<LoadGroup> groups;
  groups.push_back(std::move(group));
  groups.back().tally = {};
  const Bounds bounds{.warm_up = std::chrono::seconds(0), .steady = kPatience, .requests_max = requests};
  RawRunHooks hooks{.window_started = [] {}, .window_ended = [] {}};
  if (watch != nullptr) hooks.window_ended = [watch] { watch->end(); };
  Window window(bounds, Clock::now());
  const Result<void> done = run_raw(groups, window, hooks);
  group = std::move(groups.back());
  if (!done) return fail(done.error());
  if (group.tally.work.requests < requests)
    return fail(Errc::timed_out, "{} of {} were done in {} s", group.tally.work.requests, requests,
                window.seconds());
  return std::chrono::duration<double>(window.seconds());
}

}  // namespace sluice::tools::bench
