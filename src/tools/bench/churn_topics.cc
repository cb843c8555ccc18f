// tools/bench/churn_topics.cc: topics that come and go.
#include "client/admin.h"
#include "client/sync.h"
#include "tools/bench/loads.h"
#include "tools/bench/server_watch.h"
#include "tools/session.h"

namespace sluice::tools::bench {
namespace {

using client::Admin;

std::vector<std::string> names_of(const Plan& plan, std::size_t first) {
  std::vector<std::string> names;
  for (std::size_t i = first; i < std::min(plan.topics, first + plan.topics_per_request); ++i)
    names.push_back(fmt::format("{}-{}", plan.target.topic, i));
  return names;
}

template <class Value>
Result<void> all_done(const client::Outcomes<Value>& outcomes) {
  for (const auto& [topic, outcome] : outcomes)
    if (!outcome) return fail(Errc::io, "{}: {}", topic, outcome.error().what);
  return {};
}

Task<Result<void>> create(Admin& admin, const Plan& plan, std::size_t first) {
  std::vector<client::NewTopic> topics;
  for (std::string& name : names_of(plan, first))
    topics.push_back({.name = std::move(name),
                      .partitions = plan.target.partitions,
                      .replication_factor = {},
                      .assignment = {},
                      .configs = plan.target.configs});
  const auto outcomes = co_await admin.create_topics(std::move(topics));
  co_return all_done(outcomes);
}

Task<Result<void>> remove(Admin& admin, const Plan& plan, std::size_t first) {
  const auto outcomes = co_await admin.delete_topics(names_of(plan, first));
  co_return all_done(outcomes);
}

using Step = Task<Result<void>> (*)(Admin&, const Plan&, std::size_t);

/// Takes all topics, some at a time, through `step`. How long each request took goes to `report`.
Result<void> each(client::Sync<Admin>& admin, const Plan& plan, Step step, WorkReport& report) {
  for (std::size_t first = 0; first < plan.topics && !interrupted(); first += plan.topics_per_request) {
    const Time begin = Clock::now();
    const Result<void> done = admin([&](Admin& client) { return step(client, plan, first); });
    if (!done) return done;
    report.latency.record(Clock::now() - begin);
    ++report.work.requests;
  }
  return {};
}

}  // namespace

Result<Report> churn_topics(const Plan& plan) {
  client::ClientThread thread;
  client::Sync<Admin> admin(thread, plan.cluster);
  ServerWatch watch(plan.server);
  watch.begin();
  Report report{.load = "topics", .seconds = 0, .works = {}, .server = {}, .numbers = {}};
  const Time begin = Clock::now();
  for (const auto& [name, step] : {std::pair<const char*, Step>{"create", create}, {"delete", remove}}) {
    if (plan.keep_topics && step == Step{remove}) break;
    const Time start = Clock::now();
    report.works.push_back({.name = name, .work = {}, .latency = {}});
    if (auto done = each(admin, plan, step, report.works.back()); !done) return fail(done.error());
    report.numbers.emplace_back(fmt::format("{}_seconds", name),
                                std::chrono::duration<double>(Clock::now() - start).count());
  }
  report.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  watch.end();
  report.server = watch.report();
  return report;
}

}  // namespace sluice::tools::bench
