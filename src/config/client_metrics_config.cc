#include "config/client_metrics_config.h"

#include <algorithm>
#include <array>

#include "config/detail/text.h"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 6> kMatchable = {"client_id",
                                                        "client_instance_id",
                                                        "client_software_name",
                                                        "client_software_version",
                                                        "client_source_address",
                                                        "client_source_port"};

Result<void> check_match(std::string_view pair, bool (*is_pattern)(std::string_view)) {
  const std::size_t equals = pair.find('=');
  const bool whole = equals != std::string_view::npos && pair.find('=', equals + 1) == std::string_view::npos;
  const std::string_view name = detail::trimmed(pair.substr(0, equals));
  if (whole && std::ranges::find(kMatchable, name) != kMatchable.end() &&
      is_pattern(detail::trimmed(pair.substr(equals + 1))))
    return {};
  return fail(Errc::invalid_argument, "Illegal client matching pattern: {}", pair);
}

}  // namespace

Result<void> validate_client_metrics_config(const ConfigMap& settings, bool (*is_pattern)(std::string_view)) {
  constexpr std::int64_t kIntervalMin = 100;
  constexpr std::int64_t kIntervalMax = 3'600'000;
  for (const auto& [name, text] : settings) {
    const ConfigDefinition* definition = find_config(ConfigScope::client_metrics, name);
    if (!definition) return fail(Errc::invalid_argument, "Unknown client metrics configuration: {}", name);
    const auto value = parse_config_value(*definition, name, text);
    if (!value) return fail(value.error());
    const auto* interval = std::get_if<std::int64_t>(&*value);
    if (interval && (*interval < kIntervalMin || *interval > kIntervalMax))
      return fail(Errc::invalid_argument, "Invalid value {} for {}, interval must be between {} and {} (1 hour)",
                  *interval, name, kIntervalMin, kIntervalMax);
    if (name != "match") continue;
    for (const std::string& pair : std::get<std::vector<std::string>>(*value))
      if (auto checked = check_match(pair, is_pattern); !checked) return checked;
  }
  return {};
}

std::vector<ConfigEntry> describe_client_metrics_configs(const ConfigMap& settings) {
  std::vector<ConfigEntry> entries;
  for (const ConfigDefinition& definition : config_definitions(ConfigScope::client_metrics)) {
    ConfigEntry entry;
    entry.name = definition.name;
    entry.type = definition.type;
    entry.documentation = definition.description;
    entry.value = std::string(definition.default_text.value_or(""));
    if (const auto set = settings.find(definition.name); set != settings.end()) {
      entry.value = set->second;
      entry.source = ConfigSource::client_metrics_config;
      entry.synonyms = {{entry.name, entry.value, entry.source}};
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace sluice
