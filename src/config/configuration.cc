#include "config/configuration.h"

#include <algorithm>

#include "base/assert.h"
#include "config/detail/text.h"

namespace sluice {
namespace {

// Keys of plugins and providers: any name may follow.
constexpr std::string_view kOpenPrefixes[] = {"rsm.config.", "rlmm.config.", "config.providers.",
                                              "confluent.",  "metrics.",     "listener.name."};

bool is_open(std::string_view name) {
  return std::ranges::any_of(kOpenPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// Whether a node that is alone does so anyway: Kafka's own files have it, and whoever took them over asked for
/// nothing.
bool goes_without_saying(std::string_view name) { return name == "inter.broker.listener.name"; }

/// What to show of a value in messages.
std::string_view shown(const ConfigDefinition* definition, std::string_view text) {
  return definition && definition->sensitive ? "[hidden]" : text;
}

}  // namespace

Result<Configuration> Configuration::from(ConfigScope scope, std::span<const ConfigSetting> settings) {
  Configuration configuration(scope);
  std::string complaints;
  for (const ConfigSetting& setting : settings) {
    if (const Result<void> taken = configuration.set(setting); !taken) {
      if (!complaints.empty()) complaints += '\n';
      complaints += taken.error().what;
    }
  }
  if (!complaints.empty()) return fail(Error{Errc::invalid_argument, std::move(complaints)});
  return configuration;
}

Result<void> Configuration::set(ConfigSetting setting) {
  const ConfigDefinition* definition = find_config_or_listener_override(scope_, setting.name);
  Entry entry{.text = std::move(setting.value), .origin = std::move(setting.origin), .value = {}};
  if (definition) {
    Result<ConfigValue> value = parse_config_value(*definition, setting.name, entry.text);
    if (!value) return fail(Errc::invalid_argument, "{} ({})", value.error().what, entry.origin);
    entry.value = std::move(*value);
  } else {
    entry.value = std::string(detail::trimmed(entry.text));
  }
  setting.value = entry.text;
  setting.origin = entry.origin;
  settings_.insert_or_assign(setting.name, std::move(entry));
  warn_of(definition, setting);
  return {};
}

void Configuration::warn_of(const ConfigDefinition* definition, const ConfigSetting& setting) {
  if (definition) {
    if (config_text(value(setting.name)) == definition->default_text) return;
    // Numbers of threads and the like stand in every file and need no word; a class that would have been asked for
    // its opinion does.
    const bool missed = definition->undeclared || definition->type == ConfigType::class_name;
    if (definition->status == ConfigStatus::no_effect && missed)
      warnings_.push_back(fmt::format("{}={} has no effect ({}). {}", setting.name,
                                      shown(definition, setting.value), setting.origin, definition->description));
    // Whoever sets a quota or an authorizer must not believe it to be in force. Of a single listener's values none
    // is.
    const bool for_one_listener = setting.name != definition->name;
    const bool inert = definition->status == ConfigStatus::known ||
                       (definition->status == ConfigStatus::acts && for_one_listener);
    if (inert && scope_ == ConfigScope::broker && !goes_without_saying(setting.name))
      warnings_.push_back(
          fmt::format("{} is accepted, but nothing acts on it yet ({})", setting.name, setting.origin));
    return;
  }
  if (is_open(setting.name)) return;
  const auto similar = similar_config(scope_, setting.name);
  warnings_.push_back(fmt::format("{} is no {} configuration and is ignored ({}){}", setting.name,
                                  sluice::name(scope_), setting.origin,
                                  similar ? fmt::format("; did you mean {}?", *similar) : ""));
}

const ConfigDefinition& Configuration::definition(std::string_view name,
                                                  std::initializer_list<ConfigType> types) const {
  const ConfigDefinition* found = find_config(scope_, name);
  SLUICE_ASSERT(found != nullptr);
  SLUICE_ASSERT(types.size() == 0 || std::ranges::find(types, found->type) != types.end());
  return *found;
}

ConfigValue Configuration::value(std::string_view name) const {
  if (const auto found = settings_.find(name); found != settings_.end()) return found->second.value;
  return default_config_value(definition(name, {}));
}

ConfigValue Configuration::value_for_listener(std::string_view listener, std::string_view name,
                                              std::string_view mechanism) const {
  const std::string prefix = fmt::format("listener.name.{}.", detail::lower_case(listener));
  if (!mechanism.empty()) {
    const auto found = settings_.find(fmt::format("{}{}.{}", prefix, detail::lower_case(mechanism), name));
    if (found != settings_.end()) return found->second.value;
  }
  if (const auto found = settings_.find(prefix + std::string(name)); found != settings_.end())
    return found->second.value;
  return value(name);
}

bool Configuration::boolean(std::string_view name) const {
  definition(name, {ConfigType::boolean});
  const ConfigValue found = value(name);
  return std::holds_alternative<bool>(found) && std::get<bool>(found);
}

std::optional<std::int64_t> Configuration::find_int64(std::string_view name) const {
  definition(name, {ConfigType::int16, ConfigType::int32, ConfigType::int64});
  const ConfigValue found = value(name);
  if (!std::holds_alternative<std::int64_t>(found)) return std::nullopt;
  return std::get<std::int64_t>(found);
}

std::int64_t Configuration::int64(std::string_view name) const { return find_int64(name).value_or(0); }

std::int32_t Configuration::int32(std::string_view name) const {
  definition(name, {ConfigType::int16, ConfigType::int32});
  return static_cast<std::int32_t>(
      find_int64(name).value_or(0));  // It fits: its type was checked when it was set.
}

double Configuration::float64(std::string_view name) const {
  definition(name, {ConfigType::float64});
  const ConfigValue found = value(name);
  return std::holds_alternative<double>(found) ? std::get<double>(found) : 0;
}

std::optional<std::string> Configuration::find_text(std::string_view name) const {
  definition(name, {ConfigType::string, ConfigType::class_name, ConfigType::password});
  ConfigValue found = value(name);
  if (!std::holds_alternative<std::string>(found)) return std::nullopt;
  return std::get<std::string>(std::move(found));
}

std::string Configuration::text(std::string_view name) const { return find_text(name).value_or(""); }

std::vector<std::string> Configuration::list(std::string_view name) const {
  definition(name, {ConfigType::list});
  ConfigValue found = value(name);
  if (!std::holds_alternative<std::vector<std::string>>(found)) return {};
  return std::get<std::vector<std::string>>(std::move(found));
}

std::string_view Configuration::origin(std::string_view name) const {
  const auto found = settings_.find(name);
  return found == settings_.end() ? std::string_view() : std::string_view(found->second.origin);
}

std::optional<std::string_view> Configuration::set_text(std::string_view name) const {
  const auto found = settings_.find(name);
  if (found == settings_.end()) return std::nullopt;
  return found->second.text;
}

ConfigMap Configuration::with_prefix(std::string_view prefix) const {
  ConfigMap found;
  for (auto entry = settings_.lower_bound(prefix); entry != settings_.end() && entry->first.starts_with(prefix);
       ++entry)
    found.emplace(entry->first.substr(prefix.size()), entry->second.text);
  return found;
}

ConfigMap Configuration::set_texts() const {
  ConfigMap texts;
  for (const auto& [name, entry] : settings_) texts.emplace(name, entry.text);
  return texts;
}

std::vector<ConfigSetting> settings_of_file(std::span<const Property> properties, std::string_view file,
                                            std::vector<std::string>& warnings) {
  std::vector<ConfigSetting> settings;
  std::map<std::string, int, std::less<>> lines;
  for (const Property& property : properties) {
    const auto [line, fresh] = lines.try_emplace(property.key, property.line);
    if (!fresh) {
      warnings.push_back(fmt::format("{} is set at lines {} and {} of {}; the last one counts", property.key,
                                     line->second, property.line, file));
      line->second = property.line;
    }
    settings.push_back({property.key, property.value, fmt::format("{}:{}", file, property.line)});
  }
  return settings;
}

Result<ConfigSetting> setting_of_override(std::string_view argument) {
  const std::size_t equals = argument.find('=');
  const std::string_view key = detail::trimmed(argument.substr(0, equals));
  if (equals == std::string_view::npos || key.empty())
    return fail(Errc::invalid_argument, "--override {}: give it as key=value", argument);
  return ConfigSetting{std::string(key), std::string(argument.substr(equals + 1)), "--override"};
}

}  // namespace sluice
