// server/handlers/describe_quorum.cc: DescribeQuorum (API key 55, KIP-595 and KIP-836).
#include "wire/api/describe_quorum.h"
#include "base/crossing.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"

namespace sluice::handlers {
namespace {

using wire::DescribeQuorumRequest;
using wire::DescribeQuorumResponse;
using Described = DescribeQuorumResponse::PartitionData;

constexpr std::string_view kMetadataTopic = "__cluster_metadata";

/// The quorum as its leader sees it.
struct QuorumDescription {
  NodeId leader;
  LeaderEpoch epoch;
  Offset high_watermark;
  Offset log_end;
  std::vector<raft::ReplicaKey> voters;
};

/// Runs on the first shard.
Task<QuorumDescription> quorum_there(Broker& broker) {
  const raft::MetadataLog& log = broker.controller().log();
  QuorumDescription quorum{.leader = log.leader().value_or(NodeId{-1}),
                           .epoch = log.epoch(),
                           .high_watermark = log.high_watermark(),
                           .log_end = log.end(),
                           .voters = {}};
  for (const auto& [id, voter] : log.voters().voters()) quorum.voters.push_back(voter.key);
  co_return quorum;
}

DescribeQuorumResponse::ReplicaState state_of(const RequestContext& context, const QuorumDescription& quorum,
                                              const raft::ReplicaKey& voter) {
  DescribeQuorumResponse::ReplicaState state;
  state.replica_id = voter.id;
  if (context.version >= 2) state.replica_directory_id = voter.directory_id;
  state.log_end_offset = quorum.log_end;
  const std::int64_t now = Loop::current().wall_now().time_since_epoch().count();
  state.last_fetch_timestamp = now;  // The only voter is the leader, which is never behind itself.
  state.last_caught_up_timestamp = now;
  return state;
}

void put_partition(const RequestContext& context, const QuorumDescription& quorum, PartitionIndex index,
                   Described& described) {
  described.partition_index = index;
  described.error_message = std::nullopt;
  if (index.value != 0) {
    described.error_code = ErrorCode::unknown_topic_or_partition;
    return;
  }
  described.leader_id = quorum.leader;
  described.leader_epoch = quorum.epoch;
  described.high_watermark = quorum.high_watermark;
  for (const raft::ReplicaKey& voter : quorum.voters)
    described.current_voters.push_back(state_of(context, quorum, voter));
}

Task<DescribeQuorumResponse> answer(RequestContext& context, const DescribeQuorumRequest& request) {
  Broker& broker = context.broker;
  auto look = [&broker] { return quorum_there(broker); };
  const QuorumDescription quorum = co_await on(broker.first_shard().loop(), look);
  DescribeQuorumResponse response;
  response.error_message = std::nullopt;
  for (const auto& asked : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.topic_name = asked.topic_name;
    for (const auto& partition : asked.partitions) {
      Described& described = topic.partitions.emplace_back();
      if (asked.topic_name == kMetadataTopic) {
        put_partition(context, quorum, partition.partition_index, described);
      } else {
        described.partition_index = partition.partition_index;
        described.error_code = ErrorCode::unknown_topic_or_partition;
        described.error_message = std::nullopt;
      }
    }
  }
  if (context.version >= 2)
    for (const raft::ReplicaKey& voter : quorum.voters)
      response.nodes.push_back({.node_id = voter.id, .listeners = {}, .unknown_tags = {}});
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_quorum(RequestContext& context) {
  return serve<DescribeQuorumRequest, DescribeQuorumResponse>(context, answer);
}

}  // namespace sluice::handlers
