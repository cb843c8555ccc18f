#include "tools/config_arguments.h"

#include <algorithm>
#include <set>

#include "base/number_text.h"
#include "security/scram_credential.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using namespace entity_type;

constexpr Option kOptions[] = {
    {"add-config", "String", "Key Value pairs of configs to add: 'k1=v1,k2=[v1,v2,v2],k3=v3'"},
    {"add-config-file", "String", "Path to a properties file with configs to add"},
    {"all", "", "List all configs for the given entity, including static configs if available"},
    {"alter", "", "Alter the configuration for the entity"},
    {"bootstrap-controller", "String: controller to connect to", "The Kafka controllers to connect to"},
    {"bootstrap-server", "String: server to connect to", "The Kafka servers to connect to"},
    {"broker", "String", "The broker's ID"},
    {"broker-defaults", "", "The config defaults for all brokers"},
    {"broker-list", "String: server to connect to", "The same as --bootstrap-server"},
    {"broker-logger", "String", "The broker's ID for its logger config"},
    {"client", "String", "The client's ID"},
    {"client-defaults", "", "The config defaults for all clients"},
    {"client-id", "String", "The same as --client"},
    {"client-metrics", "String", "The client metrics config resource name"},
    {"command-config", "String: command config property file", "Property file with configs for the admin client"},
    {"delete-config", "String", "Config keys to remove 'k1,k2'"},
    {"describe", "", "List configs for the given entity"},
    {"entity-default", "", "Default entity name for clients/users/brokers/ips"},
    {"entity-name", "String", "Name of entity (topic name/client id/user principal name/broker id/ip/...)"},
    {"entity-type", "String",
     "Type of entity (topics/clients/users/brokers/broker-loggers/ips/client-metrics/groups)"},
    {"force", "", "Taken and left alone, as older versions had it"},
    {"group", "String", "The group's ID"},
    {"help", "", "Print usage information"},
    {"ip", "String", "The IP address"},
    {"ip-defaults", "", "The config defaults for all IPs"},
    {"topic", "String", "The topic's name"},
    {"user", "String", "The user's principal name"},
    {"user-defaults", "", "The config defaults for all users"},
    {"version", "", "Display version information"},
    {"zookeeper", "String: urls", "Taken for the brokers on the same hosts"},
};

/// The options that name one entity, with its type.
constexpr std::pair<std::string_view, std::string_view> kNamed[] = {{"topic", kTopics},
                                                                    {"client", kClients},
                                                                    {"client-id", kClients},
                                                                    {"user", kUsers},
                                                                    {"broker", kBrokers},
                                                                    {"broker-logger", kBrokerLoggers},
                                                                    {"ip", kIps},
                                                                    {"client-metrics", kClientMetrics},
                                                                    {"group", kGroups}};
/// The options that mean the default of a type.
constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {{"client-defaults", kClients},
                                                                       {"user-defaults", kUsers},
                                                                       {"broker-defaults", kBrokers},
                                                                       {"ip-defaults", kIps}};
constexpr std::string_view kTypes[] = {kTopics, kClients,       kUsers,  kBrokers,
                                       kIps,    kClientMetrics, kGroups, kBrokerLoggers};
/// What may be called by its default.
constexpr std::string_view kWithDefault[] = {kUsers, kClients, kBrokers, kIps};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Splits at each `separator` outside of brackets.
std::vector<std::string_view> split_outside_brackets(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != separator) continue;
    const std::size_t bracket = text.find_first_of("[]", at);
    if (bracket != std::string_view::npos && text[bracket] == ']') continue;
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

void read_entities(const Options& options, ConfigArguments& arguments) {
  arguments.types = options.all("entity-type");
  std::size_t next_name = 0;
  for (const std::string& option : options.order()) {
    if (option == "entity-name") arguments.names.push_back(options.all("entity-name").at(next_name++));
    if (option == "entity-default") arguments.names.emplace_back();
  }
  for (const auto& [option, type] : kNamed) {
    const auto name = options.find(option);
    if (!name) continue;
    arguments.types.emplace_back(type);
    arguments.names.push_back(*name);
  }
  for (const auto& [option, type] : kDefaults) {
    if (!options.has(option)) continue;
    arguments.types.emplace_back(type);
    arguments.names.emplace_back();
  }
}

Result<void> check_types(const Options& options, const ConfigArguments& arguments) {
  std::set<std::string> types;
  std::vector<std::string> repeated;
  for (const std::string& type : arguments.types)
    if (!types.insert(type).second) repeated.push_back(type);
  if (!repeated.empty())
    return fail(Errc::invalid_argument, "Duplicate entity type(s) specified: {}", joined(repeated));
  for (const std::string& type : arguments.types)
    if (std::ranges::find(kTypes, type) == std::end(kTypes))
      return fail(
          Errc::invalid_argument,
          "Invalid entity type {}, the entity type must be one of topics, clients, users, brokers, ips, "
          "client-metrics, groups, broker-loggers with a --bootstrap-server or --bootstrap-controller argument",
          type);
  if (types.empty()) return fail(Errc::invalid_argument, "At least one entity type must be specified");
  if (types.size() > 1 && types != std::set<std::string>{std::string(kUsers), std::string(kClients)})
    return fail(Errc::invalid_argument, "Only 'users' and 'clients' entity types may be specified together");
  const auto given = [&options](const auto& entry) { return options.has(entry.first); };
  const bool generic = options.has("entity-name") || options.has("entity-type") || options.has("entity-default");
  if (generic && (std::ranges::any_of(kNamed, given) || std::ranges::any_of(kDefaults, given)))
    return fail(Errc::invalid_argument,
                "--entity-{{type,name,default}} should not be used in conjunction with specific entity flags");
  return {};
}

Result<void> check_names(const Options& options, const ConfigArguments& arguments) {
  const bool named = std::ranges::any_of(arguments.names, [](const auto& name) { return !name.empty(); });
  const bool by_default = std::ranges::any_of(arguments.names, &std::string::empty);
  if (arguments.has_type(kBrokers) || arguments.has_type(kBrokerLoggers)) {
    for (const std::string& name : arguments.names) {
      if (!name.empty() && !parse_number<std::int32_t>(name))
        return fail(Errc::invalid_argument,
                    "The entity name for {} must be a valid integer broker id, but it is: {}",
                    arguments.types.front(), name);
    }
  }
  const bool may_default =
      std::ranges::any_of(kWithDefault, [&arguments](std::string_view type) { return arguments.has_type(type); });
  if (!arguments.alter) {
    if (!may_default && options.has("entity-default"))
      return fail(Errc::invalid_argument, "--entity-default must not be specified with --describe of {}",
                  joined(arguments.types));
    if (arguments.has_type(kBrokerLoggers) && !named)
      return fail(Errc::invalid_argument, "An entity name must be specified with --describe of {}",
                  joined(arguments.types));
    return {};
  }
  if (may_default && !named && !by_default)
    return fail(
        Errc::invalid_argument,
        "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips");
  if (!may_default && !named)
    return fail(Errc::invalid_argument, "An entity name must be specified with --alter of {}",
                joined(arguments.types));
  return {};
}

Result<void> check_servers(const Options& options) {
  int count = 0;
  for (const std::string_view name : {"bootstrap-server", "broker-list", "bootstrap-controller", "zookeeper"})
    count += options.has(name) ? 1 : 0;
  if (count == 0)
    return fail(Errc::invalid_argument, "Either --bootstrap-server or --bootstrap-controller must be specified.");
  if (count > 1)
    return fail(Errc::invalid_argument,
                "Only one of --bootstrap-server or --bootstrap-controller can be specified");
  return {};
}

Result<void> read_changes(const Options& options, ConfigArguments& arguments) {
  const bool file = options.has("add-config-file");
  if (options.has("add-config") && file)
    return fail(Errc::invalid_argument, "Only one of --add-config or --add-config-file must be specified");
  if (!options.has("add-config") && !file && !options.has("delete-config"))
    return fail(
        Errc::invalid_argument,
        "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter");
  if (file) {
    const auto settings = read_settings(options.find("add-config-file"), {});
    if (!settings) return fail(settings.error());
    arguments.added.insert(settings->begin(), settings->end());
  }
  for (const std::string& text : options.all("add-config")) {
    auto pairs = parse_config_pairs(text);
    if (!pairs) return fail(pairs.error());
    arguments.added.merge(*pairs);
  }
  constexpr std::string_view kKeyLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  for (const auto& [key, value] : arguments.added)
    if (key.find_first_not_of(kKeyLetters) != std::string::npos)
      return fail(Errc::invalid_argument, "Invalid character found for config key: {}", key);
  for (const std::string& text : options.all("delete-config"))
    for (const std::string_view key : split_outside_brackets(text, ','))
      arguments.removed.emplace_back(trimmed(key));
  if (arguments.types.size() != arguments.names.size())
    return fail(Errc::invalid_argument, "An entity name must be specified for every entity type");
  return {};
}

}  // namespace

bool ConfigArguments::has_type(std::string_view type) const {
  return std::ranges::find(types, type) != types.end();
}

std::span<const Option> config_options() { return kOptions; }

Result<ConfigArguments> config_arguments(const Options& options) {
  ConfigArguments arguments{.alter = options.has("alter"),
                            .all = options.has("all"),
                            .types = {},
                            .names = {},
                            .added = {},
                            .removed = {}};
  if (arguments.alter == options.has("describe"))
    return fail(Errc::invalid_argument, "Command must include exactly one action: --describe, --alter");
  if (!arguments.alter)
    for (const std::string_view change : {"add-config", "delete-config"})
      if (options.has(change))
        return fail(Errc::invalid_argument, "Option \"[describe]\" can't be used with option \"[{}]\"", change);
  read_entities(options, arguments);
  if (auto fine = check_types(options, arguments); !fine) return fail(fine.error());
  if (auto fine = check_servers(options); !fine) return fail(fine.error());
  if (auto fine = check_names(options, arguments); !fine) return fail(fine.error());
  if (arguments.alter)
    if (auto fine = read_changes(options, arguments); !fine) return fail(fine.error());
  return arguments;
}

Result<std::map<std::string, std::string>> parse_config_pairs(std::string_view text) {
  std::map<std::string, std::string> pairs;
  for (const std::string_view pair : split_outside_brackets(text, ',')) {
    const std::vector<std::string_view> sides = split_outside_brackets(pair, '=');
    if (sides.size() != 2)
      return fail(Errc::invalid_argument,
                  "requirement failed: Invalid entity config: all configs to be added must be in the format "
                  "\"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.");
    std::string value(sides[1]);
    std::erase_if(value, [](char c) { return c == '[' || c == ']'; });
    pairs[std::string(trimmed(sides[0]))] = trimmed(value);
  }
  return pairs;
}

Result<PasswordArgument> parse_password(std::string_view mechanism, std::string_view text) {
  constexpr std::string_view kIterations = "iterations=";
  constexpr std::string_view kPassword = "password=";
  const auto wrong = [&] {
    return fail(Errc::invalid_argument, "Invalid credential property {}={}", mechanism, text);
  };
  PasswordArgument argument{.iterations = kScramIterationsMin, .password = {}};
  std::string_view rest = text;
  if (rest.starts_with(kIterations)) {
    const std::size_t comma = rest.find(',');
    if (comma == std::string_view::npos) return wrong();
    const std::string_view digits = rest.substr(kIterations.size(), comma - kIterations.size());
    const auto iterations = parse_number<std::int32_t>(digits);
    if (!iterations) return wrong();
    argument.iterations = *iterations == -1 ? kScramIterationsMin : *iterations;
    rest.remove_prefix(comma + 1);
  }
  if (!rest.starts_with(kPassword)) return wrong();
  argument.password = rest.substr(kPassword.size());
  if (argument.iterations < kScramIterationsMin)
    return fail(Errc::invalid_argument, "Iterations {} is less than the minimum {} required for {}",
                argument.iterations, kScramIterationsMin, mechanism);
  if (argument.iterations > kScramIterationsMax)
    return fail(Errc::invalid_argument, "Iterations {} is more than the maximum {} allowed for {}",
                argument.iterations, kScramIterationsMax, mechanism);
  return argument;
}

}  // namespace sluice::tools
