#include "coordinator/topology_description.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

using Request = wire::StreamsGroupTopologyDescriptionUpdateRequest;

// Kafka's pauses between two askings, before chance lengthens or shortens them.
constexpr std::chrono::milliseconds kPauseMin{30'000};
constexpr std::chrono::milliseconds kPauseMax{3'600'000};

/// 0.8 to 1.2 times a pause, by chance, but never more than the longest.
std::chrono::milliseconds jittered(std::chrono::milliseconds pause, std::uint64_t chance) {
  constexpr std::uint64_t kSteps = 4'000;  // Of a ten-thousandth.
  const auto factor = static_cast<std::int64_t>(8'000 + chance % (kSteps + 1));
  return std::min(pause * factor / 10'000, kPauseMax);
}

/// Copies texts as long as there is room for them.
class Copier {
 public:
  explicit Copier(std::size_t room) : room_(room) {}

  bool is_full() const { return full_; }
  std::string text(std::string_view from) {
    return take(from.size() + sizeof(std::string)) ? std::string(from) : std::string();
  }
  std::vector<std::string> texts(const std::vector<std::string_view>& from) {
    std::vector<std::string> all;
    for (const std::string_view one : from) {
      if (full_) break;
      all.push_back(text(one));
    }
    return all;
  }
  TopologyNode node(const Request::TopologyDescriptionNode& from) {
    TopologyNode node;
    if (!take(sizeof(TopologyNode))) return node;
    node.name = text(from.name);
    node.type = TopologyNodeType{from.node_type};
    switch (node.type) {
      case TopologyNodeType::source: node.source_topics = texts(from.source_topics); break;
      case TopologyNodeType::processor: node.stores = texts(from.stores); break;
      case TopologyNodeType::sink:
        if (from.sink_topic) node.sink_topic = text(*from.sink_topic);
        break;
    }
    node.successors = texts(from.successors);
    return node;
  }

 private:
  bool take(std::size_t size) {
    full_ |= size > room_;
    if (!full_) room_ -= size;
    return !full_;
  }

  std::size_t room_;
  bool full_ = false;
};

Granted<void> check(const Request::TopologyDescriptionNode& node) {
  switch (TopologyNodeType{node.node_type}) {
    case TopologyNodeType::source:
    case TopologyNodeType::processor:
    case TopologyNodeType::sink: return {};
  }
  return refused(ErrorCode::invalid_request, "Unknown topology node type: {}", node.node_type);
}

Granted<void> check(const Request::TopologyDescription& from) {
  for (const auto& subtopology : from.subtopologies)
    for (const auto& node : subtopology.nodes)
      if (Granted<void> known = check(node); !known) return known;
  for (const auto& store : from.global_stores) {
    for (const auto* node : {&store.source, &store.processor})
      if (Granted<void> known = check(*node); !known) return known;
    if (TopologyNodeType{store.source.node_type} != TopologyNodeType::source ||
        TopologyNodeType{store.processor.node_type} != TopologyNodeType::processor)
      return refused(ErrorCode::invalid_request,
                     "Global store must be composed of a source and a processor node.");
  }
  return {};
}

}  // namespace

Granted<TopologyDescription> description_of(const Request::TopologyDescription& from) {
  if (Granted<void> valid = check(from); !valid) return refused(std::move(valid.error()));
  Copier copy(kTopologyDescriptionBytesMax);
  TopologyDescription description;
  for (const auto& subtopology : from.subtopologies) {
    if (copy.is_full()) break;
    auto& shown = description.subtopologies.emplace_back();
    shown.id = copy.text(subtopology.subtopology_id);
    for (const auto& node : subtopology.nodes) {
      if (copy.is_full()) break;
      shown.nodes.push_back(copy.node(node));
    }
  }
  for (const auto& store : from.global_stores) {
    if (copy.is_full()) break;
    auto& shown = description.global_stores.emplace_back();
    shown.source = copy.node(store.source);
    shown.processor = copy.node(store.processor);
  }
  if (copy.is_full())
    return refused(ErrorCode::streams_topology_description_update_failed,
                   "The description of the topology takes more than {} bytes.", kTopologyDescriptionBytesMax);
  return description;
}

bool TopologyDescriptionSlot::ask(std::int32_t epoch, SteadyTime now, std::uint64_t chance) {
  if (epoch == kept_ || epoch == refused_) return false;
  const bool anew = asked_ != epoch;
  if (!anew && now < ask_again_) return false;
  pause_ = anew ? kPauseMin : std::min(2 * pause_, kPauseMax);
  asked_ = epoch;
  ask_again_ = now + jittered(pause_, chance);
  return true;
}

void TopologyDescriptionSlot::keep(std::int32_t epoch, TopologyDescription description) {
  kept_ = epoch;
  description_ = std::make_shared<const TopologyDescription>(std::move(description));
}

std::shared_ptr<const TopologyDescription> TopologyDescriptionSlot::find(std::int32_t epoch) const {
  return epoch == kept_ ? description_ : nullptr;
}

}  // namespace sluice
