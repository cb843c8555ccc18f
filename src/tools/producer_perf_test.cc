// tools/producer_perf_test.cc: `sluice producer-perf-test`, known as kafka-producer-perf-test.sh: sends records as
// fast as told, and says how long they took.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <set>

#include "base/number_text.h"
#include "client/producer.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/perf_stats.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::Outcome;
using std::chrono::milliseconds;

constexpr Option kOptions[] = {
    {"bootstrap-server", "BOOTSTRAP-SERVER", "The server(s) to connect to; takes precedence over the properties"},
    {"broker-list", "BOOTSTRAP-SERVER", "The same as --bootstrap-server"},
    {"command-config", "CONFIG-FILE", "Producer config properties file"},
    {"command-property", "PROP-NAME=PROP-VALUE", "Producer configs, which take precedence over the file's"},
    {"help", "", "Show this help message and exit"},
    {"num-records", "NUM-RECORDS", "REQUIRED: Number of records to produce"},
    {"payload-delimiter", "PAYLOAD-DELIMITER", "What separates payloads in the file; a new line by default"},
    {"payload-file", "PAYLOAD-FILE", "File to read the payloads from; each record gets one of them by chance"},
    {"payload-monotonic", "", "Payloads are numbers that count the records"},
    {"print-metrics", "", "Print out metrics at the end of the test"},
    {"producer-props", "PROP-NAME=PROP-VALUE", "The same as --command-property, as older versions called it"},
    {"producer.config", "CONFIG-FILE", "The same as --command-config, as older versions called it"},
    {"record-size", "RECORD-SIZE", "Record size in bytes"},
    {"reporting-interval", "INTERVAL-MS", "Time between two lines of progress; 5000 by default"},
    {"throughput", "THROUGHPUT", "REQUIRED: Records a second to aim for; -1: as fast as it goes"},
    {"topic", "TOPIC", "REQUIRED: The topic to produce to"},
    {"transaction-duration-ms", "TRANSACTION-DURATION",
     "The longest time of a transaction before it is committed"},
    {"transactional-id", "TRANSACTIONAL-ID", "The transactional id to use"},
    {"warmup-records", "WARMUP-RECORDS", "How many records at the beginning are left out of the steady state"},
};
constexpr std::string_view kSummary = "This tool is used to verify the producer performance.";

struct Work {
  client::ProducerConfig config;
  std::string topic;
  std::int64_t record_count = 0;
  std::int64_t warmup_count = 0;
  std::int64_t record_size = 0;         ///< 0: not by size.
  std::vector<std::string> payloads{};  ///< Empty: not from a file.
  double throughput = -1;
  milliseconds interval{5000};
  milliseconds transaction_duration{3000};
  bool metrics = false;
};

/// Makes the records' values. A value is good until the next one is asked for.
class Payloads {
 public:
  explicit Payloads(const Work& work) : work_(work), bytes_(static_cast<std::size_t>(work.record_size)) {}

  std::string_view next(std::int64_t number) {
    if (!work_.payloads.empty()) return work_.payloads[letters_.below(work_.payloads.size())];
    if (work_.record_size == 0) return text_ = std::to_string(number);
    letters_.fill(bytes_);
    return {bytes_.data(), bytes_.size()};
  }

 private:
  const Work& work_;
  RandomLetters letters_;
  std::vector<char> bytes_;
  std::string text_;
};

/// What a report has to know of its record; small, because there is one for each record on its way.
struct Sent {
  static constexpr std::uint32_t kSizeMax = 0x7FFFFFFF;
  std::uint32_t start;  ///< Milliseconds since the run began.
  std::uint32_t size : 31;
  bool steady : 1;  ///< Whether it counts for the steady state.
};

/// One run: sends, counts what comes back, and prints.
class Run {
 public:
  Run(Loop& loop, Network& network, const Work& work)
      : loop_(loop),
        work_(work),
        producer_(loop, network, work.config),
        payloads_(work),
        throttle_(work.throughput),
        pause_(loop),
        begin_(loop.now()),
        stats_(work.record_count, 0, work.interval, "") {}

  Task<int> go() {
    if (work_.warmup_count > 0)
      fmt::print("Warmup first {} records. Steady state results will print after the complete test summary.\n",
                 work_.warmup_count);
    Outcome<void> done = co_await prepare();
    if (done) done = co_await send_all();
    if (done) co_await producer_.flush();
    if (stats_.count() > 0 || done) print_results();
    if (done && work_.metrics) print_metrics();
    co_await producer_.close(loop_.now());
    co_return report(done);
  }

 private:
  std::int64_t now() const { return std::chrono::duration_cast<milliseconds>(loop_.now() - begin_).count(); }

  /// So that a cluster that is not there is said to be, instead of a time-out for each record.
  Task<Outcome<void>> prepare() {
    constexpr std::chrono::seconds kPatience{15};
    const SteadyTime deadline = loop_.now() + kPatience;
    const auto node = co_await producer_.cluster().any_node(deadline);
    if (!node) co_return client::failed(node.error());
    const auto topic = co_await producer_.cluster().topic(work_.topic, deadline);
    if (!topic) co_return client::failed(topic.error());
    if (transactional()) co_return co_await producer_.init_transactions();
    co_return Outcome<void>{};
  }

  bool transactional() const { return work_.config.transactional_id.has_value(); }

  Task<Outcome<void>> send_all() {
    // Records are taken in without waiting until there is no room for more; the loop has to have its turn before.
    constexpr std::int64_t kTurn = 256;
    for (std::int64_t number = 0; number < work_.record_count && !interrupted(); ++number) {
      Outcome<void> sent = co_await send(number);
      if (!sent) co_return sent;
      if (!throttle_.unlimited())
        co_await wait_for(number + 1);
      else if ((number + 1) % kTurn == 0)
        (void)co_await pause_.wait_until(loop_.now());
    }
    if (in_transaction_) co_return co_await producer_.commit_transaction();
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> send(std::int64_t number) {
    const std::string_view value = payloads_.next(number);
    const std::int64_t start = now();
    if (transactional() && !in_transaction_) {
      if (Outcome<void> begun = producer_.begin_transaction(); !begun) co_return begun;
      in_transaction_ = true;
      transaction_start_ = start;
    }
    if (work_.warmup_count > 0 && number == work_.warmup_count)
      steady_.emplace(work_.record_count - work_.warmup_count, start, work_.interval, "steady state ");
    const Sent record_sent{.start = static_cast<std::uint32_t>(start),
                           .size = static_cast<std::uint32_t>(value.size()) & Sent::kSizeMax,
                           .steady = steady_.has_value()};
    client::ProducerRecord record{.topic = work_.topic, .value = as_bytes(value)};
    Outcome<void> sent =
        co_await producer_.send(record, [this, record_sent](const Outcome<client::Delivered>& delivered) {
          acknowledged(delivered, record_sent);
        });
    if (!sent) co_return sent;
    if (in_transaction_ && start - transaction_start_ >= work_.transaction_duration.count()) {
      in_transaction_ = false;
      co_return co_await producer_.commit_transaction();
    }
    co_return sent;
  }

  void acknowledged(const Outcome<client::Delivered>& delivered, Sent sent) {
    if (!delivered) {
      ++failed_;
      // Records fail by the batch and for the same reason.
      if (reasons_.insert(delivered.error().code).second) complain(exception_text(delivered.error()));
      return;
    }
    const std::int64_t at = now();
    const std::int64_t latency = at - std::int64_t{sent.start};
    const auto line = stats_.record(latency, sent.size, at);
    const auto steady_line = sent.steady ? steady_->record(latency, sent.size, at) : std::nullopt;
    if (!line && !steady_line) return;
    fmt::print("{}", steady_ ? steady_line.value_or("") : *line);
    std::fflush(stdout);
  }

  void print_results() {
    fmt::print("{}", stats_.total(now()));
    if (steady_) fmt::print("{}", steady_->total(now()));
    std::fflush(stdout);
  }

  void print_metrics() {
    const auto line = [this](std::string_view name, std::int64_t value) {
      fmt::print("{:<80} : {}.000\n",
                 fmt::format("producer-metrics:{}:{{client-id={}}}", name, work_.config.client.client_id), value);
    };
    fmt::print("\n{:<80}   Value\n", "Metric Name");
    line("record-byte-total", stats_.bytes());
    line("record-error-total", failed_);
    line("record-send-total", stats_.count());
  }

  int report(const Outcome<void>& done) {
    if (failed_ > 0) complain(fmt::format("{} records were not delivered.", failed_));
    if (!done) return complain(done.error().what);
    return failed_ > 0 ? 1 : 0;
  }

  /// Waits until the record of this number is due. Less than what a timer can do is left to the next records.
  Task<void> wait_for(std::int64_t number) {
    constexpr double kLeast = 2;
    constexpr milliseconds kLook{200};  // So often it looks whether it was interrupted.
    while (!interrupted() && number < work_.record_count) {
      const double ahead = throttle_.never() ? 1000 : throttle_.due(number) - static_cast<double>(now());
      if (ahead < kLeast) break;
      const milliseconds wait{static_cast<std::int64_t>(std::min(ahead, static_cast<double>(kLook.count())))};
      (void)co_await pause_.wait_until(loop_.now() + wait);
    }
  }

  Loop& loop_;
  const Work& work_;
  client::Producer producer_;
  Payloads payloads_;
  Throttle throttle_;
  Event pause_;  ///< Never notified.
  SteadyTime begin_;
  PerfStats stats_;
  std::optional<PerfStats> steady_;
  bool in_transaction_ = false;
  std::int64_t transaction_start_ = 0;
  std::int64_t failed_ = 0;
  std::set<ErrorCode> reasons_;
};

Task<int> produce(Loop& loop, Network& network, const Work& work) {
  Run run(loop, network, work);
  co_return co_await run.go();
}

Result<std::int64_t> number_above(const Options& options, std::string_view name, std::int64_t otherwise,
                                  std::int64_t least) {
  const auto value = options.number(name);
  if (!value) return fail(value.error());
  const std::int64_t number = value->value_or(otherwise);
  if (*value && number < least) return fail(Errc::invalid_argument, "--{} should be greater than zero.", name);
  return number;
}

Result<void> check_together(const Options& options) {
  for (const std::string_view name : {"topic", "num-records", "throughput"})
    if (!options.has(name)) return fail(Errc::invalid_argument, "argument --{} is required", name);
  std::string_view payload;
  for (const std::string_view name : {"record-size", "payload-file", "payload-monotonic"}) {
    if (!options.has(name)) continue;
    if (!payload.empty())
      return fail(Errc::invalid_argument, "argument --{}: not allowed with argument --{}", name, payload);
    payload = name;
  }
  if (payload.empty())
    return fail(Errc::invalid_argument,
                "one of the arguments --record-size --payload-file --payload-monotonic is required");
  if (options.has("command-property") && options.has("producer-props"))
    return fail(Errc::invalid_argument, "--command-property and --producer-props cannot be specified together.");
  if (options.has("command-config") && options.has("producer.config"))
    return fail(Errc::invalid_argument, "--command-config and --producer.config cannot be specified together.");
  if (!options.plain().empty() && !options.has("command-property") && !options.has("producer-props"))
    return fail(Errc::invalid_argument, "unrecognized arguments: '{}'", options.plain().front());
  bool servers = options.has("bootstrap-server") || options.has("broker-list");
  for (const std::string_view name : {"command-property", "producer-props", "command-config", "producer.config"})
    servers = servers || options.has(name);
  if (!servers)
    return fail(Errc::invalid_argument,
                "At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or "
                "--command-config must be specified.");
  return {};
}

/// The properties of the file and of the command line; more of the latter may follow one option.
Result<client::Settings> settings_of(const Options& options) {
  for (const auto& [old, now] :
       {std::pair{"producer-props", "command-property"}, std::pair{"producer.config", "command-config"}})
    if (options.has(old))
      fmt::print("Option --{} has been deprecated and will be removed in a future version. Use --{} instead.\n",
                 old, now);
  std::vector<std::string> pairs = options.all("command-property");
  std::ranges::copy(options.all("producer-props"), std::back_inserter(pairs));
  std::ranges::copy(options.plain(), std::back_inserter(pairs));
  auto settings = read_settings(
      options.has("command-config") ? options.find("command-config") : options.find("producer.config"), pairs);
  if (!settings) return settings;
  if (options.has("bootstrap-server") || options.has("broker-list"))
    (*settings)["bootstrap.servers"] = *bootstrap_servers(options);
  if (const auto id = options.find("transactional-id"))
    (*settings)["transactional.id"] = *id;
  else if (options.has("transaction-duration-ms"))
    settings->try_emplace("transactional.id", fmt::format("performance-producer-{}", std::random_device{}()));
  settings->try_emplace("client.id", "perf-producer-client");
  return settings;
}

Result<client::ProducerConfig> config_of(const Options& options) {
  const auto settings = settings_of(options);
  if (!settings) return fail(settings.error());
  auto config = client::ProducerConfig::from(*settings);
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  return std::move(*config);
}

Result<std::vector<std::string>> read_payloads(const Options& options) {
  const std::string path = options.get("payload-file", "");
  fmt::print("Reading payloads from: {}\n", std::filesystem::absolute(path).string());
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.empty()) return fail(Errc::not_found, "File does not exist or empty file provided.");
  const std::string delimiter = options.get("payload-delimiter", "\\n");
  auto payloads = split_payloads(text, delimiter == "\\n" ? "\n" : delimiter);
  fmt::print("Number of records read: {}\n", payloads.size());
  return payloads;
}

Result<double> throughput_of(const Options& options) {
  const std::string text = options.get("throughput", "");
  const auto rate = parse_number<double>(text);
  if (!rate) return fail(Errc::invalid_argument, "argument --throughput: could not convert '{}' to Double", text);
  return *rate;
}

Result<Work> plan(const Options& options) {
  if (auto fine = check_together(options); !fine) return fail(fine.error());
  const auto count = number_above(options, "num-records", 0, 1);
  const auto size = number_above(options, "record-size", 0, 1);
  const auto warmup = number_above(options, "warmup-records", 0, 0);
  const auto interval = number_above(options, "reporting-interval", 5000, 1);
  const auto duration = number_above(options, "transaction-duration-ms", 3000, 1);
  for (const auto* number : {&count, &size, &warmup, &interval, &duration})
    if (!*number) return fail(number->error());
  constexpr std::int64_t kSizeMax = std::numeric_limits<std::int32_t>::max();
  if (*size > kSizeMax) return fail(Errc::invalid_argument, "--record-size should be at most {}.", kSizeMax);
  if (*warmup > 0 && *warmup >= *count)
    return fail(Errc::invalid_argument,
                "The value for --warmup-records must be strictly fewer than the number of records in the test, "
                "--num-records.");
  const auto throughput = throughput_of(options);
  if (!throughput) return fail(throughput.error());
  Work work{.config = {},
            .topic = options.get("topic", ""),
            .record_count = *count,
            .warmup_count = *warmup,
            .record_size = *size,
            .payloads = {},
            .throughput = *throughput,
            .interval = milliseconds(*interval),
            .transaction_duration = milliseconds(*duration),
            .metrics = options.has("print-metrics")};
  if (options.has("payload-file")) {
    auto payloads = read_payloads(options);
    if (!payloads) return fail(payloads.error());
    work.payloads = std::move(*payloads);
  }
  auto config = config_of(options);
  if (!config) return fail(config.error());
  work.config = std::move(*config);
  return work;
}

}  // namespace

int producer_perf_test(Arguments words) {
  const std::string help = usage(kSummary, kOptions);
  if (words.empty() || words.front() == "-h") {
    fmt::print("{}", help);
    return 0;
  }
  const auto options = Options::parse(words, kOptions);
  if (!options) return complain("kafka-producer-perf-test: error: " + options.error().what, help);
  if (const auto helped = maybe_help(words, *options, help)) return *helped;
  const Result<Work> work = plan(*options);
  if (!work) return complain("kafka-producer-perf-test: error: " + work.error().what);
  return run([&work](Loop& loop, Network& network) { return produce(loop, network, *work); });
}

}  // namespace sluice::tools
