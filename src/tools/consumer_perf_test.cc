// tools/consumer_perf_test.cc: `sluice consumer-perf-test`, known as kafka-consumer-perf-test.sh: reads records as
// fast as they come, and says how fast that was.
#include <cstdio>
#include <random>

#include "client/consumer.h"
#include "tools/command.h"
#include "tools/java_format.h"
#include "tools/name_pattern.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::Consumer;
using client::Outcome;
using client::TopicPartition;
using std::chrono::milliseconds;

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"broker-list", "String: server to connect to", "The same as --bootstrap-server, as older versions called it"},
    {"command-config", "String: config file", "Config properties file"},
    {"command-property", "String: prop1=val1", "Consumer configs, which take precedence over the file's"},
    {"consumer.config", "String: config file", "The same as --command-config, as older versions called it"},
    {"date-format", "String: date format", "How times are printed; yyyy-MM-dd HH:mm:ss:SSS by default"},
    {"fetch-size", "Integer: size", "The amount of data to fetch of a partition; 1048576 by default"},
    {"from-latest", "",
     "Begin with the latest record where there is no committed offset, instead of the earliest"},
    {"group", "String: gid", "The group id to consume on"},
    {"help", "", "Print usage information"},
    {"hide-header", "", "If set, skips printing the header for the stats"},
    {"include", "String: Java regex (String)", "The topics to consume, as a pattern"},
    {"messages", "Long: count", "The same as --num-records, as older versions called it"},
    {"num-fetch-threads", "Integer: count", "Taken and left alone, as older versions had it"},
    {"num-records", "Long: count", "REQUIRED: The number of records to consume"},
    {"print-metrics", "", "Print out the metrics"},
    {"reporting-interval", "Integer: interval_ms", "Time between two lines of progress; 5000 by default"},
    {"show-detailed-stats", "", "If set, stats are reported for each reporting interval"},
    {"socket-buffer-size", "Integer: size", "The size of the TCP receive buffer; 2097152 by default"},
    {"threads", "Integer: count", "Taken and left alone, as older versions had it"},
    {"timeout", "Long: milliseconds", "The longest time between records; 10000 by default"},
    {"topic", "String: topic", "The topic to consume from"},
    {"version", "", "Display version information"},
    {"zookeeper", "String: urls", "Taken for the brokers on the same hosts"},
};
constexpr std::string_view kSummary = "This tool is used to verify the consumer performance.";
constexpr std::string_view kColumns =
    "data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, "
    "fetch.MB.sec, "
    "fetch.nMsg.sec";

struct Work {
  client::ConsumerConfig config;
  std::optional<std::string> topic;
  std::optional<NamePattern> pattern;
  std::int64_t record_count = 0;
  milliseconds timeout{10'000};
  milliseconds interval{5'000};
  std::string date_format;
  bool header = true;
  bool detailed = false;
  bool metrics = false;
};

/// What has been read up to some time.
struct Progress {
  WallTime at{};
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t joining_ms = 0;  ///< Spent without any partition.
};

constexpr double kMegabyte = 1024.0 * 1024.0;

std::string fixed(double value) { return java_fixed(value, 4); }

/// One run: reads, counts and prints.
class Run {
 public:
  Run(Loop& loop, Network& network, const Work& work)
      : loop_(loop), work_(work), consumer_(loop, network, work.config) {}

  Task<int> go() {
    if (work_.header) fmt::print("{}, {}\n", work_.detailed ? "time, threadId" : "start.time, end.time", kColumns);
    const Outcome<void> done = co_await measure();
    co_await consumer_.close();
    co_return done ? 0 : complain(done.error().what);
  }

 private:
  Task<Outcome<void>> measure() {
    // So that a cluster that is not there is said to be, instead of records that do not come.
    constexpr std::chrono::seconds kPatience{15};
    const auto node = co_await consumer_.cluster().any_node(loop_.now() + kPatience);
    if (!node) co_return client::failed(node.error());
    start_.at = joining_since_ = loop_.wall_now();
    if (Outcome<void> subscribed = subscribe(); !subscribed) co_return subscribed;
    last_ = start_;
    now_ = start_;
    Outcome<void> done = co_await consume();
    if (!done) co_return done;
    now_.at = loop_.wall_now();
    if (now_.records < work_.record_count && !interrupted())
      fmt::print(
          "WARNING: Exiting before consuming the expected number of records: timeout ({} ms) exceeded. You can "
          "use the --timeout option to increase the timeout.\n",
          work_.timeout.count());
    if (!work_.detailed) print_total();
    if (work_.metrics) print_metrics();
    co_return done;
  }

  Outcome<void> subscribe() {
    client::RebalanceListener listener;
    listener.assigned = [this](std::set<TopicPartition> partitions) { return take(std::move(partitions)); };
    listener.revoked = [this](std::set<TopicPartition> partitions) { return give(std::move(partitions)); };
    if (work_.topic) return consumer_.subscribe({*work_.topic}, std::move(listener));
    return consumer_.subscribe_where(
        [pattern = *work_.pattern](std::string_view name) { return pattern.matches(name); }, std::move(listener));
  }

  Task<void> take(std::set<TopicPartition> partitions) {
    if (owned_.empty()) now_.joining_ms += (loop_.wall_now() - joining_since_).count();
    owned_.merge(partitions);
    co_return;
  }

  Task<void> give(std::set<TopicPartition> partitions) {
    for (const TopicPartition& partition : partitions) owned_.erase(partition);
    if (owned_.empty()) joining_since_ = loop_.wall_now();
    co_return;
  }

  Task<Outcome<void>> consume() {
    constexpr milliseconds kPoll{100};
    WallTime last_record = start_.at;
    while (now_.records < work_.record_count && now_.at - last_record <= work_.timeout && !interrupted()) {
      const auto polled = co_await consumer_.poll(kPoll);
      if (!polled) co_return client::failed(polled.error());
      now_.at = loop_.wall_now();
      if (polled->empty()) continue;
      last_record = now_.at;
      for (const client::PartitionRecords& partition : polled->partitions()) count(partition.records);
      if (now_.at - last_.at < work_.interval) continue;
      if (work_.detailed) print_progress();
      last_ = now_;
    }
    co_return Outcome<void>{};
  }

  void count(const std::vector<client::ConsumedRecord>& records) {
    now_.records += static_cast<std::int64_t>(records.size());
    for (const client::ConsumedRecord& record : records)
      now_.bytes += static_cast<std::int64_t>((record.key ? record.key->size() : 0) +
                                              (record.value ? record.value->size() : 0));
  }

  void print_progress() {
    const auto elapsed = static_cast<double>((now_.at - last_.at).count());
    const std::int64_t joining = now_.joining_ms - last_.joining_ms;
    const std::int64_t fetching = (now_.at - last_.at).count() - joining;
    const double megabytes = static_cast<double>(now_.bytes - last_.bytes) / kMegabyte;
    const auto records = static_cast<double>(now_.records - last_.records);
    const auto per_second = [](double amount, double milliseconds) {
      return fixed(milliseconds <= 0 ? 0.0 : 1000.0 * amount / milliseconds);
    };
    fmt::print("{}, 0, {}, {}, {}, {}, {}, {}, {}, {}\n", java_date(work_.date_format, now_.at),
               fixed(static_cast<double>(now_.bytes) / kMegabyte), per_second(megabytes, elapsed), now_.records,
               per_second(records, elapsed), joining, fetching,
               per_second(megabytes, static_cast<double>(fetching)),
               per_second(records, static_cast<double>(fetching)));
    std::fflush(stdout);
  }

  void print_total() {
    const std::int64_t elapsed_ms = (now_.at - start_.at).count();
    const std::int64_t fetching_ms = elapsed_ms - now_.joining_ms;
    const double elapsed = static_cast<double>(elapsed_ms) / 1000.0;
    const double fetching = static_cast<double>(fetching_ms) / 1000.0;
    const double megabytes = static_cast<double>(now_.bytes) / kMegabyte;
    const auto records = static_cast<double>(now_.records);
    fmt::print("{}, {}, {}, {}, {}, {}, {}, {}, {}, {}\n", java_date(work_.date_format, start_.at),
               java_date(work_.date_format, now_.at), fixed(megabytes), fixed(megabytes / elapsed), now_.records,
               fixed(records / elapsed), now_.joining_ms, fetching_ms, fixed(megabytes / fetching),
               fixed(records / fetching));
  }

  void print_metrics() {
    const auto line = [this](std::string_view name, std::int64_t value) {
      fmt::print(
          "{:<80} : {}.000\n",
          fmt::format("consumer-fetch-manager-metrics:{}:{{client-id={}}}", name, work_.config.client.client_id),
          value);
    };
    fmt::print("\n{:<80}   Value\n", "Metric Name");
    line("bytes-consumed-total", now_.bytes);
    line("records-consumed-total", now_.records);
  }

  Loop& loop_;
  const Work& work_;
  Consumer consumer_;
  Progress start_;
  Progress last_;  ///< When the last line was printed.
  Progress now_;
  WallTime joining_since_{};
  std::set<TopicPartition> owned_;
};

Task<int> consume(Loop& loop, Network& network, const Work& work) {
  Run run(loop, network, work);
  co_return co_await run.go();
}

/// An option that is given counts for more than a property, and a property for more than the option's default.
void put(const Options& options, std::string_view option, std::string_view key, std::string_view otherwise,
         client::Settings& settings) {
  if (const auto value = options.find(option))
    settings[std::string(key)] = *value;
  else
    settings.try_emplace(std::string(key), otherwise);
}

Result<client::ConsumerConfig> config_of(const Options& options) {
  auto client = client_config(options, "perf-consumer-client");
  if (!client) return fail(client.error());
  if (options.has("consumer.config"))
    fmt::print("Warning: --consumer.config is deprecated. Use --command-config instead.\n");
  auto settings = read_settings(
      options.has("command-config") ? options.find("command-config") : options.find("consumer.config"),
      options.all("command-property"));
  if (!settings) return fail(settings.error());
  settings->erase("bootstrap.servers");  // The command line has said it.
  put(options, "group", "group.id", fmt::format("perf-consumer-{}", std::random_device{}() % 100'000), *settings);
  put(options, "socket-buffer-size", "receive.buffer.bytes", "2097152", *settings);
  put(options, "fetch-size", "max.partition.fetch.bytes", "1048576", *settings);
  if (options.has("from-latest")) (*settings)["auto.offset.reset"] = "latest";
  settings->try_emplace("auto.offset.reset", "earliest");
  settings->try_emplace("check.crcs", "false");
  auto config = client::ConsumerConfig::from(*settings, std::move(*client));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  return std::move(*config);
}

Result<void> exactly_one(const Options& options, std::string_view one, std::string_view other) {
  if (options.has(one) != options.has(other)) return {};
  return fail(Errc::invalid_argument, "Exactly one of the following arguments is required: [{}], [{}]", one,
              other);
}

Result<std::optional<NamePattern>> pattern_of(const Options& options) {
  const auto text = options.find("include");
  if (!text) return std::nullopt;
  auto pattern = NamePattern::parse(*text);
  if (!pattern) return fail(Errc::invalid_argument, "{} is not a pattern: {}", *text, pattern.error().what);
  return std::move(*pattern);
}

Result<Work> plan(const Options& options) {
  for (const auto& [one, other] : {std::pair{"messages", "num-records"}, std::pair{"topic", "include"}})
    if (auto fine = exactly_one(options, one, other); !fine) return fail(fine.error());
  if (options.has("command-config") && options.has("consumer.config"))
    return fail(Errc::invalid_argument,
                "Option \"[consumer.config]\" can't be used with option \"[command-config]\"");
  if (options.has("messages")) fmt::print("Warning: --messages is deprecated. Use --num-records instead.\n");
  const auto count = options.number(options.has("messages") ? "messages" : "num-records");
  const auto timeout = options.number("timeout");
  const auto interval = options.number("reporting-interval");
  for (const auto* number : {&count, &timeout, &interval})
    if (!*number) return fail(number->error());
  constexpr std::int64_t kLongest = std::int64_t{100} * 365 * 86'400 * 1'000;
  if (interval->value_or(1) <= 0)
    return fail(Errc::invalid_argument, "Reporting interval must be greater than 0.");
  auto pattern = pattern_of(options);
  if (!pattern) return fail(pattern.error());
  auto config = config_of(options);
  if (!config) return fail(config.error());
  return Work{.config = std::move(*config),
              .topic = options.find("topic"),
              .pattern = std::move(*pattern),
              .record_count = **count,
              .timeout = milliseconds(std::min(timeout->value_or(10'000), kLongest)),
              .interval = milliseconds(std::min(interval->value_or(5'000), kLongest)),
              .date_format = options.get("date-format", "yyyy-MM-dd HH:mm:ss:SSS"),
              .header = !options.has("hide-header"),
              .detailed = options.has("show-detailed-stats"),
              .metrics = options.has("print-metrics")};
}

}  // namespace

int consumer_perf_test(Arguments words) {
  const auto options = Options::parse(words, kOptions);
  const std::string help = usage(kSummary, kOptions);
  if (!options) return complain(options.error().what, help);
  if (const auto helped = maybe_help(words, *options, help)) return *helped;
  const Result<Work> work = plan(*options);
  if (!work) return complain(work.error().what, help);
  return run([&work](Loop& loop, Network& network) { return consume(loop, network, *work); });
}

}  // namespace sluice::tools
