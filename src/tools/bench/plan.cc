#include "tools/bench/plan.h"

#include <charconv>
#include <limits>

#include "tools/session.h"

namespace sluice::tools::bench {
namespace {

constexpr Option kOptions[] = {
    {"acks", "0, 1 or all", "Which acknowledgement Produce requests ask for (default 1)"},
    {"batch-bytes", "BYTES",
     "Size of a batch before compression, at most (default 16384); holds one record at least"},
    {"batches-per-request", "N",
     "Batches in a Produce request or a transaction, partitions in an OffsetCommit (default 1)"},
    {"bootstrap-server", "HOST:PORT,…", "REQUIRED: The server(s) to connect to"},
    {"bytes-max", "BYTES", "Ends the steady window once so much has been moved"},
    {"check-crcs", "", "Verify the CRC of every batch that is fetched"},
    {"client-property", "NAME=VALUE", "client-…: a producer's or consumer's configuration; may be repeated"},
    {"compression", "CODEC", "none (default), gzip, snappy, lz4 or zstd; done once, before the run"},
    {"connections", "N", "How many connections bear the load (default 1)"},
    {"consumers", "N", "end-to-end: how many connections fetch (default 1)"},
    {"fetch-bytes-max", "BYTES", "Limit of a Fetch answer (default 52428800)"},
    {"fetch-bytes-min", "BYTES", "What a Fetch waits for (default 1)"},
    {"fetch-partition-bytes", "BYTES", "Limit of a partition in a Fetch answer (default 1048576)"},
    {"fetch-wait-ms", "MS", "How long a Fetch waits at most (default 500)"},
    {"from", "beginning or end", "fetch: where to begin (default beginning)"},
    {"group-protocol", "classic or consumer", "join: what members speak (default classic)"},
    {"groups", "N", "commits: how many groups the connections share (default 1)"},
    {"heartbeat-ms", "MS", "Between the heartbeats of a member (default 100)"},
    {"help", "", "Print this and exit"},
    {"in-flight", "N", "Requests on their way on each connection that produces, at most (default 5)"},
    {"json", "FILE", "Write the results there too, as JSON"},
    {"keep", "", "topics: only create them"},
    {"members", "", "commits: the connections are members of their groups"},
    {"partitions", "N", "Partitions of the topic (default 1)"},
    {"rate", "N", "Open loop: requests (client-…: records) a second in all. Without it: as many as go"},
    {"record-bytes", "BYTES", "Size of a record's value (default 1024)"},
    {"requests-max", "N", "Ends the steady window after so many requests"},
    {"rewind", "", "fetch: begin anew at the end of a partition, instead of waiting for more"},
    {"seconds", "SECONDS", "Length of the steady window (default 5)"},
    {"server-pid", "PID", "Tell what this process takes of processor and memory"},
    {"share-records-max", "N", "share-fetch: records in an answer (default 500)"},
    {"topic", "TOPIC", "The topic; created if it is missing (default bench)"},
    {"topic-config", "NAME=VALUE", "A configuration of the topic if it is created; may be repeated"},
    {"topics", "N", "topics: how many to create and delete (default 1000)"},
    {"topics-per-request", "N", "topics: how many in one request (default 10)"},
    {"warm-up", "SECONDS", "What goes before the steady window (default 1)"},
};

/// A whole number from `least` to `most`, or `otherwise` where the option is not given.
template <class T>
Result<void> read(const Options& options, std::string_view name, T& into, std::int64_t least, std::int64_t most) {
  const auto given = options.number(name);
  if (!given) return fail(given.error());
  if (!*given) return {};
  if (**given < least || **given > most)
    return fail(Errc::invalid_argument, "--{} is {}; it may be {} to {}", name, **given, least, most);
  into = static_cast<T>(**given);
  return {};
}

/// A number that may have a fraction.
Result<std::optional<double>> read_fraction(const Options& options, std::string_view name, double most) {
  const auto text = options.find(name);
  if (!text) return std::nullopt;
  double value = -1;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (failure != std::errc{} || end != text->data() + text->size() || !(value >= 0 && value <= most))
    return fail(Errc::invalid_argument, "--{} is {}; it may be 0 to {}", name, *text, most);
  return value;
}

Result<void> read_sizes(const Options& options, Plan& plan) {
  constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;
  for (const Result<void>& done : {
           read(options, "partitions", plan.target.partitions, 1, 100'000),
           read(options, "connections", plan.connections, 1, 100'000),
           read(options, "consumers", plan.consumers, 1, 100'000),
           read(options, "in-flight", plan.in_flight, 1, 100'000),
           read(options, "groups", plan.groups, 1, 100'000),
           read(options, "share-records-max", plan.share_records_max, 1, kInt32Max),
           read(options, "topics", plan.topics, 1, 1'000'000),
           read(options, "topics-per-request", plan.topics_per_request, 1, 10'000),
           read(options, "batch-bytes", plan.batch.batch_bytes, 1, kGibibyte),
           read(options, "record-bytes", plan.batch.record_bytes, 0, kGibibyte),
           read(options, "batches-per-request", plan.produce.batches_per_request, 1, 100'000),
           read(options, "fetch-bytes-max", plan.fetch.bytes_max, 1, kInt32Max),
           read(options, "fetch-bytes-min", plan.fetch.bytes_min, 0, kInt32Max),
           read(options, "fetch-partition-bytes", plan.fetch.partition_bytes_max, 1, kInt32Max),
           read(options, "fetch-wait-ms", plan.fetch.wait_ms_max, 0, kInt32Max),
           read(options, "bytes-max", plan.bounds.bytes_max, 1, kInt64Max),
           read(options, "requests-max", plan.bounds.requests_max, 1, kInt64Max),
       })
    if (!done) return done;
  return {};
}

Result<void> read_times(const Options& options, Plan& plan) {
  constexpr double kDay = 86'400;
  const auto warm_up = read_fraction(options, "warm-up", kDay);
  const auto seconds = read_fraction(options, "seconds", kDay);
  const auto rate = read_fraction(options, "rate", 1e9);
  for (const auto* read : {&warm_up, &seconds, &rate})
    if (!*read) return fail(read->error());
  if (*warm_up) plan.bounds.warm_up = std::chrono::duration<double>(**warm_up);
  if (*seconds) plan.bounds.steady = std::chrono::duration<double>(**seconds);
  if (*rate && **rate == 0) return fail(Errc::invalid_argument, "--rate is 0: nothing would be sent");
  plan.rate = *rate;
  std::int64_t interval = plan.heartbeat_interval.count();
  if (auto done = read(options, "heartbeat-ms", interval, 1, 3'600'000); !done) return done;
  plan.heartbeat_interval = std::chrono::milliseconds(interval);
  return {};
}

/// One of a few words, by its place among them.
Result<std::size_t> read_word(const Options& options, std::string_view name,
                              std::span<const std::string_view> known, std::size_t otherwise) {
  const auto word = options.find(name);
  if (!word) return otherwise;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (*word == known[i]) return i;
  return fail(Errc::invalid_argument, "--{} is {}; it may be {}", name, *word, fmt::join(known, ", "));
}

Result<void> read_words(const Options& options, Plan& plan) {
  static constexpr std::string_view kCodecs[] = {"none", "gzip", "snappy", "lz4", "zstd"};
  static constexpr std::string_view kAcks[] = {"0", "1", "all", "-1"};
  static constexpr std::string_view kPlaces[] = {"beginning", "end"};
  static constexpr std::string_view kProtocols[] = {"classic", "consumer"};
  const auto protocol = read_word(options, "group-protocol", kProtocols, 0);
  const auto codec = read_word(options, "compression", kCodecs, 0);
  const auto acks = read_word(options, "acks", kAcks, 1);
  const auto from = read_word(options, "from", kPlaces, 0);
  for (const auto* read : {&protocol, &codec, &acks, &from})
    if (!*read) return fail(read->error());
  plan.group_protocol = static_cast<GroupProtocol>(*protocol);
  plan.batch.compression.codec = static_cast<Codec>(*codec);
  plan.produce.acks = static_cast<std::int16_t>(*acks <= 1 ? static_cast<int>(*acks) : -1);
  plan.from_end = *from == 1;
  return {};
}

/// The library's configuration: what the load says, and --client-property over that.
Result<void> read_clients(const Options& options, Plan& plan) {
  auto settings = read_settings(std::nullopt, options.all("client-property"));
  if (!settings) return fail(settings.error());
  client::ClientConfig quiet = plan.cluster;
  quiet.on_warning = {};  // A producer does not know a consumer's keys, and the other way around.
  settings->try_emplace("acks", options.get("acks", "1"));
  settings->try_emplace("batch.size", std::to_string(plan.batch.batch_bytes));
  settings->try_emplace("compression.type", name(plan.batch.compression.codec));
  auto producer = client::ProducerConfig::from(*settings, quiet);
  if (!producer) return fail(Errc::invalid_argument, "{}", producer.error().what);
  auto consumer = client::ConsumerConfig::from(*settings, quiet);
  if (!consumer) return fail(Errc::invalid_argument, "{}", consumer.error().what);
  plan.producer = std::move(*producer);
  plan.consumer = std::move(*consumer);
  return {};
}

}  // namespace

std::span<const Option> plan_options() { return kOptions; }

Result<Plan> make_plan(const Options& options) {
  Plan plan;
  auto cluster = client_config(options, "sluice-bench");
  if (!cluster) return fail(cluster.error());
  plan.cluster = std::move(*cluster);
  plan.cluster.default_api_timeout = std::chrono::seconds(60);
  plan.target.topic = options.get("topic", "bench");
  const auto configs = read_settings(std::nullopt, options.all("topic-config"));
  if (!configs) return fail(configs.error());
  plan.target.configs.insert(configs->begin(), configs->end());
  for (const auto reader : {read_sizes, read_times, read_words, read_clients})
    if (auto done = reader(options, plan); !done) return fail(done.error());
  const auto server = options.number("server-pid");
  if (!server) return fail(server.error());
  if (*server) plan.server = static_cast<int>(**server);
  plan.json = options.find("json");
  plan.fetch.check_crcs = options.has("check-crcs");
  plan.in_groups = options.has("members");
  plan.keep_topics = options.has("keep");
  plan.fetch.rewind = options.has("rewind");
  return plan;
}

}  // namespace sluice::tools::bench
