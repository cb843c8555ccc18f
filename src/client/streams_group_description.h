// client/streams_group_description.h: a streams group (KIP-1071) as its coordinator describes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/ids.h"

namespace sluice::client {

/// Some tasks of one subtopology: one for each partition.
struct StreamsTaskIds {
  std::string subtopology_id;
  std::vector<PartitionIndex> partitions;
};

/// In the coordinator's order.
struct StreamsAssignment {
  std::vector<StreamsTaskIds> active;
  std::vector<StreamsTaskIds> standby;
  std::vector<StreamsTaskIds> warmup;
};

struct StreamsGroupMember {
  std::string member_id;
  std::int32_t epoch = -1;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::int32_t topology_epoch = -1;
  std::string process_id;
  StreamsAssignment assignment;
  StreamsAssignment target_assignment;
  bool classic = false;  ///< Whether it speaks the classic protocol.
};

/// The topics by name that one part of the topology reads and writes.
struct StreamsSubtopology {
  std::string subtopology_id;
  std::vector<std::string> source_topics;
  std::vector<std::string> repartition_sink_topics;
  std::vector<std::string> repartition_source_topics;
  std::vector<std::string> state_changelog_topics;
};

struct StreamsGroupDescription {
  std::string group_id;
  std::string state;
  std::int32_t epoch = -1;
  std::int32_t assignment_epoch = -1;
  std::int32_t topology_epoch = -1;  ///< -1: no member has told its topology.
  NodeId coordinator{-1};
  std::vector<StreamsSubtopology> subtopologies;
  std::vector<StreamsGroupMember> members;
};

}  // namespace sluice::client
