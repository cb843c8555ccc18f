// tools/bench/bench.cc: `sluice bench LOAD`: puts a load on a cluster and tells how it bore it.
#include <cstdio>
#include <fstream>

#include "tools/bench/loads.h"
#include "tools/command.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using bench::Plan;
using bench::Report;

struct Load {
  std::string_view name;
  std::string_view help;
  Result<Report> (*run)(const Plan& plan);
};

constexpr Load kLoads[] = {
    {"produce", "Produce requests with a prepared batch, over raw sockets", bench::produce_raw},
    {"fetch", "Fetch requests, over raw sockets; batches are counted and left alone", bench::fetch_raw},
    {"end-to-end", "Both at once; how long batches take from producer to consumer", bench::end_to_end_raw},
    {"commits", "OffsetCommit requests, over raw sockets", bench::commit_offsets},
    {"join",
     "Groups of --connections members: until all have joined, and until they have again after one has left",
     bench::join_groups},
    {"transactions", "Transactions of one batch, over raw sockets; a request is a whole transaction",
     bench::commit_transactions},
    {"share-fetch", "What the topic holds, fetched and accepted by the members of a share group, over raw sockets",
     bench::share_fetch},
    {"client-produce", "Records through the client library", bench::produce_with_client},
    {"client-end-to-end", "Records through the client library, from send to poll", bench::end_to_end_with_client},
    {"connections", "Connections that ask for ApiVersions once, and are held for the window",
     bench::hold_connections},
    {"topics", "Creates --topics of --partitions, and deletes them", bench::churn_topics},
};
constexpr std::string_view kSummary =
    "Puts a load on a cluster and tells how it bears it: sluice bench LOAD --bootstrap-server HOST:PORT …\n"
    "In a closed loop as much as goes; in an open one (--rate) latency counts from when a request was due.";

std::string help() {
  std::string text = usage(kSummary, bench::plan_options()) + "\nLoads:\n";
  for (const Load& load : kLoads) text += fmt::format("  {:<18} {}\n", load.name, load.help);
  return text;
}

int print(const Report& report, const std::optional<std::string>& json) {
  fmt::print("{}", bench::to_table(report));
  if (!json) return 0;
  std::ofstream out(*json);
  out << bench::to_json(report);
  out.close();
  return out ? 0 : complain(fmt::format("{} cannot be written", *json));
}

}  // namespace

int benchmark(Arguments words) {
  const auto options = Options::parse(words, bench::plan_options());
  if (!options) return complain(options.error().what, help());
  if (const auto helped = maybe_help(words, *options, help())) return *helped;
  if (options->plain().size() != 1) return complain("One load is needed", help());
  const auto load = std::ranges::find(kLoads, options->plain().front(), &Load::name);
  if (load == std::end(kLoads))
    return complain(fmt::format("There is no load {}", options->plain().front()), help());
  const Result<Plan> plan = bench::make_plan(*options);
  if (!plan) return complain(plan.error().what, help());
  const Result<Report> report = load->run(*plan);
  if (!report) return complain(report.error().what);
  return print(*report, plan->json);
}

}  // namespace sluice::tools
