// server/sim_node.h: a whole node of the real code in a virtual world, which can be stopped, killed and started
// again on what its disk has kept.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/broker.h"
#include "simulation/sim_disk.h"
#include "simulation/sim_loop.h"
#include "simulation/sim_network.h"

namespace sluice::sim {

inline constexpr std::uint16_t kNodePort = 9092;

/// How a node ends.
enum class NodeEnd {
  stop,  ///< As an operator stops it: everything is closed.
  kill,  ///< The process dies; the page cache stays.
  power  ///< The machine loses power: what was not synced is lost or torn.
};

/// One machine: its disk, its processors, and the node that runs on it now and then. Lives on `world`'s loop; the
/// node's shards have loops of their own. Must have ended before it dies.
class SimNode {
 public:
  using Settings = std::map<std::string, std::string>;

  /// `settings` are keys of server.properties, over those that keep a simulated node small.
  SimNode(SimLoop& world, SimNetwork& network, int shards, Settings settings = {});
  ~SimNode();

  enum class Readiness { serving, all_open };
  /// Returns when the node is ready. Errors: those of Broker::start(), and of reading the settings. A node that
  /// fails to start has ended.
  Task<Result<void>> start(Readiness readiness = Readiness::all_open);
  /// A key of server.properties, from the next start on.
  void set(const std::string& key, std::string value) { settings_[key] = std::move(value); }
  /// Ends the node, also one that is just starting; returns when it is gone. Fine if there is none.
  Task<void> end(NodeEnd how);

  bool running() const { return running_; }
  /// How often it has been started.
  int lives() const { return lives_; }
  /// The node that runs.
  Broker& broker() { return *broker_; }
  SimDisk& disk() { return disk_; }
  Endpoint endpoint() const { return {"node", kNodePort}; }

  /// Every partition that the node has, by name; none unless it runs. For looking only.
  std::vector<std::shared_ptr<Partition>> partitions() const;
  std::size_t connection_count() const;

 private:
  SimNetwork& network_;
  SimDisk disk_;
  std::vector<std::unique_ptr<SimLoop>> loops_;
  Settings settings_;
  std::unique_ptr<Broker> broker_;
  Turns turns_;  ///< A node that is starting is not ended before it has noticed that its world is gone.
  bool running_ = false;
  int lives_ = 0;
};

}  // namespace sluice::sim
