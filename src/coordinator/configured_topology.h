// coordinator/configured_topology.h: a topology of a streams application laid over the topics that there are: how
// many tasks each subtopology has, which internal topics are missing, and what is wrong (KIP-1071).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/refusal.h"
#include "coordinator/streams_topology.h"
#include "metadata/topics_image.h"

namespace sluice {

/// What a member is told beside its tasks. The numbers are the protocol's.
enum class StreamsStatus : std::int8_t {
  stale_topology = 0,
  missing_source_topics = 1,
  incorrectly_partitioned_topics = 2,
  missing_internal_topics = 3,
  shutdown_application = 4,
  assignment_delayed = 5,
  missing_client_tags = 6,
};

struct StreamsStatusNote {
  StreamsStatus status;
  std::string detail;
  friend bool operator==(const StreamsStatusNote&, const StreamsStatusNote&) = default;
};

/// A subtopology whose topics have their numbers of partitions.
struct ConfiguredSubtopology {
  std::int32_t task_count = 0;
  std::set<std::string, std::less<>> source_topics;
  std::set<std::string, std::less<>> repartition_sinks;
  std::vector<StreamsTopic> repartition_sources;
  std::vector<StreamsTopic> changelogs;
};

struct ConfiguredTopology {
  std::int32_t epoch = 0;
  /// By id. None where it could not be found out.
  std::optional<std::map<std::string, ConfiguredSubtopology, std::less<>>> subtopologies;
  std::vector<StreamsTopic> missing_topics;  ///< Internal ones, to be created; by name.
  std::optional<StreamsStatusNote> problem;

  bool is_ready() const { return !problem; }
};

/// Errors: streams_invalid_topology (it would be wrong with whatever topics).
Granted<ConfiguredTopology> configure(const StreamsTopology& topology, const TopicsImage& topics);

}  // namespace sluice
