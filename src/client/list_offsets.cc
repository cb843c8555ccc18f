#include "client/list_offsets.h"

#include <algorithm>
#include <limits>

#include "client/detail/by_leader.h"
#include "wire/api/list_offsets.h"

namespace sluice::client {
namespace {

using wire::ListOffsetsRequest;
using wire::ListOffsetsResponse;
using Times = std::map<TopicPartition, std::int64_t>;

/// The version from which a special time is known.
std::int16_t version_least(std::int64_t time) {
  switch (time) {
    case offset_at::kMaxTimestamp: return 7;
    case offset_at::kEarliestLocal: return 8;
    case offset_at::kLatestTiered: return 9;
    case offset_at::kEarliestPendingUpload: return 11;
    default: return 0;
  }
}

ListOffsetsRequest request_for(const Cluster& cluster, const Times& times, IsolationLevel isolation) {
  ListOffsetsRequest request;
  request.replica_id = NodeId{-1};
  request.isolation_level = static_cast<std::int8_t>(isolation);
  request.timeout_ms = static_cast<std::int32_t>(
      std::min<std::int64_t>(cluster.config().request_timeout.count(), std::numeric_limits<std::int32_t>::max()));
  for (const auto& [partition, time] : times) {
    if (request.topics.empty() || request.topics.back().name != partition.topic)
      request.topics.push_back({.name = partition.topic, .partitions = {}, .unknown_tags = {}});
    const PartitionInfo* info = cluster.view().find_partition(partition);
    request.topics.back().partitions.push_back(
        {.partition_index = partition.partition,
         .current_leader_epoch = info != nullptr ? info->leader_epoch : LeaderEpoch{-1},
         .timestamp = time,
         .max_num_offsets = 1,
         .unknown_tags = {}});
  }
  return request;
}

PartitionOutcomes<ListedOffset> outcomes_of(const ListOffsetsResponse& response) {
  PartitionOutcomes<ListedOffset> outcomes;
  for (const auto& topic : response.topics) {
    for (const auto& listed : topic.partitions) {
      const TopicPartition partition{std::string(topic.name), listed.partition_index};
      if (listed.error_code != ErrorCode::none) {
        outcomes.emplace(partition,
                         failed(failure_of(listed.error_code, "listing offsets of " + to_string(partition))));
        continue;
      }
      ListedOffset offset{listed.offset, listed.timestamp, listed.leader_epoch};
      if (!listed.old_style_offsets.empty()) offset.offset = listed.old_style_offsets.front();
      outcomes.emplace(partition, offset);
    }
  }
  return outcomes;
}

Task<PartitionOutcomes<ListedOffset>> ask(Cluster& cluster, std::shared_ptr<Node> node, Times times,
                                          IsolationLevel isolation, SteadyTime deadline) {
  PartitionOutcomes<ListedOffset> outcomes;
  Failure failure{ErrorCode::none, {}};
  const Outcome<std::int16_t> version = node->version_of(ApiKey::list_offsets);
  if (version) {
    std::erase_if(times, [&](const auto& entry) {
      if (version_least(entry.second) <= *version) return false;
      outcomes.emplace(entry.first, failed(ErrorCode::unsupported_version,
                                           "{} cannot look for an offset of this kind", node->name()));
      return true;
    });
    if (times.empty()) co_return outcomes;
    const ListOffsetsRequest request = request_for(cluster, times, isolation);
    const auto answer = co_await node->call(request, *version, deadline);
    if (answer) {
      outcomes.merge(outcomes_of(**answer));
      co_return outcomes;
    }
    failure = answer.error();
  } else {
    failure = version.error();
  }
  for (const auto& [partition, time] : times) outcomes.emplace(partition, failed(failure));
  co_return outcomes;
}

}  // namespace

Task<PartitionOutcomes<ListedOffset>> list_offsets(Cluster& cluster, Times times, IsolationLevel isolation,
                                                   SteadyTime deadline) {
  return detail::ask_leaders<std::int64_t, ListedOffset>(
      cluster, std::move(times),
      [&cluster, isolation](std::shared_ptr<Node> node, Times asked, SteadyTime until) {
        return ask(cluster, std::move(node), std::move(asked), isolation, until);
      },
      deadline);
}

}  // namespace sluice::client
