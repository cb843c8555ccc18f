// tools/verifiable_producer.cc: `sluice verifiable-producer`, known as kafka-verifiable-producer.sh: sends numbers
// and prints what became of each.
#include "client/producer.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/session.h"
#include "tools/verifiable.h"

namespace sluice::tools {
namespace {

using std::chrono::milliseconds;

constexpr Option kOptions[] = {
    {"acks", "ACKS", "Acks required on each message (default: -1)"},
    {"bootstrap-server", "HOST1:PORT1[,HOST2:PORT2[...]]", "REQUIRED: The server(s) to connect to"},
    {"command-config", "CONFIG-FILE", "Producer config properties file"},
    {"help", "", "-h: show this help message and exit"},
    {"max-messages", "MAX-MESSAGES", "Produce this many messages; -1: until it is ended (default: -1)"},
    {"message-create-time", "CREATE-TIME",
     "Timestamps count up from here, in milliseconds since 1970 (default: -1)"},
    {"producer.config", "CONFIG-FILE", "The same as --command-config, as older versions called it"},
    {"repeating-keys", "REPEATING-KEYS", "Keys count up from 0 to this and begin anew"},
    {"throughput", "THROUGHPUT", "About so many messages a second; -1: as many as can be (default: -1)"},
    {"topic", "TOPIC", "REQUIRED: Produce messages to this topic"},
    {"value-prefix", "VALUE-PREFIX", "Each value has this in front, and a dot"},
    {"version", "", "show the version and exit"},
};
constexpr std::string_view kRequired[] = {"topic", "bootstrap-server"};
constexpr std::string_view kSummary =
    "Sends increasing integers to a topic and prints as JSON which were acknowledged and which were not.";

struct Work {
  client::ProducerConfig config;
  std::string topic;
  std::int64_t messages_max = -1;
  std::int64_t per_second = -1;
  std::int64_t create_time = -1;
  std::optional<std::int64_t> prefix;
  std::optional<std::int64_t> keys;
};

/// Counts and prints what is reported. Lives as long as the producer.
struct Progress {
  Loop& loop;
  const Work& work;
  std::int64_t sent = 0;
  std::int64_t acknowledged = 0;

  boost::json::object event(std::string_view name, const std::optional<std::string>& key,
                            const std::string& value) {
    boost::json::object event = json_event(loop, name);
    if (key)
      event["key"] = *key;
    else
      event["key"] = nullptr;
    event["value"] = value;
    return event;
  }

  void tell(const std::optional<std::string>& key, const std::string& value,
            const client::Outcome<client::Delivered>& outcome) {
    if (!outcome) {
      boost::json::object failed = event("producer_send_error", key, value);
      failed["topic"] = work.topic;
      failed["exception"] = "class " + exception_name(outcome.error().code);
      failed["message"] = std::string(sentence_of(outcome.error()));
      print_event(failed);
      return;
    }
    ++acknowledged;
    boost::json::object done = event("producer_send_success", key, value);
    done["offset"] = outcome->offset.value;
    done["topic"] = outcome->partition.topic;
    done["partition"] = outcome->partition.partition.value;
    print_event(done);
  }
};

Task<void> send_one(client::Producer& producer, Progress& progress, std::int64_t number) {
  const Work& work = progress.work;
  std::optional<std::string> key;
  if (work.keys) key = std::to_string(number % *work.keys);
  std::string value = work.prefix ? fmt::format("{}.{}", *work.prefix, number) : std::to_string(number);
  client::ProducerRecord record{.topic = work.topic, .value = as_bytes(value)};
  if (key) record.key = as_bytes(*key);
  if (work.create_time >= 0) record.timestamp = WallTime{milliseconds(work.create_time + number)};
  ++progress.sent;
  auto report = [&progress, key, value](const client::Outcome<client::Delivered>& outcome) {
    progress.tell(key, value, outcome);
  };
  const auto taken = co_await producer.send(record, std::move(report));
  if (!taken) progress.tell(key, value, client::failed(taken.error()));
}

Task<int> produce(Loop& loop, Network& network, const Work& work) {
  client::Producer producer(loop, network, work.config);
  Progress progress{.loop = loop, .work = work};
  print_event(json_event(loop, "startup_complete"));
  const SteadyTime start = loop.now();
  TaskGroup pauses(loop);
  for (std::int64_t number = 0; work.messages_max < 0 || number < work.messages_max; ++number) {
    if (interrupted()) break;
    if (work.per_second > 0) {
      const auto due = start + std::chrono::nanoseconds(std::chrono::seconds(1)) / work.per_second * number;
      if (loop.now() < due) (void)co_await pauses.sleep_until(due);
    }
    co_await send_one(producer, progress, number);
  }
  co_await pauses.close();
  co_await producer.flush();
  co_await producer.close();
  print_event(json_event(loop, "shutdown_complete"));
  const double seconds = std::chrono::duration<double>(loop.now() - start).count();
  boost::json::object summary = json_event(loop, "tool_data");
  summary["sent"] = progress.sent;
  summary["acked"] = progress.acknowledged;
  summary["target_throughput"] = work.per_second;
  summary["avg_throughput"] = seconds > 0 ? static_cast<double>(progress.acknowledged) / seconds : 0.0;
  print_event(summary);
  co_return 0;
}

Result<Work> plan(const Options& options) {
  auto read = verifiable_settings(options, "verifiable-producer", "producer.config");
  if (!read) return fail(read.error());
  read->settings["acks"] = options.get("acks", "-1");
  read->settings["retries"] = "0";  // What is not acknowledged at once is to be seen.
  auto config = client::ProducerConfig::from(read->settings, std::move(read->client));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  if (const auto fine = config->check(); !fine) return fail(Errc::invalid_argument, "{}", fine.error().what);
  Work work;
  work.config = std::move(*config);
  work.topic = options.get("topic", "");
  const auto put = [&options](std::string_view name, auto& to) -> Result<void> {
    const auto value = options.number(name);
    if (!value) return fail(value.error());
    if (*value) to = **value;
    return {};
  };
  for (const auto& done : {put("max-messages", work.messages_max), put("throughput", work.per_second),
                           put("message-create-time", work.create_time), put("value-prefix", work.prefix),
                           put("repeating-keys", work.keys)})
    if (!done) return fail(done.error());
  if (work.keys && *work.keys < 1) return fail(Errc::invalid_argument, "--repeating-keys must be at least 1");
  return work;
}

}  // namespace

int verifiable_producer(Arguments arguments) {
  const auto options = parse_verifiable(arguments, "verifiable-producer", kSummary, kOptions, kRequired);
  if (!options) return options.error();
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what);
  return run([&work](Loop& loop, Network& network) { return produce(loop, network, *work); });
}

}  // namespace sluice::tools
