// coordinator/streams_topology.h: what a streams application reads, keeps and writes, as its members declare it
// (KIP-1071): subtopologies, each with its topics.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/refusal.h"
#include "wire/api/streams_group_heartbeat.h"
#include "wire/coordinator/streams_group_topology.h"

namespace sluice {

/// A topic that exists for the application only.
struct StreamsTopic {
  std::string name;
  std::int32_t partitions = 0;          ///< 0: to be found out.
  std::int16_t replication_factor = 0;  ///< 0: the cluster's default.
  std::vector<std::pair<std::string, std::string>> configs;
  friend bool operator==(const StreamsTopic&, const StreamsTopic&) = default;
};

/// Topics of a subtopology, by their places in its lists, that need the same number of partitions.
struct CopartitionGroup {
  std::vector<std::int16_t> source_topics;
  std::vector<std::int16_t> source_patterns;
  std::vector<std::int16_t> repartition_sources;
  friend bool operator==(const CopartitionGroup&, const CopartitionGroup&) = default;
};

struct StreamsSubtopology {
  std::string id;
  std::vector<std::string> source_topics;
  std::vector<std::string> source_patterns;
  std::vector<StreamsTopic> changelogs;
  std::vector<std::string> repartition_sinks;
  std::vector<StreamsTopic> repartition_sources;
  std::vector<CopartitionGroup> copartition_groups;
  friend bool operator==(const StreamsSubtopology&, const StreamsSubtopology&) = default;
};

struct StreamsTopology {
  std::int32_t epoch = 0;
  std::vector<StreamsSubtopology> subtopologies;  ///< In the order in which they were declared.

  /// All topics that must exist before tasks can be assigned.
  std::set<std::string, std::less<>> required_topics() const;
  /// The subtopology that reads the topic; null if none does.
  const StreamsSubtopology* reader_of(std::string_view topic) const;

  friend bool operator==(const StreamsTopology&, const StreamsTopology&) = default;
};

/// Whether both say the same, in whatever order.
bool is_same(const StreamsTopology& a, const StreamsTopology& b);

/// Errors: streams_invalid_topology (what no application declares: ids that are not unique, places that lists do
/// not have).
Granted<StreamsTopology> topology_of(const wire::StreamsGroupHeartbeatRequest::Topology& topology);
StreamsTopology topology_of(const wire::StreamsGroupTopologyValue& value);
/// Views `topology`.
wire::StreamsGroupTopologyValue value_of(const StreamsTopology& topology);

}  // namespace sluice
