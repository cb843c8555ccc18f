// tools/verifiable_share_consumer.cc: `sluice verifiable-share-consumer`, known as
// kafka-verifiable-share-consumer.sh: reads a topic as a member of a share group and prints what comes and what is
// acknowledged.
#include "client/admin.h"
#include "client/share_consumer.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/session.h"
#include "tools/verifiable.h"

namespace sluice::tools {
namespace {

using client::ShareConsumer;
using client::TopicPartition;
using std::chrono::milliseconds;

constexpr Option kOptions[] = {
    {"acknowledgement-mode", "ACKNOWLEDGEMENT-MODE", "auto, sync or async (default: auto)"},
    {"bootstrap-server", "HOST1:PORT1[,HOST2:PORT2[...]]", "REQUIRED: The server(s) to connect to"},
    {"command-config", "CONFIG-FILE", "Consumer config properties file"},
    {"group-id", "GROUP-ID", "REQUIRED: The group id of the share group"},
    {"help", "", "-h: show this help message and exit"},
    {"max-messages", "MAX-MESSAGES", "Consume this many messages; -1: until it is ended (default: -1)"},
    {"offset-reset-strategy", "OFFSET-RESET-STRATEGY", "Where the group begins: earliest or latest"},
    {"topic", "TOPIC", "REQUIRED: Consumes messages from this topic"},
    {"verbose", "", "Print each record"},
    {"version", "", "show the version and exit"},
};
constexpr std::string_view kRequired[] = {"topic", "group-id", "bootstrap-server"};
constexpr std::string_view kSummary =
    "Reads a topic as a member of a share group and prints as JSON what it receives and acknowledges.";

struct Work {
  client::ShareConsumerConfig config;
  VerifiableReading reading;
  std::string mode = "auto";
  std::optional<std::string> reset;
};

boost::json::array offsets_json(const std::set<Offset>& offsets) {
  boost::json::array items;
  for (const Offset offset : offsets) items.push_back(offset.value);
  return items;
}

boost::json::object partition_summary(const TopicPartition& partition, const std::set<Offset>& offsets) {
  boost::json::object summary = partition_json(partition);
  summary["count"] = offsets.size();
  summary["offsets"] = offsets_json(offsets);
  return summary;
}

void print_records(Loop& loop, const client::ConsumedRecords& records, bool verbose) {
  boost::json::array summaries;
  for (const client::PartitionRecords& partition : records.partitions()) {
    std::set<Offset> offsets;
    for (const client::ConsumedRecord& record : partition.records) {
      offsets.insert(record.offset);
      if (verbose) print_event(record_event(partition.partition, record));
    }
    summaries.push_back(partition_summary(partition.partition, offsets));
  }
  boost::json::object event = json_event(loop, "records_consumed");
  event["count"] = records.count();
  event["partitions"] = std::move(summaries);
  print_event(event);
}

void print_acknowledged(Loop& loop, const TopicPartition& partition, const std::set<Offset>& offsets,
                        const client::Outcome<void>& outcome) {
  boost::json::object event = json_event(loop, "offsets_acknowledged");
  event["count"] = offsets.size();
  event["partitions"] = boost::json::array{partition_summary(partition, offsets)};
  event["success"] = outcome.has_value();
  if (!outcome) event["error"] = std::string(sentence_of(outcome.error()));
  print_event(event);
}

/// Where the group begins is a setting of the group.
Task<client::Outcome<void>> set_reset(Loop& loop, Network& network, const Work& work) {
  client::Admin admin(loop, network, work.config.client);
  const client::ConfigResource group{client::ConfigResourceType::group, work.config.group_id};
  const auto altered =
      co_await admin.alter_configs({{group, {{.name = "share.auto.offset.reset", .value = work.reset}}}});
  co_await admin.close();
  const client::Outcome<void> done = altered.at(group);
  if (!done) co_return done;
  boost::json::object event = json_event(loop, "offset_reset_strategy_set");
  event["offsetResetStrategy"] = *work.reset;
  print_event(event);
  co_return done;
}

Task<client::Outcome<void>> consume(ShareConsumer& consumer, Loop& loop, const Work& work,
                                    const std::int64_t& acknowledged) {
  constexpr milliseconds kPoll{200};  // So often it looks whether it was interrupted.
  while (!interrupted() && (work.reading.messages_max < 0 || acknowledged < work.reading.messages_max)) {
    const auto records = co_await consumer.poll(kPoll);
    if (!records) co_return client::failed(records.error());
    if (records->empty()) continue;
    print_records(loop, *records, work.reading.verbose);
    if (work.mode == "sync") (void)co_await consumer.commit();  // What came of it is reported.
    if (work.mode == "async") consumer.commit_async();
  }
  co_return client::Outcome<void>{};
}

Task<int> read_topic(Loop& loop, Network& network, const Work& work) {
  print_event(json_event(loop, "startup_complete"));
  client::Outcome<void> done;
  if (work.reset) done = co_await set_reset(loop, network, work);
  ShareConsumer consumer(loop, network, work.config);
  std::int64_t acknowledged = 0;
  consumer.on_acknowledged(
      [&](const TopicPartition& partition, const std::set<Offset>& offsets, const client::Outcome<void>& outcome) {
        print_acknowledged(loop, partition, offsets, outcome);
        if (outcome) acknowledged += static_cast<std::int64_t>(offsets.size());
      });
  consumer.subscribe({work.reading.topic});
  if (done) done = co_await consume(consumer, loop, work, acknowledged);
  if (!done)
    fmt::print(stderr, "Error during processing, terminating share consumer process: {}\n", done.error().what);
  co_await consumer.close();
  print_event(json_event(loop, "shutdown_complete"));
  co_return 0;
}

Result<Work> plan(const Options& options) {
  auto read = verifiable_settings(options, "verifiable-share-consumer", "command-config");
  if (!read) return fail(read.error());
  read->settings["group.id"] = options.get("group-id", "");
  auto config = client::ShareConsumerConfig::from(read->settings, std::move(read->client));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  auto reading = verifiable_reading(options);
  if (!reading) return fail(reading.error());
  Work work;
  work.config = std::move(*config);
  work.reading = std::move(*reading);
  work.mode = options.get("acknowledgement-mode", "auto");
  if (work.mode != "auto" && work.mode != "sync" && work.mode != "async")
    return fail(Errc::invalid_argument, "--acknowledgement-mode must be auto, sync or async, not {}", work.mode);
  if (const auto reset = options.find("offset-reset-strategy"); reset && !reset->empty()) work.reset = reset;
  return work;
}

}  // namespace

int verifiable_share_consumer(Arguments arguments) {
  const auto options = parse_verifiable(arguments, "verifiable-share-consumer", kSummary, kOptions, kRequired);
  if (!options) return options.error();
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what);
  return run([&work](Loop& loop, Network& network) { return read_topic(loop, network, *work); });
}

}  // namespace sluice::tools
