// The rules for a topic's settings; the sentences are Kafka's, since tools and people look for them.
#include <limits>

#include "config/detail/text.h"
#include "config/detail/topic_values.h"
#include "config/topic_config.h"

namespace sluice {
namespace detail {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;

struct Behind {
  std::string_view key;
  std::int64_t unit;  // In milliseconds.
};
struct Chain {
  std::string_view key;
  Behind behind[2];
};
// The keys that count where the one in milliseconds is not set, the stronger first.
constexpr Chain kChains[] = {
    {"log.retention.ms", {{"log.retention.minutes", kMinute}, {"log.retention.hours", kHour}}},
    {"log.roll.ms", {{"log.roll.hours", kHour}, {}}},
    {"log.roll.jitter.ms", {{"log.roll.jitter.hours", kHour}, {}}},
    {"log.flush.interval.ms", {{"log.flush.scheduler.interval.ms", 1}, {}}},
};

}  // namespace

std::int64_t broker_milliseconds(const Configuration& broker, std::string_view key_of_milliseconds) {
  const bool is_retention = key_of_milliseconds == "log.retention.ms";
  std::optional<std::int64_t> found = broker.find_int64(key_of_milliseconds);
  for (const Chain& chain : kChains) {
    if (chain.key != key_of_milliseconds) continue;
    for (const Behind& behind : chain.behind) {
      if (found || behind.key.empty()) continue;
      // At most 2^31 hours, so that this does not overflow.
      if (const auto value = broker.find_int64(behind.key)) found = *value * behind.unit;
    }
  }
  const std::int64_t value = found.value_or(0);
  return is_retention && value < 0 ? -1 : value;  // Whatever is negative means for ever.
}

ConfigValue TopicValues::value(std::string_view name) const {
  if (topic_.is_set(name)) return topic_.value(name);
  const ConfigDefinition* definition = find_config(ConfigScope::topic, name);
  if (!definition || definition->synonyms.empty()) return topic_.value(name);
  const std::string_view behind = definition->synonyms.front();
  for (const Chain& chain : kChains)
    if (chain.key == behind) return broker_milliseconds(broker_, behind);
  return broker_.value(behind);
}

}  // namespace detail

namespace {

using detail::TopicValues;

constexpr std::int64_t kAsRetention = -2;
constexpr std::int64_t kUnlimited = -1;
constexpr std::int64_t kAsLocalRetention = -1;

/// What the two kinds of retention, by time and by size, have in common: the local one bounded by the whole one.
struct RetentionKeys {
  std::string_view whole;
  std::string_view local;
  std::string_view copy_lag;
};
constexpr RetentionKeys kByTime = {"retention.ms", "local.retention.ms", "remote.copy.lag.ms"};
constexpr RetentionKeys kBySize = {"retention.bytes", "local.retention.bytes", "remote.copy.lag.bytes"};

Result<void> refuse(std::string_view name, std::int64_t value, std::string_view why) {
  return fail(invalid_config_value(name, fmt::format("{}", value), why));
}

Result<void> check_local_retention(const TopicValues& values, const RetentionKeys& keys) {
  const std::int64_t whole = values.number(keys.whole);
  const std::int64_t local = values.number(keys.local);
  if (whole < 0 || local == kAsRetention) return {};
  if (local == kUnlimited)
    return refuse(keys.local, local,
                  fmt::format("Value must not be -1 as {} value is set as {}.", keys.whole, whole));
  if (local > whole)
    return refuse(keys.local, local,
                  fmt::format("Value must not be more than {} property value: {}", keys.whole, whole));
  return {};
}

Result<void> check_copy_disabled(const TopicValues& values, const RetentionKeys& keys) {
  const std::int64_t local = values.number(keys.local);
  if (local == kAsRetention || local == values.number(keys.whole)) return {};
  return fail(
      Errc::invalid_argument,
      "When `remote.log.copy.disable` is set to true, the `{}` and `{}` must be set to the identical value "
      "because there will be no more logs copied to the remote storage.",
      keys.local, keys.whole);
}

/// A segment must have been copied before local retention may drop it.
Result<void> check_copy_lag(const TopicValues& values, const RetentionKeys& keys) {
  const std::int64_t lag = values.number(keys.copy_lag);
  std::int64_t local = values.number(keys.local);
  if (local == kAsRetention) local = values.number(keys.whole);
  if (lag == kAsLocalRetention || local < 0 || lag <= local) return {};
  return refuse(keys.copy_lag, lag,
                fmt::format("Value must not exceed {} (effective value: {})", keys.local, local));
}

Result<void> check_tiered(const TopicValues& values, const Configuration& broker) {
  if (!broker.boolean("remote.log.storage.system.enable"))
    return fail(
        Errc::invalid_argument,
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log "
        "storage.");
  const auto policies = values.list("cleanup.policy");
  if (!policies.empty() && policies != std::vector<std::string>{"delete"})
    return fail(
        Errc::invalid_argument,
        "Remote log storage only supports topics with cleanup.policy=delete or cleanup.policy being an empty "
        "list.");
  const bool copies = !values.boolean("remote.log.copy.disable");
  for (const RetentionKeys& keys : {kBySize, kByTime})
    if (auto checked = check_local_retention(values, keys); !checked) return checked;
  for (const RetentionKeys& keys : {kBySize, kByTime})
    if (auto checked = copies ? Result<void>() : check_copy_disabled(values, keys); !checked) return checked;
  for (const RetentionKeys& keys : {kByTime, kBySize})
    if (auto checked = check_copy_lag(values, keys); !checked) return checked;
  return {};
}

Result<void> check_turned_off(const TopicValues& values, const ConfigMap& before) {
  const auto was = before.find("remote.storage.enable");
  const bool was_tiered = was != before.end() && detail::equal_ignoring_case(was->second, "true");
  if (!was_tiered || values.boolean("remote.log.delete.on.disable")) return {};
  return fail(
      Errc::invalid_argument,
      "It is invalid to disable remote storage without deleting remote data. If you want to keep the remote "
      "data and turn to read only, please set `remote.storage.enable=true,remote.log.copy.disable=true`. If you "
      "want to disable remote storage and delete all remote data, please set "
      "`remote.storage.enable=false,remote.log.delete.on.disable=true`.");
}

}  // namespace

Result<void> validate_topic_config(const ConfigMap& settings, const ConfigMap& before,
                                   const Configuration& broker) {
  Configuration topic(ConfigScope::topic);
  for (const auto& [name, text] : settings)
    if (!find_config(ConfigScope::topic, name))
      return fail(Errc::invalid_argument, "Unknown topic config name: {}", name);
  for (const auto& [name, text] : settings) {
    const ConfigDefinition& definition = *find_config(ConfigScope::topic, name);
    if (const auto value = parse_config_value(definition, name, text); !value) return fail(value.error());
    if (auto taken = topic.set({name, text, "topic"}); !taken) return taken;
  }

  const TopicValues values(topic, broker);
  const std::int64_t min_lag = values.number("min.compaction.lag.ms");
  const std::int64_t max_lag = values.number("max.compaction.lag.ms");
  if (min_lag > max_lag)
    return fail(Errc::invalid_argument,
                "conflict topic config setting min.compaction.lag.ms ({}) > max.compaction.lag.ms ({})", min_lag,
                max_lag);
  if (values.boolean("remote.storage.enable")) return check_tiered(values, broker);
  return check_turned_off(values, before);
}

}  // namespace sluice
