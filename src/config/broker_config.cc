#include "config/broker_config.h"

#include <algorithm>
#include <iterator>

#include "config/detail/broker_rules.h"
#include "config/detail/text.h"

namespace sluice {
namespace {

constexpr std::int32_t kChosenId = 1;

NodeRoles read_roles(const Configuration& configuration) {
  if (!configuration.is_set("process.roles")) return {.broker = true, .controller = true};
  NodeRoles roles;
  for (const std::string& role : configuration.list("process.roles"))
    (role == "controller" ? roles.controller : roles.broker) = true;
  return roles;
}

/// node.id, by its older name too. -1 asked ZooKeeper for a number; so does a file that says nothing.
Result<void> read_id(const Configuration& configuration, NodeConfig& node) {
  const auto id = configuration.find_int64("node.id");
  const std::int64_t old_id = configuration.int64("broker.id");
  if (id && configuration.is_set("broker.id") && old_id != *id)
    return fail(
        Errc::invalid_argument,
        "`node.id` and `broker.id` must be set to the same value: they are {} and {}. `broker.id` is the older "
        "name; set only one of them",
        *id, old_id);
  const std::int64_t given = id.value_or(old_id);
  if (given < -1)
    return fail(invalid_config_value("broker.id", fmt::format("{}", given), "Value must be at least -1"));
  node.id_is_chosen = given < 0;
  node.id = node.id_is_chosen ? kChosenId : static_cast<std::int32_t>(given);
  return {};
}

Result<QuorumMembers> read_quorum(const Configuration& configuration) {
  QuorumMembers quorum;
  for (const std::string_view text : configuration.list("controller.quorum.voters")) {
    const std::size_t at = text.find('@');  // It is there: the key's rule says so.
    const auto id = detail::parse_integer<std::int32_t>(text.substr(0, at));
    Result<HostPort> address = parse_host_port(text.substr(at + 1));
    if (!address) return fail(invalid_config_value("controller.quorum.voters", text, address.error().what));
    const auto same = std::ranges::find(quorum.voters, id.value_or(-1), &QuorumVoter::id);
    if (same != quorum.voters.end())
      return fail(invalid_config_value("controller.quorum.voters", text, "Each voter must have an id of its own"));
    quorum.voters.push_back({id.value_or(-1), std::move(*address)});
  }
  std::ranges::sort(quorum.voters, {}, &QuorumVoter::id);
  for (const std::string_view text : configuration.list("controller.quorum.bootstrap.servers")) {
    Result<HostPort> address = parse_host_port(text);
    if (!address)
      return fail(invalid_config_value("controller.quorum.bootstrap.servers", text, address.error().what));
    quorum.bootstrap_servers.push_back(std::move(*address));
  }
  return quorum;
}

void read_dirs(const Configuration& configuration, const Surroundings& surroundings, NodeConfig& node) {
  if (configuration.is_set("log.dirs"))
    node.log_dirs = configuration.list("log.dirs");
  else if (configuration.is_set("log.dir"))
    node.log_dirs = configuration.list("log.dir");
  else
    node.log_dirs = {surroundings.data_dir};
  node.metadata_log_dir = configuration.find_text("metadata.log.dir").value_or(node.log_dirs.front());
}

/// Whether this node is the whole cluster for as long as nobody joins it.
bool is_alone(const NodeConfig& node) {
  if (!node.roles.broker || !node.roles.controller) return false;
  return node.quorum.is_own() || (node.quorum.voters.size() == 1 && node.quorum.bootstrap_servers.empty());
}

Result<NodeConfig> read_node(const Configuration& configuration, const Surroundings& surroundings) {
  NodeConfig node;
  node.roles = read_roles(configuration);
  if (auto read = read_id(configuration, node); !read) return fail(read.error());
  Result<QuorumMembers> quorum = read_quorum(configuration);
  if (!quorum) return fail(quorum.error());
  node.quorum = std::move(*quorum);
  node.rack = configuration.text("broker.rack");
  node.alone = is_alone(node);
  node.shards = static_cast<std::uint32_t>(configuration.int32("sluice.shards"));
  read_dirs(configuration, surroundings, node);
  return node;
}

/// How the configuration was understood where it does not say so itself.
std::vector<std::string> notes_of(const Configuration& configuration, const BrokerConfig& config) {
  std::vector<std::string> notes;
  const bool implicit = !configuration.is_set("process.roles");
  if (configuration.is_set("zookeeper.connect"))
    notes.push_back(fmt::format(
        "zookeeper.connect={} is not used: there is no ZooKeeper any more, this node keeps the cluster's metadata "
        "itself{}",
        *configuration.set_text("zookeeper.connect"),
        implicit ? ". It starts as a cluster of its own, broker and controller in one; to form a cluster of "
                   "several nodes "
                   "give each process.roles, node.id, controller.listener.names and controller.quorum.voters"
                 : ""));
  else if (implicit && !config.node.quorum.is_own())
    notes.push_back("process.roles is not set; this node is broker and controller");
  if (config.node.id_is_chosen)
    notes.push_back(fmt::format("node.id is not set; a new node takes {}, an old one what its data directory says",
                                config.node.id));
  notes.insert(notes.end(), config.listeners.warnings.begin(), config.listeners.warnings.end());
  return notes;
}

}  // namespace

std::vector<std::string> NodeConfig::directories() const {
  std::vector<std::string> directories = log_dirs;
  directories.push_back(metadata_log_dir);
  std::ranges::sort(directories);
  const auto repeated = std::ranges::unique(directories);
  directories.erase(repeated.begin(), repeated.end());
  return directories;
}

Result<BrokerConfig> read_broker_config(const Configuration& configuration, const Surroundings& surroundings) {
  Result<NodeConfig> node = read_node(configuration, surroundings);
  if (!node) return fail(node.error());
  Result<Listeners> listeners = read_listeners(configuration, node->roles, surroundings.hostname);
  if (!listeners) return fail(listeners.error());
  Result<SocketConfig> sockets = read_socket_config(configuration);
  if (!sockets) return fail(sockets.error());

  const bool alone = node->alone;
  BrokerConfig config{
      .node = std::move(*node),
      .listeners = std::move(*listeners),
      .sockets = std::move(*sockets),
      .logs = read_log_manager_config(configuration),
      .cleaner = read_cleaner_config(configuration),
      .replication = read_replication_config(configuration),
      .fetch = read_fetch_config(configuration),
      .groups = read_group_coordinator_config(configuration),
      .offsets = read_offsets_config(configuration, alone),
      .transactions = read_transaction_config(configuration, alone),
      .share_state = read_share_state_config(configuration, alone),
      .metadata_log = read_metadata_log_config(configuration),
      .quorum_timing = read_quorum_timing_config(configuration),
      .lifecycle = read_broker_lifecycle_config(configuration),
      .notes = {},
  };
  if (auto checked = detail::check_broker_rules(config, configuration); !checked) return fail(checked.error());
  config.notes = notes_of(configuration, config);
  return config;
}

Result<BrokerStart> read_broker_sources(const BrokerSources& sources) {
  std::vector<std::string> warnings;
  std::vector<ConfigSetting> settings;
  if (sources.file_text) {
    const auto properties = parse_properties(*sources.file_text, sources.file_name);
    if (!properties) return fail(properties.error());
    settings = settings_of_file(*properties, sources.file_name, warnings);
  }
  EnvironmentConfig environment = read_environment(sources.environment);
  std::ranges::move(environment.settings, std::back_inserter(settings));
  for (const std::string& argument : sources.overrides) {
    Result<ConfigSetting> setting = setting_of_override(argument);
    if (!setting) return fail(setting.error());
    settings.push_back(std::move(*setting));
  }

  Result<Configuration> configuration = Configuration::from(ConfigScope::broker, settings);
  if (!configuration) return fail(configuration.error());
  for (const auto& [given, other] : {std::pair{"node.id", "broker.id"}, std::pair{"broker.id", "node.id"}}) {
    if (!configuration->is_set(given) || configuration->is_set(other)) continue;
    const std::string text(*configuration->set_text(given));
    // broker.id=-1 asks for a number and is none itself.
    static_cast<void>(configuration->set({other, text, std::string(configuration->origin(given))}));
  }
  warnings.insert(warnings.end(), configuration->warnings().begin(), configuration->warnings().end());
  return BrokerStart{std::move(*configuration), std::move(environment.cluster_id), std::move(warnings)};
}

}  // namespace sluice
