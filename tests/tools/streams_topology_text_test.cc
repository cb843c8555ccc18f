// How kafka-streams-groups.sh --describe --topology shows a topology: the text of Topology#describe().
#include "tools/streams_topology_text.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

using client::StreamsTopologyDescription;
using client::StreamsTopologyNode;
using Type = StreamsTopologyNode::Type;

StreamsTopologyNode node(Type type, std::string name, std::set<std::string> before, std::set<std::string> after) {
  StreamsTopologyNode made;
  made.type = type;
  made.name = std::move(name);
  made.predecessors = std::move(before);
  made.successors = std::move(after);
  return made;
}

TEST(StreamsTopologyText, ShowsEachNodeWithItsNeighbours) {
  StreamsTopologyDescription topology;
  auto& first = topology.subtopologies.emplace_back();
  first.id = "0";
  first.nodes.push_back(node(Type::source, "reader", {}, {"counter", "printer"}));
  first.nodes[0].topics = {"words", "lines"};
  first.nodes.push_back(node(Type::processor, "counter", {"reader"}, {"writer"}));
  first.nodes[1].stores = {"counts"};
  first.nodes.push_back(node(Type::processor, "printer", {"reader"}, {}));
  first.nodes.push_back(node(Type::sink, "writer", {"counter"}, {}));
  first.nodes[3].topic = "totals";
  auto& second = topology.subtopologies.emplace_back();
  second.id = "1";
  second.nodes.push_back(node(Type::sink, "chooser", {}, {}));
  topology.global_stores.push_back({node(Type::source, "global-reader", {}, {"global-keeper"}),
                                    node(Type::processor, "global-keeper", {"global-reader"}, {})});
  topology.global_stores[0].source.topics = {"rates"};
  topology.global_stores[0].processor.stores = {"rates-store"};
  EXPECT_EQ(streams_topology_text(topology),
            "Topologies:\n"
            "   Sub-topology: 0\n"
            "    Source: reader (topics: [lines, words])\n"
            "      --> counter, printer\n"
            "    Processor: counter (stores: [counts])\n"
            "      --> writer\n"
            "      <-- reader\n"
            "    Processor: printer (stores: [])\n"
            "      --> none\n"
            "      <-- reader\n"
            "    Sink: writer (topic: totals)\n"
            "      <-- counter\n"
            "\n"
            "   Sub-topology: 1\n"
            "    Sink: chooser (topic: null)\n"
            "      <-- none\n"
            "\n"
            "   Sub-topology: 2 for global store (will not generate tasks)\n"
            "    Source: global-reader (topics: [rates])\n"
            "      --> global-keeper\n"
            "    Processor: global-keeper (stores: [rates-store])\n"
            "      --> none\n"
            "      <-- global-reader\n"
            "\n");
}

}  // namespace
}  // namespace sluice::tools
