// tools/console_share_consumer.cc: `sluice console-share-consumer`, known as kafka-console-share-consumer.sh:
// prints what a topic's share group gives it, and says of each record what became of it.
#include <algorithm>
#include <cstdio>
#include <set>

#include "client/share_consumer.h"
#include "tools/command.h"
#include "tools/json_event.h"
#include "tools/record_format.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::AcknowledgeType;
using client::ShareConsumer;
using std::chrono::milliseconds;

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"command-config", "String: config file", "Consumer config properties file"},
    {"command-property", "String: consumer_prop", "Consumer config as key=value; may be repeated"},
    {"consumer-config", "String: config file", "The same as --command-config, as older versions called it"},
    {"consumer-property", "String: consumer_prop", "The same as --command-property, as older versions called it"},
    {"enable-systest-events", "", "Print when the consumer starts and ends, as JSON"},
    {"formatter", "String: class", "Taken for the default formatter"},
    {"formatter-config", "String: config file", "The formatter's properties from a file"},
    {"formatter-property", "String: prop",
     "print.key, print.value, print.timestamp, print.partition, print.offset, print.delivery, print.epoch, "
     "print.headers, key.separator, headers.separator, line.separator, null.literal as key=value"},
    {"group", "String: share group id", "The share group id of the consumer"},
    {"help", "", "Print usage information"},
    {"key-deserializer", "String: deserializer for keys", "Taken for text"},
    {"max-messages", "Integer: num_messages", "How many messages to consume before ending"},
    {"property", "String: prop", "The same as --formatter-property, as older versions called it"},
    {"reject", "", "Reject messages as they are consumed"},
    {"reject-message-on-error", "", "Reject a message that cannot be printed instead of ending"},
    {"release", "", "Release messages as they are consumed"},
    {"timeout-ms", "Integer: timeout_ms", "End if no message comes for so long"},
    {"topic", "String: topic", "The topic to consume"},
    {"value-deserializer", "String: deserializer for values", "Taken for text"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary =
    "This tool helps to read data from Kafka topics using share groups and outputs it to standard output.";

struct Work {
  client::ShareConsumerConfig config;
  std::string topic;
  AcknowledgeType as = AcknowledgeType::accept;
  std::optional<std::int64_t> messages_max;
  std::optional<milliseconds> timeout;
  RecordFormat format;
  bool events = false;
};

/// Prints records and acknowledges those that were printed. Errors: of the acknowledgements.
client::Outcome<void> print(ShareConsumer& consumer, const client::ConsumedRecords& records, const Work& work,
                            std::int64_t& count) {
  for (const client::PartitionRecords& partition : records.partitions()) {
    for (const client::ConsumedRecord& record : partition.records) {
      // What is not printed goes back to the group when the consumer closes.
      if (work.messages_max && count >= *work.messages_max) return {};
      const std::string line = work.format.text(partition.partition, record);
      if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size())
        return client::failed(ErrorCode::operation_not_attempted,
                              "Unable to write to standard out, closing consumer.");
      ++count;
      if (auto said = consumer.acknowledge(partition.partition, record.offset, work.as); !said) return said;
    }
  }
  return {};
}

Task<client::Outcome<void>> consume(ShareConsumer& consumer, Loop& loop, const Work& work, std::int64_t& count) {
  constexpr milliseconds kPoll{200};  // So often it looks whether it was interrupted.
  SteadyTime last = loop.now();
  while (!interrupted() && (!work.messages_max || count < *work.messages_max)) {
    const auto records = co_await consumer.poll(kPoll);
    if (!records) co_return client::failed(records.error());
    if (!records->empty())
      last = loop.now();
    else if (work.timeout && loop.now() - last > *work.timeout)
      break;
    const auto printed = print(consumer, *records, work, count);
    if (std::fflush(stdout) != 0 || !printed) co_return printed;
  }
  co_return client::Outcome<void>{};
}

Task<int> read_topic(Loop& loop, Network& network, const Work& work) {
  ShareConsumer consumer(loop, network, work.config);
  consumer.subscribe({work.topic});
  if (work.events) print_event(json_event(loop, "startup_complete"));
  std::int64_t count = 0;
  const auto done = co_await consume(consumer, loop, work, count);
  co_await consumer.close();
  fmt::print(stderr, "Processed a total of {} messages\n", count);
  if (work.events) print_event(json_event(loop, "shutdown_complete"));
  if (!done) co_return complain(done.error().what);
  co_return 0;
}

/// The group that all places that name one agree on. Errors: invalid_argument.
Result<std::string> group_of(const Options& options, const client::Settings& file, const client::Settings& pairs) {
  std::set<std::string> groups;
  if (const auto group = options.find("group")) groups.insert(*group);
  for (const client::Settings* settings : {&file, &pairs})
    if (const auto found = settings->find("group.id"); found != settings->end()) groups.insert(found->second);
  if (groups.empty()) return "console-share-consumer";
  if (groups.size() == 1) return *groups.begin();
  std::string all;
  for (const std::string& group : groups) all += fmt::format("{}'{}'", all.empty() ? "" : ", ", group);
  return fail(
      Errc::invalid_argument,
      "The group ids provided in different places (directly using '--group', via '--command-property', or via "
      "'--command-config') do not match. Detected group ids: {}",
      all);
}

Result<client::ShareConsumerConfig> share_consumer_config(const Options& options) {
  auto client = client_config(options, "console-share-consumer");
  if (!client) return fail(client.error());
  std::vector<std::string> pairs = options.all("consumer-property");
  std::ranges::copy(options.all("command-property"), std::back_inserter(pairs));
  const auto path =
      options.has("command-config") ? options.find("command-config") : options.find("consumer-config");
  auto settings = read_settings(path, {});
  if (!settings) return fail(settings.error());
  auto over = read_settings(std::nullopt, pairs);
  if (!over) return fail(over.error());
  const auto group = group_of(options, *settings, *over);
  if (!group) return fail(group.error());
  for (auto& [key, value] : *over) (*settings)[key] = value;
  (*settings)["group.id"] = *group;
  (*settings)["share.acknowledgement.mode"] = "explicit";
  settings->erase("bootstrap.servers");
  auto config = client::ShareConsumerConfig::from(*settings, std::move(*client));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  return std::move(*config);
}

Result<Work> plan(const Options& options) {
  if (!options.has("topic")) return fail(Errc::invalid_argument, "--topic is a required argument");
  if (options.has("reject") && options.has("release"))
    return fail(Errc::invalid_argument, "At most one of --reject and --release may be specified.");
  auto config = share_consumer_config(options);
  if (!config) return fail(config.error());
  Work work;
  work.config = std::move(*config);
  work.topic = options.get("topic", "");
  const auto messages = options.number("max-messages");
  const auto timeout = options.number("timeout-ms");
  for (const auto* number : {&messages, &timeout})
    if (!*number) return fail(number->error());
  if (*messages && **messages >= 0) work.messages_max = *messages;
  if (*timeout && **timeout >= 0) work.timeout = milliseconds(std::min<std::int64_t>(**timeout, INT32_MAX));
  if (options.has("reject")) work.as = AcknowledgeType::reject;
  if (options.has("release")) work.as = AcknowledgeType::release;
  work.events = options.has("enable-systest-events");
  std::vector<std::string> pairs = options.all("property");
  std::ranges::copy(options.all("formatter-property"), std::back_inserter(pairs));
  const auto properties = read_settings(options.find("formatter-config"), pairs);
  if (!properties) return fail(properties.error());
  work.format = RecordFormat::from(*properties);
  return work;
}

}  // namespace

int console_share_consumer(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  const std::string help = usage(kSummary, kOptions);
  if (!options) return complain(options.error().what, help);
  if (const auto helped = maybe_help(arguments, *options, help)) return *helped;
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what, help);
  return run([&work](Loop& loop, Network& network) { return read_topic(loop, network, *work); });
}

}  // namespace sluice::tools
