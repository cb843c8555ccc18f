#include "client/detail/streams_topology.h"

#include <map>
#include <utility>

namespace sluice::client::detail {
namespace {

using WireNode = wire::StreamsGroupDescribeResponse::TopologyDescriptionNode;
using Type = StreamsTopologyNode::Type;
using Names = std::set<std::string>;
/// Which nodes come before one, by its name.
using Predecessors = std::map<std::string, Names, std::less<>>;

Names names_of(const std::vector<std::string_view>& from) { return {from.begin(), from.end()}; }

void add(Predecessors& predecessors, const WireNode& node) {
  for (const std::string_view successor : node.successors)
    predecessors[std::string(successor)].insert(std::string(node.name));
}

Outcome<StreamsTopologyNode> node_of(const WireNode& from, const Predecessors& predecessors) {
  if (from.node_type < static_cast<std::int8_t>(Type::source) ||
      from.node_type > static_cast<std::int8_t>(Type::sink))
    return failed(ErrorCode::unknown_server_error, "Unknown topology node type: {}", from.node_type);
  StreamsTopologyNode node;
  node.type = Type{from.node_type};
  node.name = from.name;
  switch (node.type) {
    case Type::source: node.topics = names_of(from.source_topics); break;
    case Type::processor: node.stores = names_of(from.stores); break;
    case Type::sink:
      if (from.sink_topic) node.topic = *from.sink_topic;
      break;
  }
  node.successors = names_of(from.successors);
  if (const auto found = predecessors.find(from.name); found != predecessors.end())
    node.predecessors = found->second;
  return node;
}

Outcome<StreamsTopologyDescription::Subtopology> subtopology_of(
    const wire::StreamsGroupDescribeResponse::TopologyDescriptionSubtopology& from) {
  Predecessors predecessors;
  for (const WireNode& node : from.nodes) add(predecessors, node);
  StreamsTopologyDescription::Subtopology subtopology{.id = std::string(from.subtopology_id), .nodes = {}};
  for (const WireNode& node : from.nodes) {
    auto described = node_of(node, predecessors);
    if (!described) return failed(std::move(described.error()));
    subtopology.nodes.push_back(std::move(*described));
  }
  return subtopology;
}

Outcome<StreamsTopologyDescription::GlobalStore> store_of(
    const wire::StreamsGroupDescribeResponse::TopologyDescriptionGlobalStore& from) {
  Predecessors predecessors;
  add(predecessors, from.source);
  add(predecessors, from.processor);
  auto source = node_of(from.source, predecessors);
  if (!source) return failed(std::move(source.error()));
  auto processor = node_of(from.processor, predecessors);
  if (!processor) return failed(std::move(processor.error()));
  if (source->type != Type::source || processor->type != Type::processor)
    return failed(ErrorCode::unknown_server_error,
                  "Global store must be composed of a source and a processor node.");
  return StreamsTopologyDescription::GlobalStore{.source = std::move(*source), .processor = std::move(*processor)};
}

}  // namespace

Outcome<StreamsTopologyDescription> topology_of(
    const wire::StreamsGroupDescribeResponse::TopologyDescription& from) {
  StreamsTopologyDescription topology;
  for (const auto& subtopology : from.subtopologies) {
    auto described = subtopology_of(subtopology);
    if (!described) return failed(std::move(described.error()));
    topology.subtopologies.push_back(std::move(*described));
  }
  for (const auto& store : from.global_stores) {
    auto described = store_of(store);
    if (!described) return failed(std::move(described.error()));
    topology.global_stores.push_back(std::move(*described));
  }
  return topology;
}

}  // namespace sluice::client::detail
