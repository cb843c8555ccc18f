#include "client/consumer_config.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "client/detail/setting_reader.h"

namespace sluice::client {
namespace {

/// One number of a duration with its letter: 1.5S. Takes it off the front of `text`.
std::optional<std::pair<double, char>> take_part(std::string_view& text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end == text.data() + text.size() || value < 0) return std::nullopt;
  const char letter = *end;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return std::pair(value, letter);
}

/// PnDTnHnMnS, as Java's Duration takes it.
std::optional<milliseconds> parse_duration(std::string_view text) {
  if (!text.starts_with('P') || text.size() < 3) return std::nullopt;
  text.remove_prefix(1);
  double seconds = 0;
  bool in_time = false;
  while (!text.empty()) {
    if (!in_time && text.starts_with('T')) {
      in_time = true;
      text.remove_prefix(1);
      if (text.empty()) return std::nullopt;
      continue;
    }
    const auto part = take_part(text);
    if (!part) return std::nullopt;
    const auto [value, letter] = *part;
    if (letter == 'D' && !in_time)
      seconds += value * 86'400;
    else if (letter == 'H' && in_time)
      seconds += value * 3'600;
    else if (letter == 'M' && in_time)
      seconds += value * 60;
    else if (letter == 'S' && in_time)
      seconds += value;
    else
      return std::nullopt;
  }
  constexpr double kHundredYears = 100.0 * 365 * 86'400;
  if (seconds > kHundredYears) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// Java's classes by the names that the assignors themselves have.
std::string assignor_name(std::string_view named) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kClasses{
      {{"org.apache.kafka.clients.consumer.RangeAssignor", "range"},
       {"org.apache.kafka.clients.consumer.RoundRobinAssignor", "roundrobin"},
       {"org.apache.kafka.clients.consumer.StickyAssignor", "sticky"},
       {"org.apache.kafka.clients.consumer.CooperativeStickyAssignor", "cooperative-sticky"}}};
  for (const auto& [class_name, name] : kClasses)
    if (named == class_name) return std::string(name);
  return std::string(named);
}

bool is_assignor(const std::string& name) {
  return name == "range" || name == "roundrobin" || name == "sticky" || name == "cooperative-sticky";
}

}  // namespace

Outcome<OffsetReset> parse_offset_reset(std::string_view text) {
  using Kind = OffsetReset::Kind;
  constexpr std::string_view kByDuration = "by_duration:";
  if (text == "earliest") return OffsetReset{.kind = Kind::earliest};
  if (text == "latest") return OffsetReset{.kind = Kind::latest};
  if (text == "none") return OffsetReset{.kind = Kind::none};
  if (text.starts_with(kByDuration))
    if (const auto before = parse_duration(text.substr(kByDuration.size())))
      return OffsetReset{.kind = Kind::by_duration, .before = *before};
  return failed(ErrorCode::invalid_config,
                "Invalid value {} for configuration auto.offset.reset: must be earliest, latest, none or "
                "by_duration:PnDTnHnMnS",
                text);
}

Outcome<void> ConsumerConfig::check() const {
  if (client.bootstrap_servers.empty()) return failed(ErrorCode::invalid_config, "bootstrap.servers must be set");
  if (heartbeat_interval >= session_timeout)
    return failed(ErrorCode::invalid_config, "heartbeat.interval.ms must be less than session.timeout.ms");
  if (group_id && group_id->empty()) return failed(ErrorCode::invalid_config, "group.id must not be empty");
  if (!group_id && enable_auto_commit.value_or(false))
    return failed(ErrorCode::invalid_config, "enable.auto.commit needs a group.id");
  if (partition_assignment_strategy.empty())
    return failed(ErrorCode::invalid_config, "partition.assignment.strategy must name an assignor");
  for (const std::string& name : partition_assignment_strategy)
    if (!is_assignor(name))
      return failed(ErrorCode::invalid_config,
                    "Invalid value {} for configuration partition.assignment.strategy: must be range, roundrobin, "
                    "sticky or cooperative-sticky",
                    name);
  return {};
}

namespace {

void read_group_protocol(detail::SettingReader& reader, ConsumerConfig& config) {
  std::string protocol = "classic";
  reader.text("group.protocol", protocol);
  std::ranges::transform(protocol, protocol.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (protocol != "classic" && protocol != "consumer")
    reader.complain(
        fmt::format("Invalid value {} for configuration group.protocol: it is classic or consumer", protocol));
  config.group_protocol = protocol == "consumer" ? GroupProtocol::consumer : GroupProtocol::classic;
  const bool modern = config.group_protocol == GroupProtocol::consumer;
  if (std::string assignor; reader.is_set("group.remote.assignor")) {
    reader.text("group.remote.assignor", assignor);
    config.group_remote_assignor = assignor;
    if (!modern) reader.complain("group.remote.assignor cannot be set when group.protocol=CLASSIC");
  }
  for (const char* key : {"partition.assignment.strategy", "heartbeat.interval.ms", "session.timeout.ms"})
    if (modern && reader.is_set(key))
      reader.complain(fmt::format("{} cannot be set when group.protocol=CONSUMER", key));
}

}  // namespace

Outcome<ConsumerConfig> ConsumerConfig::from(const Settings& settings, ClientConfig defaults) {
  detail::SettingReader reader(settings);
  ConsumerConfig config;
  config.client = std::move(defaults);
  detail::read_client_settings(reader, config.client);
  if (const std::string* group = reader.find("group.id")) config.group_id = *group;
  if (const std::string* instance = reader.find("group.instance.id")) config.group_instance_id = *instance;
  if (const std::string* reset = reader.find("auto.offset.reset")) {
    Outcome<OffsetReset> parsed = parse_offset_reset(*reset);
    if (parsed)
      config.auto_offset_reset = *parsed;
    else
      reader.complain(std::move(parsed.error().what));
  }
  if (reader.is_set("enable.auto.commit")) {
    bool wanted = true;
    reader.boolean("enable.auto.commit", wanted);
    config.enable_auto_commit = wanted;
  }
  reader.duration("auto.commit.interval.ms", config.auto_commit_interval);
  reader.integer("fetch.min.bytes", config.fetch_min_bytes, 0);
  reader.integer("fetch.max.bytes", config.fetch_max_bytes, 0);
  reader.duration("fetch.max.wait.ms", config.fetch_max_wait);
  reader.integer("max.partition.fetch.bytes", config.max_partition_fetch_bytes, 0);
  reader.integer("max.poll.records", config.max_poll_records, 1, std::numeric_limits<std::int32_t>::max());
  reader.duration("max.poll.interval.ms", config.max_poll_interval, 1);
  reader.duration("session.timeout.ms", config.session_timeout, 1);
  reader.duration("heartbeat.interval.ms", config.heartbeat_interval, 1);
  reader.list("partition.assignment.strategy", config.partition_assignment_strategy);
  for (std::string& name : config.partition_assignment_strategy) name = assignor_name(name);
  reader.choice("isolation.level", config.isolation_level,
                {{"read_uncommitted", IsolationLevel::read_uncommitted},
                 {"read_committed", IsolationLevel::read_committed}});
  reader.boolean("check.crcs", config.check_crcs);
  reader.boolean("exclude.internal.topics", config.exclude_internal_topics);
  reader.boolean("allow.auto.create.topics", config.client.allow_auto_create_topics);
  read_group_protocol(reader, config);
  reader.ignore({"internal.leave.group.on.close", "internal.throw.on.fetch.stable.offset.unsupported"});
  if (Outcome<void> read = reader.finish(config.client); !read) return failed(std::move(read.error()));
  if (Outcome<void> checked = config.check(); !checked) return failed(std::move(checked.error()));
  return config;
}

}  // namespace sluice::client
