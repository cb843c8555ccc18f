// tools/get_offsets.cc: `sluice get-offsets`, known as kafka-get-offsets.sh: prints topic:partition:offset.
#include <algorithm>

#include "base/number_text.h"
#include "client/admin.h"
#include "tools/command.h"
#include "tools/session.h"
#include "tools/topic_partition_filter.h"

namespace sluice::tools {
namespace {

using client::TopicInfo;
using client::TopicPartition;

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: HOST1:PORT1,...", "REQUIRED: The server(s) to connect to"},
    {"broker-list", "String: HOST1:PORT1,...", "The same, as older versions called it"},
    {"command-config", "String: config file", "Property file with configs for the admin client"},
    {"exclude-internal-topics", "", "Leave internal topics out"},
    {"help", "", "Print usage information"},
    {"partitions", "String: partition ids", "Partitions by commas; all if not given"},
    {"time", "String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp ...",
     "Offsets at that time"},
    {"topic", "String: topic", "A pattern of topic names; all if not given"},
    {"topic-partitions", "String: topic1:1,topic2:0-3,...", "Patterns of topics, each with partitions"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary = "An interactive shell for getting topic-partition offsets.";

Result<std::int64_t> parse_time(const std::string& text) {
  constexpr std::pair<std::string_view, std::int64_t> kNames[] = {
      {"latest", -1}, {"earliest", -2}, {"max-timestamp", -3}, {"earliest-local", -4}, {"latest-tiered", -5}};
  for (const auto& [name, time] : kNames)
    if (text == name) return time;
  const auto time = parse_number<std::int64_t>(text);
  if (!time)
    return fail(
        Errc::invalid_argument,
        "Malformed time argument {}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or "
        "earliest-local / -5 or latest-tiered, or a specified long format timestamp",
        text);
  return *time;
}

struct Work {
  client::ClientConfig config;
  std::int64_t time = -1;
  TopicPartitionFilter filter;
  bool internal = true;
};

Task<int> print_offsets(client::Admin& admin, const Work& work) {
  const auto topics = co_await admin.list_topics(true);
  if (!topics) co_return complain(topics.error().what);
  std::map<TopicPartition, std::int64_t> times;
  for (const TopicInfo& topic : *topics)
    for (const client::PartitionInfo& partition : topic.partitions)
      if ((work.internal || !topic.internal) && work.filter.matches(topic.name, partition.partition))
        times[{topic.name, partition.partition}] = work.time;
  if (times.empty())
    co_return complain("Error occurred: Could not match any topic-partitions with the specified filters");
  const auto offsets = co_await admin.list_offsets(std::move(times));
  for (const auto& [partition, offset] : offsets) {
    if (!offset)
      fmt::print(stderr, "Skip getting offsets for topic-partition {}: {}\n", to_string(partition),
                 offset.error().what);
    else if (offset->offset.value >= 0)
      fmt::print("{}:{}:{}\n", partition.topic, partition.partition.value, offset->offset.value);
  }
  co_return 0;
}

Task<int> act(Loop& loop, Network& network, const Work& work) {
  client::Admin admin(loop, network, work.config);
  const int result = co_await print_offsets(admin, work);
  co_await admin.close();
  co_return result;
}

Result<Work> plan(const Options& options) {
  auto config = admin_config(options, "GetOffsetShell");
  if (!config) return fail(config.error());
  const auto time = parse_time(options.get("time", "latest"));
  if (!time) return fail(time.error());
  const auto topics = options.find("topic");
  const auto rules = options.find("topic-partitions");
  if (rules && (topics || options.has("partitions")))
    return fail(Errc::invalid_argument, "--topic-partitions cannot be used with --topic or --partitions");
  auto filter = rules ? TopicPartitionFilter::parse_rules(*rules)
                      : TopicPartitionFilter::parse(topics, options.get("partitions", ""));
  if (!filter) return fail(filter.error());
  return Work{.config = std::move(*config),
              .time = *time,
              .filter = std::move(*filter),
              .internal = !options.has("exclude-internal-topics")};
}

}  // namespace

int get_offsets(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  if (!options) return complain(options.error().what, usage(kSummary, kOptions));
  if (options->has("help")) {
    fmt::print("{}", usage(kSummary, kOptions));
    return 0;
  }
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what, usage(kSummary, kOptions));
  return run([&work](Loop& loop, Network& network) { return act(loop, network, *work); });
}

}  // namespace sluice::tools
