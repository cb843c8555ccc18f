// coordinator/streams_answers.h: what requests about streams groups are answered with (KIP-1071).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/configured_topology.h"
#include "coordinator/modern_answers.h"
#include "coordinator/streams_group.h"

namespace sluice {

/// Partitions by topic.
using TopicPartitions = std::map<std::string, std::vector<PartitionIndex>, std::less<>>;

/// What can be asked for where.
struct EndpointPartitions {
  StreamsEndpoint endpoint;
  TopicPartitions active;
  TopicPartitions standby;
};

struct StreamsHeartbeatAnswer : HeartbeatAnswer<StreamsHeartbeatAnswer> {
  std::chrono::milliseconds task_offset_interval{};
  std::int64_t acceptable_recovery_lag = -1;
  std::vector<StreamsStatusNote> notes;
  std::optional<TaskRoles> tasks;  ///< None: as they were.
  std::int32_t endpoint_epoch = 0;
  std::optional<std::vector<EndpointPartitions>> endpoints;  ///< None: as they were.
  std::vector<StreamsTopic> missing_topics;                  ///< To be created.
  bool description_required = false;  ///< Whether the member should describe its topology to people.
};

struct DescribedStreamsMember {
  StreamsMember member;
  TaskRoles target;
  TaskOffsets offsets;
};

struct DescribedSubtopology {
  std::string id;
  std::vector<std::string> source_topics;
  std::vector<std::string> repartition_sinks;
  std::vector<StreamsTopic> repartition_sources;
  std::vector<StreamsTopic> changelogs;
};

struct DescribedTopology {
  std::int32_t epoch = 0;
  std::vector<DescribedSubtopology> subtopologies;
};

struct DescribedStreamsGroup : DescribedModernGroup<DescribedStreamsGroup> {
  std::optional<DescribedTopology> topology;
  std::shared_ptr<const TopologyDescription> description;  ///< Null: there is none of this topology.
  std::vector<DescribedStreamsMember> members;
};

}  // namespace sluice
