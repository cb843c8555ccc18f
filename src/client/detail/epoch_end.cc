#include "client/detail/epoch_end.h"

#include "client/detail/by_leader.h"
#include "wire/api/offset_for_leader_epoch.h"

namespace sluice::client::detail {
namespace {

using wire::OffsetForLeaderEpochRequest;

/// Before this one it was for brokers only.
constexpr std::int16_t kForConsumers = 3;

Task<PartitionOutcomes<EpochEnd>> ask(Cluster& cluster, std::shared_ptr<Node> node,
                                      std::map<TopicPartition, LeaderEpoch> epochs, SteadyTime deadline) {
  PartitionOutcomes<EpochEnd> outcomes;
  const Outcome<std::int16_t> version = node->version_of(ApiKey::offset_for_leader_epoch);
  if (!version || *version < kForConsumers) {
    for (const auto& [partition, epoch] : epochs)
      outcomes.emplace(partition,
                       failed(ErrorCode::unsupported_version, "{} does not tell where epochs end", node->name()));
    co_return outcomes;
  }
  OffsetForLeaderEpochRequest request;
  request.replica_id = NodeId{-1};
  for (const auto& [partition, epoch] : epochs) {
    if (request.topics.empty() || request.topics.back().topic != partition.topic) {
      request.topics.emplace_back();
      request.topics.back().topic = partition.topic;
    }
    const PartitionInfo* info = cluster.view().find_partition(partition);
    auto& item = request.topics.back().partitions.emplace_back();
    item.partition = partition.partition;
    item.current_leader_epoch = info != nullptr ? info->leader_epoch : LeaderEpoch{-1};
    item.leader_epoch = epoch;
  }
  const auto answer = co_await node->call(request, *version, deadline);
  if (!answer) {
    for (const auto& [partition, epoch] : epochs) outcomes.emplace(partition, failed(answer.error()));
    co_return outcomes;
  }
  for (const auto& topic : (*answer)->topics) {
    for (const auto& result : topic.partitions) {
      TopicPartition partition{std::string(topic.topic), result.partition};
      Outcome<EpochEnd> end = EpochEnd{result.leader_epoch, result.end_offset};
      if (result.error_code != ErrorCode::none)
        end = failed(failure_of(result.error_code, "validating the position in " + to_string(partition)));
      outcomes.emplace(std::move(partition), std::move(end));
    }
  }
  co_return outcomes;
}

}  // namespace

Task<PartitionOutcomes<EpochEnd>> epoch_ends(Cluster& cluster, std::map<TopicPartition, LeaderEpoch> epochs,
                                             SteadyTime deadline) {
  return ask_leaders<LeaderEpoch, EpochEnd>(
      cluster, std::move(epochs),
      [&cluster](std::shared_ptr<Node> node, std::map<TopicPartition, LeaderEpoch> asked, SteadyTime until) {
        return ask(cluster, std::move(node), std::move(asked), until);
      },
      deadline);
}

}  // namespace sluice::client::detail
