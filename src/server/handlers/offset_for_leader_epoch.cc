// server/handlers/offset_for_leader_epoch.cc: OffsetForLeaderEpoch (API key 23, KIP-101 and KIP-320).
#include "wire/api/offset_for_leader_epoch.h"
#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/on_partition.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::OffsetForLeaderEpochRequest;
using wire::OffsetForLeaderEpochResponse;
using Asked = OffsetForLeaderEpochRequest::OffsetForLeaderPartition;
using Answer = OffsetForLeaderEpochResponse::EpochEndOffset;

Task<Result<EpochEnd>> end_of(const Partition& partition, const Asked& asked) {
  co_return partition.end_of_epoch(asked.leader_epoch, asked.current_leader_epoch);
}

Task<Answer> find_end(RequestContext& context, std::string_view topic, const Asked& asked) {
  const auto find = [&asked](Partition& partition) { return end_of(partition, asked); };
  const Result<EpochEnd> end = co_await on_partition<EpochEnd>(context, topic, asked.partition, find);
  Answer answer;
  answer.partition = asked.partition;
  if (end) {
    answer.leader_epoch = end->epoch;
    answer.end_offset = end->end;
  } else {
    answer.error_code = wire_code(end.error().code);
  }
  co_return answer;
}

Task<OffsetForLeaderEpochResponse> answer(RequestContext& context, const OffsetForLeaderEpochRequest& request) {
  OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    std::vector<Task<Answer>> asked;
    for (const auto& partition : topic.partitions) asked.push_back(find_end(context, topic.topic, partition));
    auto& answered = response.topics.emplace_back();
    answered.topic = topic.topic;
    answered.partitions = co_await when_all(std::move(asked));
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> offset_for_leader_epoch(RequestContext& context) {
  return serve<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(context, answer);
}

}  // namespace sluice::handlers
