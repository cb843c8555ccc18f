#include "config/config_definition.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/detail/config_tables.h"

namespace sluice {
namespace {

// Keys that may carry a SASL mechanism between the listener's name and their own.
constexpr std::array<std::string_view, 5> kMechanismKeys = {
    "sasl.jaas.config", "sasl.login.callback.handler.class", "sasl.login.class",
    "sasl.server.callback.handler.class", "connections.max.reauth.ms"};

constexpr std::string_view kListenerPrefix = "listener.name.";

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' || c == '-' ? '.' : c;
}

/// How many letters must be inserted, dropped, changed or swapped with their neighbour to make `a` of `b`; a
/// number above `limit` where it is more than that. Case and the kind of separator do not count.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() + limit < b.size() || b.size() + limit < a.size()) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0u : 1u)});
      const bool swapped =
          i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::span<const ConfigDefinition> config_definitions(ConfigScope scope) {
  switch (scope) {
    case ConfigScope::broker: return detail::kBrokerConfigs;
    case ConfigScope::topic: return detail::kTopicConfigs;
    case ConfigScope::group: return detail::kGroupConfigs;
    case ConfigScope::quota: return detail::kQuotaConfigs;
    case ConfigScope::client_metrics: return detail::kClientMetricsConfigs;
    case ConfigScope::producer: return detail::kProducerConfigs;
    case ConfigScope::consumer: return detail::kConsumerConfigs;
    case ConfigScope::admin: return detail::kAdminConfigs;
  }
  return {};
}

const ConfigDefinition* find_config(ConfigScope scope, std::string_view name) {
  const auto definitions = config_definitions(scope);
  const auto found = std::ranges::lower_bound(definitions, name, {}, &ConfigDefinition::name);
  return found != definitions.end() && found->name == name ? &*found : nullptr;
}

std::optional<std::string_view> listener_override_key(std::string_view name) {
  if (!name.starts_with(kListenerPrefix)) return std::nullopt;
  const std::size_t dot = name.find('.', kListenerPrefix.size());
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view rest = name.substr(dot + 1);
  for (const std::string_view key : kMechanismKeys)
    if (rest.ends_with(key)) return key;
  return rest;
}

const ConfigDefinition* find_config_or_listener_override(ConfigScope scope, std::string_view name) {
  const ConfigDefinition* exact = find_config(scope, name);
  if (exact || scope != ConfigScope::broker) return exact;
  const auto key = listener_override_key(name);
  return key ? find_config(scope, *key) : nullptr;
}

std::optional<std::string_view> similar_config(ConfigScope scope, std::string_view name) {
  constexpr std::size_t kNameSizeMax = 200;  // Beyond every key; keeps the search cheap whatever a file holds.
  if (name.size() > kNameSizeMax) return std::nullopt;
  std::size_t best = std::min<std::size_t>(3, name.size() / 4) + 1;
  std::optional<std::string_view> nearest;
  for (const ConfigDefinition& definition : config_definitions(scope)) {
    if (definition.internal) continue;
    const std::size_t distance = edit_distance(name, definition.name, best);
    if (distance >= best) continue;
    best = distance;
    nearest = definition.name;
  }
  return nearest;
}

std::string_view name(ConfigScope scope) {
  switch (scope) {
    case ConfigScope::broker: return "broker";
    case ConfigScope::topic: return "topic";
    case ConfigScope::group: return "group";
    case ConfigScope::quota: return "quota";
    case ConfigScope::client_metrics: return "client metrics";
    case ConfigScope::producer: return "producer";
    case ConfigScope::consumer: return "consumer";
    case ConfigScope::admin: return "admin client";
  }
  return "?";
}

std::string_view name(ConfigType type) {
  switch (type) {
    case ConfigType::unknown: return "UNKNOWN";
    case ConfigType::boolean: return "BOOLEAN";
    case ConfigType::string: return "STRING";
    case ConfigType::int32: return "INT";
    case ConfigType::int16: return "SHORT";
    case ConfigType::int64: return "LONG";
    case ConfigType::float64: return "DOUBLE";
    case ConfigType::list: return "LIST";
    case ConfigType::class_name: return "CLASS";
    case ConfigType::password: return "PASSWORD";
  }
  return "?";
}

}  // namespace sluice
