#include "config/broker_layers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/assert.h"
#include "config/detail/text.h"

namespace sluice {
namespace {

using Names = std::vector<std::string>;

/// Certificates and keys: a listener's own, never a whole broker's.
bool is_listener_security(std::string_view name) {
  return name == "ssl.key.password" || name.starts_with("ssl.keystore.") || name.starts_with("ssl.truststore.");
}

/// Limits that a whole cluster's listeners may share.
bool is_cluster_listener_key(std::string_view name) {
  return name == "max.connections" || name == "max.connection.creation.rate" || name == "num.network.threads";
}

bool is_read_only(std::string_view name) {
  const ConfigDefinition* definition = find_config(ConfigScope::broker, name);
  return definition && !definition->undeclared && definition->update == ConfigUpdate::read_only;
}

bool is_for_one_broker(std::string_view name) {
  if (const auto key = listener_override_key(name)) return !is_cluster_listener_key(*key);
  const ConfigDefinition* definition = find_config(ConfigScope::broker, name);
  return definition && definition->update == ConfigUpdate::per_broker;
}

Result<void> validate_type(const std::string& name, const std::string& text) {
  const ConfigDefinition* definition = find_config_or_listener_override(ConfigScope::broker, name);
  if (!definition) return {};
  const auto value = parse_config_value(*definition, definition->name, text);
  if (!value) return fail(value.error());
  return {};
}

/// Fails if any name of `settings` is as `forbidden` says.
template <class Forbidden>
Result<void> refuse_names(const ConfigMap& settings, std::string_view complaint, Forbidden forbidden) {
  Names names;
  for (const auto& [name, text] : settings)
    if (forbidden(name)) names.push_back(name);
  if (names.empty()) return {};
  return fail(Errc::invalid_argument, "{}: [{}]", complaint, detail::joined(names, ", "));
}

/// Leaves out of `settings` what may not stand there, and says so.
std::vector<std::string> drop_invalid(ConfigMap& settings, bool for_one_broker) {
  std::vector<std::string> complaints;
  std::erase_if(settings, [&](const auto& setting) {
    const Result<void> valid = validate_dynamic_broker_config({setting}, for_one_broker);
    if (!valid) complaints.push_back(fmt::format("A dynamic configuration is ignored. {}", valid.error().what));
    return !valid.has_value();
  });
  return complaints;
}

/// The names under which a value for `name` may stand, the strongest first.
Names names_of(std::string_view name) {
  if (const auto key = listener_override_key(name)) return {std::string(name), std::string(*key)};
  const ConfigDefinition* definition = find_config(ConfigScope::broker, name);
  if (!definition || definition->synonyms.empty()) return {std::string(name)};
  return {definition->synonyms.begin(), definition->synonyms.end()};
}

/// What may not be shown: secrets, and what we do not know.
bool is_sensitive(const ConfigDefinition* definition) { return !definition || definition->sensitive; }

}  // namespace

Result<void> validate_dynamic_broker_config(const ConfigMap& settings, bool for_one_broker) {
  if (auto checked = refuse_names(settings, "Cannot update these configs dynamically", is_read_only); !checked)
    return checked;
  constexpr std::string_view kPerListener =
      "These security configs can be dynamically updated only per-listener using the listener prefix";
  if (auto checked = refuse_names(settings, kPerListener, is_listener_security); !checked) return checked;
  for (const auto& [name, text] : settings)
    if (auto checked = validate_type(name, text); !checked) return checked;
  if (for_one_broker) return {};
  return refuse_names(settings,
                      "Cannot update these configs at default cluster level, broker id must be specified",
                      is_for_one_broker);
}

BrokerLayers::BrokerLayers(Configuration at_start) : at_start_(std::move(at_start)), effective_(at_start_) {}

std::vector<std::string> BrokerLayers::replace_cluster_settings(const ConfigMap& settings) {
  cluster_ = settings;
  std::vector<std::string> complaints = drop_invalid(cluster_, false);
  rebuild();
  return complaints;
}

std::vector<std::string> BrokerLayers::replace_broker_settings(const ConfigMap& settings) {
  broker_ = settings;
  std::vector<std::string> complaints = drop_invalid(broker_, true);
  rebuild();
  return complaints;
}

void BrokerLayers::rebuild() {
  effective_ = at_start_;
  for (const auto* layer : {&cluster_, &broker_}) {
    const std::string origin = layer == &cluster_ ? "set for all brokers" : "set for this broker";
    for (const auto& [name, text] : *layer) {
      const Result<void> taken = effective_.set({name, text, origin});
      SLUICE_ASSERT(taken.has_value());  // drop_invalid has read every value before.
    }
  }
}

std::vector<ConfigSynonym> BrokerLayers::synonyms(std::string_view name) const {
  const bool hidden = is_sensitive(find_config_or_listener_override(ConfigScope::broker, name));
  std::vector<ConfigSynonym> found;
  const auto add = [&](std::string_view at, std::optional<std::string_view> text, ConfigSource source) {
    if (!text) return;
    found.push_back({std::string(at), hidden ? std::nullopt : std::optional<std::string>(*text), source});
  };
  const auto of_map = [](const ConfigMap& map, std::string_view at) {
    const auto entry = map.find(at);
    return entry == map.end() ? std::nullopt : std::optional<std::string_view>(entry->second);
  };

  const Names names = names_of(name);
  for (const std::string& at : names) add(at, of_map(broker_, at), ConfigSource::dynamic_broker_config);
  for (const std::string& at : names) add(at, of_map(cluster_, at), ConfigSource::dynamic_default_broker_config);
  for (const std::string& at : names) add(at, at_start_.set_text(at), ConfigSource::static_broker_config);
  for (const std::string& at : names) {
    const ConfigDefinition* definition = find_config(ConfigScope::broker, at);
    if (definition && !definition->undeclared) add(at, definition->default_text, ConfigSource::default_config);
  }
  found.erase(found.begin(), std::ranges::find(found, name, &ConfigSynonym::name));
  return found;
}

std::optional<ConfigEntry> BrokerLayers::describe(std::string_view name) const {
  const ConfigDefinition* definition = find_config_or_listener_override(ConfigScope::broker, name);
  const bool declared = definition && !definition->undeclared && definition->name == name;
  if (!declared && !effective_.is_set(name)) return std::nullopt;

  ConfigEntry entry;
  entry.name = name;
  entry.sensitive = is_sensitive(definition);
  entry.type = definition ? definition->type : ConfigType::unknown;
  entry.read_only = !definition || definition->update == ConfigUpdate::read_only;
  entry.synonyms = synonyms(name);
  if (!entry.synonyms.empty()) entry.source = entry.synonyms.front().source;
  if (definition) entry.documentation = definition->description;
  if (!entry.sensitive) entry.value = config_text(effective_.value(name));
  return entry;
}

std::vector<ConfigEntry> BrokerLayers::describe_all() const {
  std::set<std::string, std::less<>> names;
  for (const ConfigDefinition& definition : config_definitions(ConfigScope::broker))
    if (!definition.internal && !definition.undeclared) names.emplace(definition.name);
  for (const auto& [name, text] : effective_.set_texts()) names.insert(name);

  std::vector<ConfigEntry> entries;
  for (const std::string& name : names)
    if (auto entry = describe(name)) entries.push_back(std::move(*entry));
  return entries;
}

std::optional<ConfigEntry> BrokerLayers::describe_cluster_setting(std::string_view name) const {
  std::optional<ConfigEntry> entry = describe(name);
  if (!entry) return entry;
  std::erase_if(entry->synonyms, [](const ConfigSynonym& synonym) {
    return synonym.source != ConfigSource::dynamic_default_broker_config;
  });
  entry->source = ConfigSource::dynamic_default_broker_config;
  // Not the value in force: this broker may have another one of its own.
  if (!entry->sensitive) entry->value = cluster_.find(name)->second;
  return entry;
}

std::vector<ConfigEntry> BrokerLayers::describe_cluster_settings() const {
  std::vector<ConfigEntry> entries;
  for (const auto& [name, text] : cluster_)
    if (auto entry = describe_cluster_setting(name)) entries.push_back(std::move(*entry));
  return entries;
}

}  // namespace sluice
