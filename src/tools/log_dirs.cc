// tools/log_dirs.cc: `sluice log-dirs`, known as kafka-log-dirs.sh: what the log directories of brokers hold, as
// JSON.
#include <algorithm>

#include "base/number_text.h"
#include "client/admin.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/session.h"
#include "wire/json_text.h"

namespace sluice::tools {
namespace {

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: The server(s) to use for bootstrapping",
     "REQUIRED: The server(s) to connect to"},
    {"broker-list", "String: Broker list", "The brokers to ask, as 0,1,2; all if not given"},
    {"command-config", "String: Admin client property file", "Property file with configs for the admin client"},
    {"describe", "", "Describe the log directories"},
    {"help", "", "Print usage information"},
    {"topic-list", "String: Topic list", "The topics to show, as topic1,topic2; all if not given"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary = "This tool helps to query log directory usage on the specified brokers.";

using LogDirs = std::map<NodeId, client::Outcome<std::vector<client::LogDir>>>;

struct Work {
  client::ClientConfig config;
  std::set<NodeId> brokers;                   ///< None: all.
  std::set<std::string, std::less<>> topics;  ///< None: all.
};

std::vector<std::string_view> parts_of(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) parts.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

Result<std::set<NodeId>> parse_brokers(std::string_view list) {
  std::set<NodeId> brokers;
  for (const std::string_view part : parts_of(list)) {
    const auto id = parse_number<std::int32_t>(part);
    if (!id) return fail(Errc::invalid_argument, "For input string: \"{}\"", part);
    brokers.insert(NodeId{*id});
  }
  return brokers;
}

std::string joined(const std::set<NodeId>& ids) {
  std::string text;
  for (const NodeId id : ids) text += fmt::format("{}{}", text.empty() ? "" : ",", id.value);
  return text;
}

void write_directory(const client::LogDir& directory, const Work& work, wire::JsonText& to) {
  to.begin_object();
  to.name("partitions");
  to.begin_array();
  for (const client::LogDirReplica& replica : directory.replicas) {
    if (!work.topics.empty() && !work.topics.contains(replica.partition.topic)) continue;
    to.begin_object();
    to.name("partition");
    to.string(to_string(replica.partition));
    to.name("size");
    to.number(replica.size);
    to.name("offsetLag");
    to.number(replica.offset_lag);
    to.name("isFuture");
    to.boolean(replica.future);
    to.end_object();
  }
  to.end_array();
  to.name("error");
  if (directory.error == ErrorCode::none)
    to.null();
  else
    to.string(exception_name(directory.error));
  to.name("logDir");
  to.string(directory.path);
  to.end_object();
}

/// The document that scripts parse: one line, version 1.
std::string document_of(const LogDirs& log_dirs, const Work& work) {
  wire::JsonText text;
  text.begin_object();
  text.name("brokers");
  text.begin_array();
  for (const auto& [broker, directories] : log_dirs) {
    text.begin_object();
    text.name("broker");
    text.number(std::int64_t{broker.value});
    text.name("logDirs");
    text.begin_array();
    for (const client::LogDir& directory : *directories) write_directory(directory, work, text);
    text.end_array();
    text.end_object();
  }
  text.end_array();
  text.name("version");
  text.number(std::int64_t{1});
  text.end_object();
  return text.take();
}

Task<int> describe(client::Admin& admin, const Work& work) {
  const auto cluster = co_await admin.describe_cluster();
  if (!cluster) co_return complain(cluster.error().what);
  std::set<NodeId> known;
  for (const client::BrokerInfo& broker : cluster->brokers) known.insert(broker.id);
  std::set<NodeId> strangers;
  std::ranges::set_difference(work.brokers, known, std::inserter(strangers, strangers.end()));
  if (!strangers.empty())
    co_return complain(
        fmt::format("ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}",
                    joined(strangers), joined(known)));
  fmt::print("Querying brokers for log directories information\n");
  const std::set<NodeId> asked = work.brokers.empty() ? known : work.brokers;
  LogDirs log_dirs = co_await admin.describe_log_dirs(asked);
  for (auto& [broker, outcome] : log_dirs) {
    if (!outcome) co_return complain(outcome.error().what);
    for (client::LogDir& directory : *outcome)
      std::ranges::sort(directory.replicas, {}, &client::LogDirReplica::partition);
  }
  fmt::print("Received log directory information from brokers {}\n{}\n", joined(asked),
             document_of(log_dirs, work));
  co_return 0;
}

Task<int> act(Loop& loop, Network& network, const Work& work) {
  client::Admin admin(loop, network, work.config);
  const int result = co_await describe(admin, work);
  co_await admin.close();
  co_return result;
}

Result<Work> plan(const Options& options) {
  auto config = admin_config(options, "log-dirs-tool");
  if (!config) return fail(config.error());
  auto brokers = parse_brokers(options.get("broker-list", ""));
  if (!brokers) return fail(brokers.error());
  Work work{.config = std::move(*config), .brokers = std::move(*brokers), .topics = {}};
  const std::string topics = options.get("topic-list", "");
  for (const std::string_view topic : parts_of(topics)) work.topics.emplace(topic);
  return work;
}

}  // namespace

int log_dirs(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  if (!options) return complain(options.error().what, usage(kSummary, kOptions));
  if (options->has("help")) {
    fmt::print("{}", usage(kSummary, kOptions));
    return 0;
  }
  // --broker-list means brokers to ask here, never where to connect.
  for (const std::string_view required : {"bootstrap-server", "describe"})
    if (!options->has(required))
      return complain(fmt::format("Missing required argument \"[{}]\"", required), usage(kSummary, kOptions));
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what);
  return run([&work](Loop& loop, Network& network) { return act(loop, network, *work); });
}

}  // namespace sluice::tools
