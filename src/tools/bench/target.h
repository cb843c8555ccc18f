// tools/bench/target.h: the topic that a load goes to, and where its partitions are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/client_config.h"
#include "client/cluster.h"
#include "net/network.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice::tools::bench {

struct TargetOptions {
  std::string topic;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> configs;
};

struct Target {
  std::string topic;
  Uuid topic_id;
  /// The partitions that each broker leads.
  std::map<std::int32_t, std::vector<PartitionIndex>> partitions;
  std::map<std::int32_t, Endpoint> brokers;
  std::map<PartitionIndex, Offset> starts;
  std::map<PartitionIndex, Offset> ends;

  /// What one of several connections is for: a broker, and its share of the partitions there; each connection has
  /// at least one, which it may share.
  struct Share {
    Endpoint broker;
    std::vector<PartitionIndex> partitions;
  };
  std::vector<Share> shares(std::size_t connections) const;
};

/// Creates the topic if it is missing, and waits until each of its partitions has a leader. Errors: io, with what
/// the cluster says; timed_out.
Result<Target> prepare_target(const client::ClientConfig& cluster, TargetOptions options);

/// The broker that coordinates each of the groups or transactional ids. Errors: io, with what the cluster says.
Result<std::vector<Endpoint>> find_coordinators(const client::ClientConfig& cluster, client::CoordinatorType type,
                                                const std::vector<std::string>& keys);

}  // namespace sluice::tools::bench
