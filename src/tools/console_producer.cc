// tools/console_producer.cc: `sluice console-producer`, known as kafka-console-producer.sh: sends each line that
// it reads.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "base/thread_pool.h"
#include "client/producer.h"
#include "tools/command.h"
#include "tools/line_format.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

constexpr Option kOptions[] = {
    {"batch-size", "Integer: size", "Number of messages to send in a single batch (older versions)"},
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"broker-list", "String: broker-list", "The same, as older versions called it"},
    {"command-config", "String: config file", "Producer config properties file"},
    {"command-property", "String: producer_prop", "Producer config as key=value; may be repeated"},
    {"compression-codec", "String: compression-codec", "none, gzip, snappy, lz4 or zstd; gzip without a value"},
    {"help", "", "Print usage information"},
    {"line-reader", "String: reader_class", "Taken for the one that reads lines"},
    {"max-block-ms", "Long: max block on send", "How long a send may wait for metadata or memory"},
    {"max-memory-bytes", "Long: total memory in bytes", "Memory for records that wait to be sent"},
    {"message-send-max-retries", "Integer", "Number of retries before a message is dropped"},
    {"producer-property", "String: producer_prop", "The same as --command-property, as older versions called it"},
    {"producer.config", "String: config file", "The same as --command-config, as older versions called it"},
    {"property", "String: prop", "The same as --reader-property, as older versions called it"},
    {"reader-property", "String: prop",
     "parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, "
     "ignore.error, null.marker as key=value"},
    {"request-required-acks", "String: request required acks", "0, 1, -1 or all"},
    {"request-timeout-ms", "Integer: request timeout ms", "How long to wait for an answer"},
    {"retry-backoff-ms", "Long", "Time between retries"},
    {"sync", "", "Send each line and wait for its answer before the next"},
    {"timeout", "Long: timeout_ms", "How long lines may wait to be sent together"},
    {"topic", "String: topic", "REQUIRED: The topic name to produce messages to"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary = "This tool helps to read data from standard input and publish it to Kafka.";

/// The next line of standard input; read on a thread of its own, since that waits for whoever types.
Task<std::optional<std::string>> next_line(ThreadPool& reader) {
  co_return co_await reader.run([]() -> std::optional<std::string> {
    if (::isatty(STDIN_FILENO) != 0) {
      std::fputs(">", stdout);
      std::fflush(stdout);
    }
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
  });
}

struct Work {
  client::ProducerConfig config;
  std::string topic;
  LineFormat format;
  bool sync = false;
};

client::ProducerRecord record_of(const Work& work, const Line& line) {
  client::ProducerRecord record{.topic = work.topic, .headers = line.headers};
  if (line.key) record.key = as_bytes(*line.key);
  if (line.value) record.value = as_bytes(*line.value);
  return record;
}

Task<int> produce(Loop& loop, Network& network, const Work& work) {
  ThreadPool reader(1, "stdin");
  client::Producer producer(loop, network, work.config);
  int result = 0;
  const auto report = [&result](const client::Outcome<client::Delivered>& delivered) {
    if (delivered) return;
    fmt::print(stderr, "Error when sending message: {}\n", delivered.error().what);
    result = 1;
  };
  std::size_t number = 0;
  while (!interrupted()) {
    const std::optional<std::string> text = co_await next_line(reader);
    if (!text) break;
    const Result<Line> line = split_line(*text, work.format, ++number);
    if (!line) {
      result = complain(line.error().what);
      break;
    }
    const client::ProducerRecord record = record_of(work, *line);
    client::Outcome<void> sent;
    if (work.sync) {
      const auto delivered = co_await producer.deliver(record);
      if (!delivered) sent = client::failed(delivered.error());
    } else {
      sent = co_await producer.send(record, report);
    }
    if (sent) continue;
    result = complain(sent.error().what);
    break;
  }
  co_await producer.flush();
  co_await producer.close();
  co_return result;
}

/// The options that are other names for configurations.
void put_named_settings(const Options& options, client::Settings& settings) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"request-required-acks", "acks"},
                                                                      {"compression-codec", "compression.type"},
                                                                      {"request-timeout-ms", "request.timeout.ms"},
                                                                      {"max-block-ms", "max.block.ms"},
                                                                      {"timeout", "linger.ms"},
                                                                      {"message-send-max-retries", "retries"},
                                                                      {"retry-backoff-ms", "retry.backoff.ms"},
                                                                      {"max-memory-bytes", "buffer.memory"}};
  for (const auto& [option, key] : kNames)
    if (const auto value = options.find(option)) settings[std::string(key)] = *value;
}

Result<Work> plan(const Options& options) {
  auto client = client_config(options, "console-producer");
  if (!client) return fail(client.error());
  const auto topic = options.find("topic");
  if (!topic) return fail(Errc::invalid_argument, "Missing required argument \"[topic]\"");
  std::vector<std::string> pairs = options.all("producer-property");
  std::ranges::copy(options.all("command-property"), std::back_inserter(pairs));
  auto settings = read_settings(
      options.has("command-config") ? options.find("command-config") : options.find("producer.config"), pairs);
  if (!settings) return fail(settings.error());
  put_named_settings(options, *settings);
  settings->erase("bootstrap.servers");
  std::vector<std::string> reader_pairs = options.all("property");
  std::ranges::copy(options.all("reader-property"), std::back_inserter(reader_pairs));
  const auto reader = read_settings(std::nullopt, reader_pairs);
  if (!reader) return fail(reader.error());
  auto format = read_line_format(*reader);
  if (!format) return fail(format.error());
  auto config = client::ProducerConfig::from(*settings, std::move(*client));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  if (const auto fine = config->check(); !fine) return fail(Errc::invalid_argument, "{}", fine.error().what);
  return Work{
      .config = std::move(*config), .topic = *topic, .format = std::move(*format), .sync = options.has("sync")};
}

}  // namespace

int console_producer(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  if (!options) return complain(options.error().what, usage(kSummary, kOptions));
  if (options->has("help")) {
    fmt::print("{}", usage(kSummary, kOptions));
    return 0;
  }
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what, usage(kSummary, kOptions));
  return run([&work](Loop& loop, Network& network) { return produce(loop, network, *work); });
}

}  // namespace sluice::tools
