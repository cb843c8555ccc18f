#include "config/group_config.h"

#include <algorithm>
#include <limits>

#include "config/detail/text.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

/// A key whose value the broker bounds, on both sides or on one.
struct Bound {
  std::string_view key;
  std::string_view minimum;  // The broker's keys; empty: not bounded on that side.
  std::string_view maximum;
};
constexpr Bound kBounds[] = {
    {"consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms",
     "group.consumer.max.session.timeout.ms"},
    {"consumer.heartbeat.interval.ms", "group.consumer.min.heartbeat.interval.ms",
     "group.consumer.max.heartbeat.interval.ms"},
    {"consumer.assignment.interval.ms", "group.consumer.min.assignment.interval.ms",
     "group.consumer.max.assignment.interval.ms"},
    {"share.session.timeout.ms", "group.share.min.session.timeout.ms", "group.share.max.session.timeout.ms"},
    {"share.heartbeat.interval.ms", "group.share.min.heartbeat.interval.ms",
     "group.share.max.heartbeat.interval.ms"},
    {"share.assignment.interval.ms", "group.share.min.assignment.interval.ms",
     "group.share.max.assignment.interval.ms"},
    {"share.record.lock.duration.ms", "group.share.min.record.lock.duration.ms",
     "group.share.max.record.lock.duration.ms"},
    {"share.delivery.count.limit", "group.share.min.delivery.count.limit", "group.share.max.delivery.count.limit"},
    {"share.partition.max.record.locks", "group.share.min.partition.max.record.locks",
     "group.share.max.partition.max.record.locks"},
    {"streams.session.timeout.ms", "group.streams.min.session.timeout.ms", "group.streams.max.session.timeout.ms"},
    {"streams.heartbeat.interval.ms", "group.streams.min.heartbeat.interval.ms",
     "group.streams.max.heartbeat.interval.ms"},
    {"streams.assignment.interval.ms", "group.streams.min.assignment.interval.ms",
     "group.streams.max.assignment.interval.ms"},
    {"streams.num.standby.replicas", "", "group.streams.max.standby.replicas"},
    {"streams.num.warmup.replicas", "", "group.streams.max.warmup.replicas"},
    {"streams.task.offset.interval.ms", "group.streams.min.task.offset.interval.ms", ""},
};

/// Looks the keys of a group up: in its own settings, then in the broker's key behind them. Refers to both.
class GroupValues {
 public:
  GroupValues(const Configuration& group, const Configuration& broker) : group_(group), broker_(broker) {}

  ConfigValue value(std::string_view name) const {
    const ConfigDefinition* definition = find_config(ConfigScope::group, name);
    if (group_.is_set(name) || definition->synonyms.empty()) return group_.value(name);
    ConfigValue behind = broker_.value(definition->synonyms.front());
    // A list of assignors stands behind a single one: its first is the default.
    if (definition->type == ConfigType::string && std::holds_alternative<std::vector<std::string>>(behind)) {
      const auto& list = std::get<std::vector<std::string>>(behind);
      return list.empty() ? ConfigValue() : ConfigValue(list.front());
    }
    return behind;
  }

  /// Within the broker's bounds.
  std::int64_t number(std::string_view name) const {
    std::int64_t result = std::get<std::int64_t>(value(name));
    for (const Bound& bound : kBounds) {
      if (bound.key != name) continue;
      if (!bound.maximum.empty()) result = std::min(result, broker_.int64(bound.maximum));
      if (!bound.minimum.empty()) result = std::max(result, broker_.int64(bound.minimum));
    }
    return result;
  }
  std::int32_t int32(std::string_view name) const { return static_cast<std::int32_t>(number(name)); }
  milliseconds time(std::string_view name) const { return milliseconds(number(name)); }
  bool boolean(std::string_view name) const { return std::get<bool>(value(name)); }
  std::string text(std::string_view name) const { return config_text(value(name)).value_or(""); }

  GroupTimes times(std::string_view kind) const {
    return {.session_timeout = time(fmt::format("{}.session.timeout.ms", kind)),
            .heartbeat_interval = time(fmt::format("{}.heartbeat.interval.ms", kind)),
            .assignment_interval = time(fmt::format("{}.assignment.interval.ms", kind))};
  }

 private:
  const Configuration& group_;
  const Configuration& broker_;
};

Configuration usable(const ConfigMap& settings) {
  Configuration configuration(ConfigScope::group);
  for (const auto& [name, text] : settings)
    if (find_config(ConfigScope::group, name)) static_cast<void>(configuration.set({name, text, "group"}));
  return configuration;
}

Result<void> check_bound(const Bound& bound, std::int64_t value, const Configuration& broker) {
  constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  const std::int64_t minimum = bound.minimum.empty() ? -kNone : broker.int64(bound.minimum);
  const std::int64_t maximum = bound.maximum.empty() ? kNone : broker.int64(bound.maximum);
  if (value >= minimum && value <= maximum) return {};
  if (bound.minimum.empty())
    return fail(Errc::invalid_argument, "{} must be less than or equal to {}", bound.key, maximum);
  if (bound.maximum.empty())
    return fail(Errc::invalid_argument, "{} must be greater than or equal to {}", bound.key, minimum);
  return fail(Errc::invalid_argument, "{} must be in the range {} to {} inclusive.", bound.key, minimum, maximum);
}

Result<void> check_sessions(const Configuration& group, const GroupValues& values) {
  for (const std::string_view kind : {"consumer", "share", "streams"}) {
    const std::string session = fmt::format("{}.session.timeout.ms", kind);
    const std::string heartbeat = fmt::format("{}.heartbeat.interval.ms", kind);
    if (!group.is_set(session) && !group.is_set(heartbeat)) continue;
    if (values.time(session) <= values.time(heartbeat))
      return fail(Errc::invalid_argument, "{} must be greater than {}", session, heartbeat);
  }
  return {};
}

Result<void> check_names(const Configuration& group, const Configuration& broker) {
  if (group.text("errors.deadletterqueue.topic.name").starts_with("__"))
    return fail(Errc::invalid_argument,
                "errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'");
  const auto assignor = group.find_text("streams.assignor.name");
  const std::vector<std::string> known = broker.list("group.streams.assignors");
  if (!assignor || std::ranges::find(known, *assignor) != known.end()) return {};
  return fail(Errc::invalid_argument,
              "streams.assignor.name '{}' is not a registered task assignor. Registered assignors are: [{}].",
              *assignor, detail::joined(known, ", "));
}

}  // namespace

GroupConfig effective_group_config(const ConfigMap& settings, const Configuration& broker) {
  const Configuration group = usable(settings);
  const GroupValues values(group, broker);
  GroupConfig config;
  config.consumer = values.times("consumer");
  config.share = {.times = values.times("share"),
                  .delivery_count_limit = values.int32("share.delivery.count.limit"),
                  .partition_record_locks_max = values.int32("share.partition.max.record.locks"),
                  .record_lock_duration = values.time("share.record.lock.duration.ms"),
                  .renew_acknowledge = values.boolean("share.renew.acknowledge.enable"),
                  .read_committed = values.text("share.isolation.level") == "read_committed",
                  .auto_offset_reset = values.text("share.auto.offset.reset"),
                  .redelivery_backoff = values.time("sluice.share.redelivery.backoff.ms"),
                  .redelivery_backoff_max = values.time("sluice.share.redelivery.backoff.max.ms"),
                  .ordered_by_key = values.text("sluice.share.ordering") == "key",
                  .dead_letter_topic = values.text("errors.deadletterqueue.topic.name"),
                  .dead_letters_copy_record = values.boolean("errors.deadletterqueue.copy.record.enable")};
  config.streams.times = values.times("streams");
  config.streams.assignor = values.text("streams.assignor.name");
  config.streams.standby_replicas = values.int32("streams.num.standby.replicas");
  config.streams.warmup_replicas = values.int32("streams.num.warmup.replicas");
  config.streams.acceptable_recovery_lag = values.number("streams.acceptable.recovery.lag");
  config.streams.initial_rebalance_delay = values.time("streams.initial.rebalance.delay.ms");
  config.streams.task_offset_interval = values.time("streams.task.offset.interval.ms");
  config.streams.rack_aware_tags =
      std::get<std::vector<std::string>>(values.value("streams.rack.aware.assignment.tags"));
  return config;
}

Result<void> validate_group_config(const ConfigMap& settings, const Configuration& broker) {
  Configuration group(ConfigScope::group);
  for (const auto& [name, text] : settings) {
    const ConfigDefinition* definition = find_config(ConfigScope::group, name);
    if (!definition) return fail(Errc::invalid_argument, "Unknown group config name: {}", name);
    if (const auto value = parse_config_value(*definition, name, text); !value) return fail(value.error());
    if (auto taken = group.set({name, text, "group"}); !taken) return taken;
  }
  for (const Bound& bound : kBounds)
    if (group.is_set(bound.key))
      if (auto checked = check_bound(bound, group.int64(bound.key), broker); !checked) return checked;
  if (auto checked = check_sessions(group, GroupValues(group, broker)); !checked) return checked;
  return check_names(group, broker);
}

std::optional<ConfigEntry> describe_group_config(std::string_view name, const ConfigMap& settings,
                                                 const BrokerLayers& broker) {
  const ConfigDefinition* definition = find_config(ConfigScope::group, name);
  if (!definition) return std::nullopt;
  const Configuration group = usable(settings);
  ConfigEntry entry;
  entry.name = name;
  entry.type = definition->type;
  entry.documentation = definition->description;
  entry.value = config_text(GroupValues(group, broker.effective()).value(name));
  if (group.is_set(name)) entry.synonyms.push_back({entry.name, entry.value, ConfigSource::group_config});
  if (!definition->synonyms.empty()) {
    for (ConfigSynonym& synonym : broker.synonyms(definition->synonyms.front()))
      entry.synonyms.push_back(std::move(synonym));
  } else if (definition->default_text) {
    entry.synonyms.push_back({entry.name, std::string(*definition->default_text), ConfigSource::default_config});
  }
  if (!entry.synonyms.empty()) entry.source = entry.synonyms.front().source;
  return entry;
}

std::vector<ConfigEntry> describe_group_configs(const ConfigMap& settings, const BrokerLayers& broker) {
  std::vector<ConfigEntry> entries;
  for (const ConfigDefinition& definition : config_definitions(ConfigScope::group)) {
    if (definition.internal && !settings.contains(definition.name)) continue;
    entries.push_back(*describe_group_config(definition.name, settings, broker));
  }
  return entries;
}

}  // namespace sluice
