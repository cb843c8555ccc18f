// tools/verifiable_consumer.cc: `sluice verifiable-consumer`, known as kafka-verifiable-consumer.sh: reads a topic
// as a member of a group and prints what comes, what is assigned and what is committed.
#include <algorithm>
#include <cctype>

#include "client/consumer.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/session.h"
#include "tools/verifiable.h"

namespace sluice::tools {
namespace {

using client::Consumer;
using client::Offsets;
using client::TopicPartition;
using std::chrono::milliseconds;

constexpr Option kOptions[] = {
    {"assignment-strategy", "ASSIGNMENT-STRATEGY", "An assignor or its Java class, of the classic protocol only"},
    {"bootstrap-server", "HOST1:PORT1[,HOST2:PORT2[...]]", "REQUIRED: The server(s) to connect to"},
    {"command-config", "CONFIG-FILE", "Consumer config properties file"},
    {"consumer.config", "CONFIG-FILE", "The same as --command-config, as older versions called it"},
    {"enable-autocommit", "", "Commit offsets now and then (default: each time)"},
    {"group-id", "GROUP-ID", "REQUIRED: The group id of the consumer group"},
    {"group-instance-id", "GROUP-INSTANCE-ID", "A unique identifier of the consumer instance"},
    {"group-protocol", "GROUP-PROTOCOL", "CLASSIC or CONSUMER (default: classic)"},
    {"group-remote-assignor", "GROUP-REMOTE-ASSIGNOR",
     "The coordinator's assignor, of the protocol CONSUMER only"},
    {"help", "", "-h: show this help message and exit"},
    {"max-messages", "MAX-MESSAGES", "Consume this many messages; -1: until it is ended (default: -1)"},
    {"reset-policy", "RESET-POLICY", "earliest, latest or none (default: earliest)"},
    {"session-timeout", "TIMEOUT-MS", "The session timeout, of the classic protocol only"},
    {"topic", "TOPIC", "REQUIRED: Consumes messages from this topic"},
    {"verbose", "", "Print each record"},
    {"version", "", "show the version and exit"},
};
constexpr std::string_view kRequired[] = {"topic", "group-id", "bootstrap-server"};
constexpr std::string_view kSummary =
    "Reads a topic and prints as JSON what the consumer receives, commits and is assigned.";

struct Work {
  client::ConsumerConfig config;
  VerifiableReading reading;
};

Task<void> print_partitions(Loop& loop, std::string_view name, std::set<TopicPartition> partitions) {
  boost::json::object event = json_event(loop, name);
  boost::json::array items;
  for (const TopicPartition& partition : partitions) items.push_back(partition_json(partition));
  event["partitions"] = std::move(items);
  print_event(event);
  co_return;
}

/// Prints what has come, up to what is still wanted, and returns where the group is then.
Offsets print_records(Loop& loop, const client::ConsumedRecords& records, const Work& work, std::int64_t& count) {
  Offsets offsets;
  boost::json::array summaries;
  std::int64_t total = 0;
  for (const client::PartitionRecords& partition : records.partitions()) {
    auto taken = static_cast<std::int64_t>(partition.records.size());
    total += taken;
    if (work.reading.messages_max >= 0) taken = std::min(taken, work.reading.messages_max - count);
    if (taken <= 0) continue;
    const auto end = partition.records.begin() + taken;
    const Offset last = (end - 1)->offset;
    offsets[partition.partition] = {.offset = last + 1};
    boost::json::object summary = partition_json(partition.partition);
    summary["count"] = taken;
    summary["minOffset"] = partition.records.front().offset.value;
    summary["maxOffset"] = last.value;
    summaries.push_back(std::move(summary));
    if (work.reading.verbose)
      for (auto record = partition.records.begin(); record != end; ++record)
        print_event(record_event(partition.partition, *record));
    count += taken;
  }
  boost::json::object event = json_event(loop, "records_consumed");
  event["count"] = total;
  event["partitions"] = std::move(summaries);
  print_event(event);
  return offsets;
}

void print_commit(Loop& loop, const Offsets& offsets, const client::Outcome<void>& done) {
  boost::json::object event = json_event(loop, "offsets_committed");
  boost::json::array items;
  for (const auto& [partition, offset] : offsets) {
    boost::json::object item = partition_json(partition);
    item["offset"] = offset.offset.value;
    items.push_back(std::move(item));
  }
  event["offsets"] = std::move(items);
  if (!done) event["error"] = std::string(sentence_of(done.error()));
  event["success"] = done.has_value();
  print_event(event);
}

Task<client::Outcome<void>> consume(Consumer& consumer, Loop& loop, const Work& work) {
  constexpr milliseconds kPoll{200};  // So often it looks whether it was interrupted.
  std::int64_t count = 0;
  while (!interrupted() && (work.reading.messages_max < 0 || count < work.reading.messages_max)) {
    const auto records = co_await consumer.poll(kPoll);
    if (!records) co_return client::failed(records.error());
    if (records->empty()) continue;
    const Offsets offsets = print_records(loop, *records, work, count);
    if (work.config.auto_commits()) continue;
    const auto done = co_await consumer.commit(offsets);
    if (!done && done.error().code == ErrorCode::fenced_instance_id) co_return done;
    print_commit(loop, offsets, done);
  }
  co_return client::Outcome<void>{};
}

Task<int> read_topic(Loop& loop, Network& network, const Work& work) {
  Consumer consumer(loop, network, work.config);
  print_event(json_event(loop, "startup_complete"));
  const client::RebalanceListener listener{
      .assigned =
          [&loop](std::set<TopicPartition> partitions) {
            return print_partitions(loop, "partitions_assigned", std::move(partitions));
          },
      .revoked =
          [&loop](std::set<TopicPartition> partitions) {
            return print_partitions(loop, "partitions_revoked", std::move(partitions));
          },
      .lost = {}};
  client::Outcome<void> done = consumer.subscribe({work.reading.topic}, listener);
  if (done) done = co_await consume(consumer, loop, work);
  if (!done) fmt::print(stderr, "Error during processing, terminating consumer process: {}\n", done.error().what);
  co_await consumer.close();
  print_event(json_event(loop, "shutdown_complete"));
  co_return 0;
}

Result<Work> plan(const Options& options) {
  auto read = verifiable_settings(options, "verifiable-consumer", "consumer.config");
  if (!read) return fail(read.error());
  client::Settings& settings = read->settings;
  const std::string protocol = options.get("group-protocol", "classic");
  settings["group.protocol"] = protocol;
  const bool modern = std::ranges::equal(protocol, std::string_view("consumer"),
                                         [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
  if (modern) {
    if (const auto assignor = options.find("group-remote-assignor")) settings["group.remote.assignor"] = *assignor;
  } else {
    settings["session.timeout.ms"] = options.get("session-timeout", "30000");
    settings["partition.assignment.strategy"] = options.get("assignment-strategy", "range");
  }
  settings["group.id"] = options.get("group-id", "");
  if (const auto instance = options.find("group-instance-id")) settings["group.instance.id"] = *instance;
  settings["enable.auto.commit"] = options.has("enable-autocommit") ? "true" : "false";
  settings["auto.offset.reset"] = options.get("reset-policy", "earliest");
  auto config = client::ConsumerConfig::from(settings, std::move(read->client));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  auto reading = verifiable_reading(options);
  if (!reading) return fail(reading.error());
  Work work;
  work.config = std::move(*config);
  work.reading = std::move(*reading);
  return work;
}

}  // namespace

int verifiable_consumer(Arguments arguments) {
  const auto options = parse_verifiable(arguments, "verifiable-consumer", kSummary, kOptions, kRequired);
  if (!options) return options.error();
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what);
  return run([&work](Loop& loop, Network& network) { return read_topic(loop, network, *work); });
}

}  // namespace sluice::tools
