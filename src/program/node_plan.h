// program/node_plan.h: what a node on this machine is told: its properties file, the environment and the command
// line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/broker_config.h"

namespace sluice::program {

struct NodeCommandLine {
  std::optional<std::string> file;     ///< Its server.properties.
  std::vector<std::string> overrides;  ///< "key=value", over the file and the environment.
};

struct NodePlan {
  BrokerStart start;
  BrokerConfig config;
};

/// Reads and checks it all, once and the same for every command about the node. Errors: not_found (no such file),
/// invalid_argument (what does not fit).
Result<NodePlan> make_node_plan(const NodeCommandLine& line);

}  // namespace sluice::program
