// client/streams_topology_description.h: how the topology of a streams group looks, as its members have described
// it for people (KIP-1331): what Topology#describe() of Kafka Streams shows.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::client {

struct StreamsTopologyNode {
  enum class Type : std::int8_t { source = 1, processor = 2, sink = 3 };

  Type type = Type::source;
  std::string name;
  std::set<std::string> topics;      ///< That a source reads.
  std::set<std::string> stores;      ///< Of a processor.
  std::optional<std::string> topic;  ///< That a sink writes; none: it is chosen for each record.
  std::set<std::string> successors;
  std::set<std::string> predecessors;
};

/// In the order in which the members tell it.
struct StreamsTopologyDescription {
  struct Subtopology {
    std::string id;
    std::vector<StreamsTopologyNode> nodes;
  };
  /// A store that every instance has a copy of: what fills it.
  struct GlobalStore {
    StreamsTopologyNode source;
    StreamsTopologyNode processor;
  };
  std::vector<Subtopology> subtopologies;
  std::vector<GlobalStore> global_stores;
};

/// What has become of the wish for a description; the values are those on the wire.
enum class StreamsTopologyStatus : std::int8_t { not_requested = 0, not_stored = 1, error = 2, available = 3 };

}  // namespace sluice::client
