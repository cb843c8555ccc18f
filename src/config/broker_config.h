// config/broker_config.h: everything that a node is told at its start, with the rules that hold between keys.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/broker_sections.h"
#include "config/configuration.h"
#include "config/listeners.h"

namespace sluice {

/// What the process knows and the configuration does not.
struct Surroundings {
  std::string hostname = "localhost";  ///< How others reach this machine, if nothing else is said.
  std::string data_dir = "./data";     ///< Where data goes if neither log.dirs nor log.dir is set.
};

struct QuorumVoter {
  std::int32_t id = 0;
  HostPort address;
  friend bool operator==(const QuorumVoter&, const QuorumVoter&) = default;
};

/// The controllers that this node forms a quorum with. Neither: it is a quorum of its own.
struct QuorumMembers {
  std::vector<QuorumVoter> voters;          ///< controller.quorum.voters, by id.
  std::vector<HostPort> bootstrap_servers;  ///< controller.quorum.bootstrap.servers

  bool is_own() const { return voters.empty() && bootstrap_servers.empty(); }
  friend bool operator==(const QuorumMembers&, const QuorumMembers&) = default;
};

struct NodeConfig {
  std::int32_t id = 1;
  /// Nobody said which number this node has: what its data directory says goes before `id`.
  bool id_is_chosen = false;
  NodeRoles roles;
  std::string rack;  ///< Empty: none.
  QuorumMembers quorum;
  bool alone = false;  ///< Broker and only voter in one: internal topics need no second replica.
  std::vector<std::string> log_dirs;
  std::string metadata_log_dir;  ///< One of log_dirs, or another that has nothing else.
  /// All directories of the node, sorted.
  std::vector<std::string> directories() const;
  std::uint32_t shards = 0;  ///< 0: one a core.
  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

/// One value to hand around at the start. The sections that can change while the broker runs are read anew from
/// BrokerLayers::effective() by the functions of broker_sections.h.
struct BrokerConfig {
  NodeConfig node;
  Listeners listeners;
  SocketConfig sockets;
  LogManagerConfig logs;
  CleanerConfig cleaner;
  ReplicationConfig replication;
  FetchConfig fetch;
  GroupCoordinatorConfig groups;
  OffsetsConfig offsets;
  TransactionConfig transactions;
  ShareStateConfig share_state;
  MetadataLogConfig metadata_log;
  QuorumTimingConfig quorum_timing;
  BrokerLifecycleConfig lifecycle;
  /// Sentences for the operator about how the configuration was understood.
  std::vector<std::string> notes;
  friend bool operator==(const BrokerConfig&, const BrokerConfig&) = default;
};

/// Reads and checks it all. Where Kafka insists on process.roles, node.id and controller.listener.names, a node
/// that has none of them is broker and controller in one, a quorum of its own, and number 1; so is one whose file
/// is from ZooKeeper's time. Errors: invalid_argument, naming the keys, what does not fit, and what would.
Result<BrokerConfig> read_broker_config(const Configuration& configuration, const Surroundings& surroundings);

/// What a node is started with: its file, the environment, and the command line's "key=value"s, each over the ones
/// before. `file` may be nothing. node.id and broker.id, which are the same, both get what one of them was given.
struct BrokerSources {
  std::string_view file_name;
  std::optional<std::string_view> file_text;
  std::span<const std::pair<std::string, std::string>> environment;
  std::span<const std::string> overrides;
};
struct BrokerStart {
  Configuration configuration;
  std::optional<std::string> cluster_id;  ///< From the environment.
  std::vector<std::string> warnings;
};
/// Errors: those of parse_properties, setting_of_override and Configuration::from.
Result<BrokerStart> read_broker_sources(const BrokerSources& sources);

}  // namespace sluice
