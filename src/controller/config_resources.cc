#include "controller/config_resources.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/config_value.h"

namespace sluice {
namespace {

constexpr std::int64_t kPushIntervalMin = 100;
constexpr std::int64_t kPushIntervalMax = 3'600'000;
constexpr std::array<std::string_view, 6> kClientSelectors{"client_instance_id",    "client_id",
                                                           "client_software_name",  "client_software_version",
                                                           "client_source_address", "client_source_port"};

/// The broker's bound for a group's key: group.consumer.min.session.timeout.ms for consumer.session.timeout.ms.
std::optional<std::int64_t> group_bound(const Configuration& broker, std::string_view key,
                                        std::string_view bound) {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string name = fmt::format("group.{}.{}.{}", key.substr(0, dot), bound, key.substr(dot + 1));
  if (find_config(ConfigScope::broker, name) == nullptr) return std::nullopt;
  return broker.find_int64(name);
}

bool is_client_match(std::string_view pattern) {
  const std::size_t equals = pattern.find('=');
  if (equals == std::string_view::npos || equals + 1 == pattern.size()) return false;
  return std::ranges::find(kClientSelectors, pattern.substr(0, equals)) != kClientSelectors.end();
}

OrApiError<void> check_push_interval(std::string_view text) {
  std::int64_t interval = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), interval);
  if (error == std::errc{} && end == text.data() + text.size() && interval >= kPushIntervalMin &&
      interval <= kPushIntervalMax)
    return {};
  return refuse(ErrorCode::invalid_request,
                "Invalid value {} for interval.ms, interval must be between {} and {} (1 hour)", text,
                kPushIntervalMin, kPushIntervalMax);
}

}  // namespace

std::optional<ConfigScope> config_scope(ConfigResourceType type) {
  switch (type) {
    case ConfigResourceType::topic: return ConfigScope::topic;
    case ConfigResourceType::broker: return ConfigScope::broker;
    case ConfigResourceType::client_metrics: return ConfigScope::client_metrics;
    case ConfigResourceType::group: return ConfigScope::group;
    case ConfigResourceType::broker_logger:
    case ConfigResourceType::unknown: break;
  }
  return std::nullopt;
}

OrApiError<void> check_group_config(const ConfigMap& values, const Configuration& broker) {
  constexpr auto kCode = ErrorCode::invalid_config;
  for (const auto& [key, text] : values) {
    const ConfigDefinition* definition = find_config(ConfigScope::group, key);
    if (definition == nullptr) return refuse(kCode, "Unknown group config name: {}", key);
    const auto value = parse_config_value(*definition, key, text);
    if (!value) return refuse(kCode, "{}", value.error().what);
    const auto* number = std::get_if<std::int64_t>(&*value);
    if (number == nullptr) continue;
    const auto low = group_bound(broker, key, "min");
    const auto high = group_bound(broker, key, "max");
    if (low && high && (*number < *low || *number > *high))
      return refuse(kCode, "{} must be in the range {} to {} inclusive.", key, *low, *high);
    if (low && *number < *low) return refuse(kCode, "{} must be greater than or equal to {}", key, *low);
    if (high && *number > *high) return refuse(kCode, "{} must be less than or equal to {}", key, *high);
  }
  return {};
}

OrApiError<void> check_client_metrics_config(const ConfigMap& values) {
  for (const auto& [key, text] : values) {
    if (find_config(ConfigScope::client_metrics, key) == nullptr)
      return refuse(ErrorCode::invalid_request, "Unknown client metrics configuration: {}", key);
    if (key == "interval.ms") {
      if (auto valid = check_push_interval(text); !valid) return valid;
    } else if (key == "match") {
      for (std::string_view rest = text; !rest.empty();) {
        const std::size_t comma = rest.find(',');
        const std::string_view pattern = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        if (!is_client_match(pattern))
          return refuse(ErrorCode::invalid_config, "Illegal client matching pattern: {}", pattern);
      }
    }
  }
  return {};
}

}  // namespace sluice
