// What is in partitions.
#include "client/admin.h"
#include "client/detail/by_leader.h"
#include "wire/api/delete_records.h"

namespace sluice::client {
namespace {

using wire::DeleteRecordsRequest;

template <class Value, class Item>
PartitionOutcomes<Value> all_failed(const std::map<TopicPartition, Item>& items, const Failure& failure) {
  PartitionOutcomes<Value> outcomes;
  for (const auto& [partition, item] : items) outcomes.emplace(partition, failed(failure));
  return outcomes;
}

Task<PartitionOutcomes<Offset>> ask_delete(std::shared_ptr<Node> node, std::map<TopicPartition, Offset> before,
                                           std::int32_t timeout_ms, SteadyTime deadline) {
  DeleteRecordsRequest request;
  request.timeout_ms = timeout_ms;
  for (const auto& [partition, offset] : before) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back();
      request.topics.back().name = partition.topic;
    }
    request.topics.back().partitions.push_back(
        {.partition_index = partition.partition, .offset = offset, .unknown_tags = {}});
  }
  const auto answer = co_await node->ask(request, deadline);
  if (!answer) co_return all_failed<Offset>(before, answer.error());
  PartitionOutcomes<Offset> outcomes;
  for (const auto& topic : (*answer)->topics) {
    for (const auto& result : topic.partitions) {
      TopicPartition partition{std::string(topic.name), result.partition_index};
      Outcome<Offset> low = result.low_watermark;
      if (result.error_code != ErrorCode::none)
        low = failed(failure_of(result.error_code, "deleting records of " + to_string(partition)));
      outcomes.emplace(std::move(partition), std::move(low));
    }
  }
  co_return outcomes;
}

}  // namespace

Task<PartitionOutcomes<ListedOffset>> Admin::list_offsets(std::map<TopicPartition, std::int64_t> times,
                                                          IsolationLevel isolation) {
  return sluice::client::list_offsets(cluster_, std::move(times), isolation, deadline());
}

Task<PartitionOutcomes<Offset>> Admin::delete_records(std::map<TopicPartition, Offset> before) {
  const std::int32_t timeout_ms = request_timeout_ms();
  return detail::ask_leaders<Offset, Offset>(
      cluster_, std::move(before),
      [timeout_ms](std::shared_ptr<Node> node, std::map<TopicPartition, Offset> asked, SteadyTime until) {
        return ask_delete(std::move(node), std::move(asked), timeout_ms, until);
      },
      deadline());
}

}  // namespace sluice::client
