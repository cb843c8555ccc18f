#include "program/command.h"

namespace sluice::program {
namespace {

constexpr Command kCommands[] = {
    {"server-start", "kafka-server-start.sh", "Starts a node", server_start},
    {"server-stop", "kafka-server-stop.sh", "Stops the nodes that run on this machine", server_stop},
    {"zookeeper-server-start", "zookeeper-server-start.sh", "Says that ZooKeeper is not needed",
     zookeeper_server_start},
    {"zookeeper-server-stop", "zookeeper-server-stop.sh", "Says that ZooKeeper is not needed",
     zookeeper_server_stop},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace sluice::program
