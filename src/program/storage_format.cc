// program/storage_format.cc: `sluice storage format`: options, checks, and what is printed; raft/format.h does it.
#include <algorithm>

#include <fmt/format.h>

#include "program/format_plan.h"
#include "program/node_plan.h"
#include "program/storage.h"
#include "raft/format.h"
#include "tools/session.h"
#include "tools/subcommand.h"

namespace sluice::program {
namespace {

constexpr std::string_view kUsage =
    "usage: kafka-storage format [-h] --config CONFIG --cluster-id CLUSTER_ID\n"
    "                     [--add-scram ADD_SCRAM] [--ignore-formatted]\n"
    "                     [--release-version RELEASE_VERSION]\n"
    "                     [--feature FEATURE] [--standalone |\n"
    "                     --no-initial-controllers |\n"
    "                     --initial-controllers INITIAL_CONTROLLERS]\n";
constexpr tools::Letter kLetters[] = {
    {"-c", "--config"},
    {"-t", "--cluster-id"},
    {"-S", "--add-scram"},
    {"-g", "--ignore-formatted"},
    {"-r", "--release-version"},
    {"-f", "--feature"},
    {"-s", "--standalone"},
    {"-N", "--no-initial-controllers"},
    {"-I", "--initial-controllers"},
    {"-h", "--help"},
};
constexpr tools::Option kOptions[] = {
    {"config", "CONFIG", "-c: the node's properties file"},
    {"cluster-id", "CLUSTER_ID", "-t: the cluster's id; see random-uuid"},
    {"add-scram", "ADD_SCRAM",
     "-S: a credential that the cluster begins with, for example\n"
     "                                        'SCRAM-SHA-256=[name=alice,password=alice-secret]'; may be "
     "repeated"},
    {"ignore-formatted", "", "-g: leave alone what is formatted already"},
    {"release-version", "RELEASE_VERSION", "-r: begin with the features of this release, 3.3-IV3 at the least"},
    {"feature", "FEATURE", "-f: begin with this level of a feature, as name=level; may be repeated"},
    {"standalone", "", "-s: this controller is the quorum, for now"},
    {"no-initial-controllers", "", "-N: this node joins a quorum that there is"},
    {"initial-controllers", "INITIAL_CONTROLLERS",
     "-I: the quorum's first voters, as id@host:port:directory id with commas\n"
     "                                        between; the same on each of them"},
    {"help", "", "-h: show this help message and exit"},
};

int refuse(std::string_view what) {
  return tools::complain(fmt::format("{}kafka-storage: error: {}", kUsage, what));
}

/// What argparse would refuse. Errors: invalid_argument.
Result<void> check(const tools::Options& options) {
  if (!options.has("config")) return fail(Errc::invalid_argument, "argument --config/-c is required");
  if (!options.has("cluster-id")) return fail(Errc::invalid_argument, "argument --cluster-id/-t is required");
  constexpr tools::Letter kQuorum[] = {
      {"-s", "standalone"}, {"-N", "no-initial-controllers"}, {"-I", "initial-controllers"}};
  const tools::Letter* first = nullptr;
  for (const tools::Letter& flag : kQuorum) {
    if (!options.has(flag.option)) continue;
    if (first != nullptr)
      return fail(Errc::invalid_argument, "argument --{}/{}: not allowed with argument --{}/{}", flag.option,
                  flag.letter, first->option, first->letter);
    first = &flag;
  }
  return {};
}

FormatRequest request_of(const tools::Options& options) {
  return {.release = options.find("release-version"),
          .features = options.all("feature"),
          .scram = options.all("add-scram"),
          .standalone = options.has("standalone"),
          .no_initial_controllers = options.has("no-initial-controllers"),
          .initial_controllers = options.find("initial-controllers")};
}

std::string_view kind_of(const std::string& directory, const NodeConfig& node, const FormatPlan& plan) {
  if (directory != node.metadata_log_dir) return "data directory";
  if (plan.voters.empty()) return "metadata directory";
  const auto is_self = [&node](const raft::Voter& voter) { return voter.key.id.value == node.id; };
  return std::ranges::any_of(plan.voters, is_self) ? "dynamic metadata voter directory"
                                                   : "dynamic metadata directory";
}

raft::FormatOptions format_options(const tools::Options& options, const NodeConfig& node, const FormatPlan& plan) {
  raft::FormatOptions wanted;
  wanted.cluster_id = *options.find("cluster-id");
  wanted.node_id = NodeId{node.id};
  wanted.log_dirs = node.directories();
  wanted.metadata_log_dir = node.metadata_log_dir;
  wanted.bootstrap_snapshot = node.roles.controller;
  wanted.kraft_version = plan.kraft_version();
  wanted.initial_voters = plan.voters;
  wanted.ignore_formatted = options.has("ignore-formatted");
  const RecordList records = plan.records();
  for (const Bytes record : records.values()) wanted.bootstrap_records.emplace_back(record.begin(), record.end());
  return wanted;
}

Task<int> act(Loop* loop, Disk* disk, const tools::Options* options, const BrokerConfig* config) {
  const auto plan = plan_format(request_of(*options), *config, *loop);
  if (!plan) co_return tools::complain(plan.error().what);
  const auto done = co_await raft::format(*loop, *disk, format_options(*options, config->node, *plan));
  if (!done) co_return tools::complain(done.error().what);
  if (done->formatted.empty()) {
    fmt::print("All of the log directories are already formatted.\n");
    co_return 0;
  }
  fmt::print("Bootstrap metadata: {}\n", plan->describe_records());
  for (const raft::LogDirState& directory : done->formatted)
    fmt::print("Formatting {} {} with metadata.version {}.\n", kind_of(directory.path, config->node, *plan),
               directory.path, name(plan->release));
  co_return 0;
}

}  // namespace

int storage_format(Arguments arguments) {
  const auto options = tools::parse_subcommand(arguments, kLetters, kOptions);
  if (!options) return refuse(options.error().what);
  if (options->has("help")) {
    fmt::print("{}", tools::usage(kUsage, kOptions));
    return 0;
  }
  if (auto checked = check(*options); !checked) return refuse(checked.error().what);
  const auto plan = make_node_plan({.file = options->find("config"), .overrides = {}});
  if (!plan) return tools::complain(plan.error().what);
  return run_on_disk([&](Loop& loop, Disk& disk) { return act(&loop, &disk, &*options, &plan->config); });
}

}  // namespace sluice::program
