// tools/streams_topology_text.h: how kafka-streams-groups.sh shows a topology: as Topology#describe() of Kafka
// Streams does.
#pragma once

#include <string>

#include "client/streams_topology_description.h"

namespace sluice::tools {

/// Names that belong to a node are sorted; nodes are in the order of the description.
std::string streams_topology_text(const client::StreamsTopologyDescription& topology);

}  // namespace sluice::tools
