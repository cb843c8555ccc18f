// tools/bench/hold_connections.cc: connections that are there and do nothing.
#include "tools/bench/loads.h"
#include "tools/bench/raw_run.h"
#include "tools/bench/server_watch.h"
#include "tools/session.h"
#include "wire/api/api_versions.h"

namespace sluice::tools::bench {
namespace {

constexpr std::int16_t kVersion = 4;

/// Asks once, which makes the server take the connection for a client's.
class Greeting final : public Exchange {
 public:
  explicit Greeting(wire::Frame frame) : request_(std::move(frame), {}) {}
  const PreparedRequest& next(Time) override { return request_; }
  Result<Work> take(Bytes frame, Time) override {
    const auto response = wire::decode<wire::ApiVersionsResponse>(frame.subspan(4), kVersion);
    if (!response) return fail(response.error());
    if (response->error_code != ErrorCode::none) return fail(Errc::io, "{}", name(response->error_code));
    return Work{.requests = 1};
  }

 private:
  PreparedRequest request_;
};

Result<std::vector<LoadGroup>> open_all(const Plan& plan) {
  const wire::ApiVersionsRequest hello{.client_software_name = "sluice-bench", .client_software_version = "1"};
  std::vector<LoadGroup> groups(1);
  for (std::size_t i = 0; i < plan.connections && !interrupted(); ++i) {
    auto connection = RawConnection::open(plan.cluster.bootstrap_servers.front());
    if (!connection) return fail(Errc::io, "connection {}: {}", i + 1, connection.error().what);
    auto frame = wire::encode_request(hello, kVersion, 0, "bench");
    if (!frame) return fail(frame.error());
    groups[0].members.push_back(
        {.connection = std::move(*connection), .exchange = std::make_unique<Greeting>(std::move(*frame))});
  }
  return groups;
}

}  // namespace

Result<Report> hold_connections(const Plan& plan) {
  raise_descriptor_limit();
  ServerWatch watch(plan.server);
  auto groups = open_all(plan);
  if (!groups) return fail(groups.error());
  // Each asks once, at once; then nothing is due any more.
  const Time begin = Clock::now();
  constexpr double kAtOnce = 1e6;
  (*groups)[0].schedule.emplace(kAtOnce, begin);
  (*groups)[0].schedule_end = plan.connections;
  Window window(plan.bounds, begin);
  const RawRunHooks hooks{.window_started = [&watch] { watch.begin(); },
                          .window_ended = [&watch] { watch.end(); }};
  if (auto done = run_raw(*groups, window, hooks); !done) return fail(done.error());
  return Report{.load = "connections",
                .seconds = window.seconds(),
                .works = {},
                .server = watch.report(),
                .numbers = {{"connections", static_cast<double>(plan.connections)}}};
}

}  // namespace sluice::tools::bench
