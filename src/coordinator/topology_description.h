// coordinator/topology_description.h: how the topology of a streams group looks to people, as its members describe
// it (KIP-1331): nodes by name and what goes from one to the next. No decision depends on it.
//
// It is soft state of the coordinator: not recorded, gone with the group, and asked for again after a move.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "coordinator/refusal.h"
#include "wire/api/streams_group_topology_description_update.h"

namespace sluice {

/// The values are those on the wire.
enum class TopologyNodeType : std::int8_t { source = 1, processor = 2, sink = 3 };

struct TopologyNode {
  std::string name;
  TopologyNodeType type = TopologyNodeType::source;
  std::vector<std::string> source_topics;  ///< Of a source only.
  std::optional<std::string> sink_topic;   ///< Of a sink only; none: it is chosen for each record.
  std::vector<std::string> stores;         ///< Of a processor only.
  std::vector<std::string> successors;
};

struct TopologyDescription {
  struct Subtopology {
    std::string id;
    std::vector<TopologyNode> nodes;
  };
  struct GlobalStore {
    TopologyNode source;
    TopologyNode processor;
  };
  std::vector<Subtopology> subtopologies;
  std::vector<GlobalStore> global_stores;
};

/// About what a description may take of memory. Large applications have some hundred nodes of some hundred bytes.
constexpr std::size_t kTopologyDescriptionBytesMax = 256 * 1024;

/// Errors: invalid_request (a node is of no known type, or not of that which belongs there),
/// streams_topology_description_update_failed (it is too large).
Granted<TopologyDescription> description_of(
    const wire::StreamsGroupTopologyDescriptionUpdateRequest::TopologyDescription& from);

/// The newest description of one group's topology, and when to ask for another.
class TopologyDescriptionSlot {
 public:
  /// Whether the member that sends a heartbeat is to be asked for the description of an epoch: if it is neither
  /// here nor refused. Who is asked need not answer; so somebody is asked again, after twice as long each time,
  /// a fifth more or less by `chance`.
  bool ask(std::int32_t epoch, SteadyTime now, std::uint64_t chance);
  void keep(std::int32_t epoch, TopologyDescription description);
  /// There is none that could be kept, which no other member of the epoch would change.
  void refuse(std::int32_t epoch) { refused_ = epoch; }
  /// Null if there is none of the epoch.
  std::shared_ptr<const TopologyDescription> find(std::int32_t epoch) const;

 private:
  static constexpr std::int32_t kNone = -1;

  std::int32_t kept_ = kNone;
  std::shared_ptr<const TopologyDescription> description_;
  std::int32_t refused_ = kNone;
  std::int32_t asked_ = kNone;
  SteadyTime ask_again_{};
  std::chrono::milliseconds pause_{};
};

}  // namespace sluice
