// tools/console_consumer.cc: `sluice console-consumer`, known as kafka-console-consumer.sh: prints what topics
// hold.
#include <cstdio>
#include <random>

#include "client/consumer.h"
#include "tools/command.h"
#include "tools/name_pattern.h"
#include "tools/record_format.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::ConsumedRecord;
using client::Consumer;
using client::TopicPartition;
using std::chrono::milliseconds;

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"broker-list", "String: broker-list", "The same, as the producer of older versions called it"},
    {"command-config", "String: config file", "Consumer config properties file"},
    {"command-property", "String: consumer_prop", "Consumer config as key=value; may be repeated"},
    {"consumer-property", "String: consumer_prop", "The same as --command-property, as older versions called it"},
    {"consumer.config", "String: config file", "The same as --command-config, as older versions called it"},
    {"formatter", "String: class", "Taken for the default formatter"},
    {"formatter-property", "String: prop",
     "print.key, print.value, print.timestamp, print.partition, print.offset, "
     "print.epoch, print.headers, key.separator, headers.separator, line.separator, null.literal as key=value"},
    {"from-beginning", "",
     "Begin with the earliest message instead of the latest where there is no committed offset"},
    {"group", "String: consumer group id", "The consumer group id"},
    {"help", "", "Print usage information"},
    {"include", "String: Java regex", "The topics to consume, as a pattern"},
    {"isolation-level", "String", "read_committed or read_uncommitted"},
    {"max-messages", "Integer: num_messages", "How many messages to consume before ending"},
    {"offset", "String: consume offset", "An offset, earliest or latest; goes with --partition"},
    {"partition", "Integer: partition", "The partition to consume from"},
    {"property", "String: prop", "The same as --formatter-property, as older versions called it"},
    {"skip-message-on-error", "", "Go on behind a message that cannot be read"},
    {"timeout-ms", "Integer: timeout_ms", "End if no message comes for so long"},
    {"topic", "String: topic", "The topic to consume"},
    {"version", "", "Display version information"},
    {"whitelist", "String: Java regex", "The same as --include, as older versions called it"},
    {"zookeeper", "String: urls", "Taken for the brokers on the same hosts"},
};
constexpr std::string_view kSummary =
    "This tool helps to read data from Kafka topics and outputs it to standard output.";

struct Work {
  client::ConsumerConfig config;
  std::optional<std::string> topic;
  std::optional<NamePattern> pattern;
  std::optional<PartitionIndex> partition;
  std::optional<std::string> offset;
  std::optional<std::int64_t> messages_max;
  std::optional<milliseconds> timeout;
  RecordFormat format;
};

Task<client::Outcome<void>> begin_at(Consumer& consumer, const Work& work) {
  const TopicPartition partition{*work.topic, *work.partition};
  if (auto assigned = consumer.assign({partition}); !assigned) co_return assigned;
  if (!work.offset || work.offset == "latest") co_return consumer.seek_to_end({partition});
  if (work.offset == "earliest") co_return consumer.seek_to_beginning({partition});
  co_return consumer.seek(partition, Offset{std::atoll(work.offset->c_str())});
}

Task<client::Outcome<void>> begin(Consumer& consumer, const Work& work) {
  if (work.partition) co_return co_await begin_at(consumer, work);
  if (!work.pattern) co_return consumer.subscribe({*work.topic});
  co_return consumer.subscribe_where(
      [pattern = *work.pattern](std::string_view name) { return pattern.matches(name); });
}

/// Prints until something ends it; returns how many messages that were, or why it could not go on.
Task<client::Outcome<std::int64_t>> consume(Consumer& consumer, Loop& loop, const Work& work) {
  constexpr milliseconds kPoll{200};  // So often it looks whether it was interrupted.
  std::int64_t count = 0;
  SteadyTime last = loop.now();
  while (!interrupted() && (!work.messages_max || count < *work.messages_max)) {
    auto records = co_await consumer.poll(kPoll);
    if (!records) co_return client::failed(std::move(records.error()));
    if (!records->empty())
      last = loop.now();
    else if (work.timeout && loop.now() - last > *work.timeout)
      break;
    for (const client::PartitionRecords& partition : records->partitions()) {
      for (const ConsumedRecord& record : partition.records) {
        if (work.messages_max && count == *work.messages_max) {
          // What was not printed counts as not read: whoever comes next in the group begins there.
          if (auto back = consumer.seek(partition.partition, record.offset); !back)
            co_return client::failed(back.error());
          break;
        }
        const std::string line = work.format.text(partition.partition, record);
        std::fwrite(line.data(), 1, line.size(), stdout);
        ++count;
      }
    }
    std::fflush(stdout);
  }
  co_return count;
}

Task<int> read_topics(Loop& loop, Network& network, const Work& work) {
  Consumer consumer(loop, network, work.config);
  int result = 0;
  const auto begun = co_await begin(consumer, work);
  client::Outcome<std::int64_t> count =
      begun ? co_await consume(consumer, loop, work) : client::failed(begun.error());
  if (count)
    fmt::print(stderr, "Processed a total of {} messages\n", *count);
  else
    result = complain(count.error().what);
  co_await consumer.close();
  co_return result;
}

Result<client::ConsumerConfig> consumer_config(const Options& options) {
  auto client = client_config(options, "console-consumer");
  if (!client) return fail(client.error());
  std::vector<std::string> pairs = options.all("consumer-property");
  std::ranges::copy(options.all("command-property"), std::back_inserter(pairs));
  auto settings = read_settings(
      options.has("command-config") ? options.find("command-config") : options.find("consumer.config"), pairs);
  if (!settings) return fail(settings.error());
  if (const auto group = options.find("group")) (*settings)["group.id"] = *group;
  // Without a name of its own the group is nobody else's, and it is not worth remembering where it was.
  if (!settings->contains("group.id")) {
    (*settings)["group.id"] = fmt::format("console-consumer-{}", std::random_device{}() % 100'000);
    settings->try_emplace("enable.auto.commit", "false");
  }
  if (options.has("from-beginning")) (*settings)["auto.offset.reset"] = "earliest";
  if (const auto level = options.find("isolation-level")) (*settings)["isolation.level"] = *level;
  settings->erase("bootstrap.servers");
  auto config = client::ConsumerConfig::from(*settings, std::move(*client));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  if (const auto fine = config->check(); !fine) return fail(Errc::invalid_argument, "{}", fine.error().what);
  return std::move(*config);
}

Result<Work> plan(const Options& options) {
  auto config = consumer_config(options);
  if (!config) return fail(config.error());
  Work work;
  work.config = std::move(*config);
  work.topic = options.find("topic");
  auto include = options.find("include");
  if (!include) include = options.find("whitelist");
  if (include) {
    auto pattern = NamePattern::parse(*include);
    if (!pattern) return fail(Errc::invalid_argument, "{} is not a pattern: {}", *include, pattern.error().what);
    work.pattern = std::move(*pattern);
  }
  if (work.topic.has_value() == work.pattern.has_value())
    return fail(Errc::invalid_argument, "Exactly one of --include/--topic is required.");
  const auto partition = options.number("partition");
  const auto messages = options.number("max-messages");
  const auto timeout = options.number("timeout-ms");
  for (const auto* number : {&partition, &messages, &timeout})
    if (!*number) return fail(number->error());
  if (*partition) work.partition = PartitionIndex{static_cast<std::int32_t>(**partition)};
  work.messages_max = *messages;
  if (*timeout) work.timeout = milliseconds(**timeout);
  work.offset = options.find("offset");
  if (work.offset && !work.partition)
    return fail(Errc::invalid_argument, "The partition is required when offset is specified.");
  if (!work.offset && options.has("from-beginning")) work.offset = "earliest";
  std::vector<std::string> pairs = options.all("property");
  std::ranges::copy(options.all("formatter-property"), std::back_inserter(pairs));
  const auto properties = read_settings(std::nullopt, pairs);
  if (!properties) return fail(properties.error());
  work.format = RecordFormat::from(*properties);
  return work;
}

}  // namespace

int console_consumer(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  if (!options) return complain(options.error().what, usage(kSummary, kOptions));
  if (options->has("help")) {
    fmt::print("{}", usage(kSummary, kOptions));
    return 0;
  }
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what, usage(kSummary, kOptions));
  return run([&work](Loop& loop, Network& network) { return read_topics(loop, network, *work); });
}

}  // namespace sluice::tools
