#include "tools/bench/measure.h"

#include "tools/bench/server_watch.h"

namespace sluice::tools::bench {
namespace {

RawRunHooks hooks_of(ServerWatch& watch) {
  return {.window_started = [&watch] { watch.begin(); }, .window_ended = [&watch] { watch.end(); }};
}

}  // namespace

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Result<void> add_member(LoadGroup& group, const Endpoint& broker, std::unique_ptr<Exchange> exchange) {
  auto connection = RawConnection::open(broker);
  if (!connection) return fail(connection.error());
  group.members.push_back({.connection = std::move(*connection), .exchange = std::move(exchange)});
  return {};
}

Result<Report> measure(std::string load, const Plan& plan, std::vector<LoadGroup>& groups, Window& window,
                       std::span<const std::string_view> names) {
  ServerWatch watch(plan.server);
  if (auto done = run_raw(groups, window, hooks_of(watch)); !done) return fail(done.error());
  Report report{
      .load = std::move(load), .seconds = window.seconds(), .works = {}, .server = watch.report(), .numbers = {}};
  for (std::size_t i = 0; i < names.size(); ++i)
    report.works.push_back({.name = std::string(names[i]),
                            .work = groups[i].tally.work,
                            .latency = std::move(groups[i].tally.latency)});
  return report;
}

}  // namespace sluice::tools::bench
