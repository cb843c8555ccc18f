// program/zookeeper.cc: the two commands of ZooKeeper's time. Tutorials start it first; here it is in the node
// already.
#include <cstdio>

#include "program/command.h"

namespace sluice::program {

int zookeeper_server_start(Arguments) {
  std::puts(
      "ZooKeeper is not needed: the node keeps its metadata itself. Start it with\n"
      "  bin/kafka-server-start.sh config/server.properties");
  return 0;
}

int zookeeper_server_stop(Arguments) {
  std::puts(
      "ZooKeeper is not needed, so there is none to stop. A node is stopped with\n  bin/kafka-server-stop.sh");
  return 0;
}

}  // namespace sluice::program
