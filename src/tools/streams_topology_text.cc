#include "tools/streams_topology_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sluice::tools {
namespace {

using client::StreamsTopologyDescription;
using client::StreamsTopologyNode;
using Type = StreamsTopologyNode::Type;

std::string names_or_none(const std::set<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

/// The line of the node itself, then those of its neighbours: sources have none before them, sinks none after.
std::string shown(const StreamsTopologyNode& node) {
  std::string text;
  switch (node.type) {
    case Type::source:
      text = fmt::format("    Source: {} (topics: [{}])\n", node.name, fmt::join(node.topics, ", "));
      break;
    case Type::processor:
      text = fmt::format("    Processor: {} (stores: [{}])\n", node.name, fmt::join(node.stores, ", "));
      break;
    case Type::sink:
      text = fmt::format("    Sink: {} (topic: {})\n", node.name, node.topic.value_or("null"));
      break;
  }
  if (node.type != Type::sink) text += fmt::format("      --> {}\n", names_or_none(node.successors));
  if (node.type != Type::source) text += fmt::format("      <-- {}\n", names_or_none(node.predecessors));
  return text;
}

}  // namespace

std::string streams_topology_text(const StreamsTopologyDescription& topology) {
  std::string text = "Topologies:\n";
  for (const auto& subtopology : topology.subtopologies) {
    text += fmt::format("   Sub-topology: {}\n", subtopology.id);
    for (const StreamsTopologyNode& node : subtopology.nodes) text += shown(node);
    text += '\n';
  }
  // Global stores have no ids of their own.
  std::size_t id = topology.subtopologies.size();
  for (const auto& store : topology.global_stores)
    text += fmt::format("   Sub-topology: {} for global store (will not generate tasks)\n{}{}\n", id++,
                        shown(store.source), shown(store.processor));
  return text;
}

}  // namespace sluice::tools
