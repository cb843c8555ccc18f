// server/handlers/describe_producers.cc: DescribeProducers (API key 61, KIP-664).
#include "wire/api/describe_producers.h"
#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/on_partition.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::DescribeProducersRequest;
using wire::DescribeProducersResponse;
using Answer = DescribeProducersResponse::PartitionResponse;
using Producers = std::vector<ProducerEntry>;

Task<Result<Producers>> producers_of(const Partition& partition) {
  co_return partition.log().producers().sorted();
}

DescribeProducersResponse::ProducerState state_of(const ProducerEntry& entry) {
  return {.producer_id = entry.id,
          .producer_epoch = entry.epoch.value,
          .last_sequence = entry.last_sequence(),
          .last_timestamp = entry.last_timestamp.time_since_epoch().count(),
          .coordinator_epoch = entry.coordinator_epoch,
          .current_txn_start_offset = entry.transaction_start.value_or(Offset{-1}),
          .unknown_tags = {}};
}

Task<Answer> describe_one(RequestContext& context, std::string_view topic, PartitionIndex index) {
  const Result<Producers> producers = co_await on_partition<Producers>(
      context, topic, index, [](Partition& partition) { return producers_of(partition); });
  Answer answer;
  answer.partition_index = index;
  if (!producers) {
    answer.error_code = wire_code(producers.error().code);
    answer.error_message = context.arena.copy(producers.error().what);
    co_return answer;
  }
  for (const ProducerEntry& entry : *producers) answer.active_producers.push_back(state_of(entry));
  co_return answer;
}

Task<DescribeProducersResponse> answer(RequestContext& context, const DescribeProducersRequest& request) {
  DescribeProducersResponse response;
  for (const auto& topic : request.topics) {
    std::vector<Task<Answer>> asked;
    for (const PartitionIndex index : topic.partition_indexes)
      asked.push_back(describe_one(context, topic.name, index));
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    answered.partitions = co_await when_all(std::move(asked));
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_producers(RequestContext& context) {
  return serve<DescribeProducersRequest, DescribeProducersResponse>(context, answer);
}

}  // namespace sluice::handlers
