// server/handlers/add_partitions_to_txn.cc: AddPartitionsToTxn (API key 24). Producers send one transaction, up to
// version 3; from version 4 on brokers send those of their producers, also to be verified only (KIP-890).
#include "wire/api/add_partitions_to_txn.h"

#include <algorithm>

#include "server/handlers/handlers.h"
#include "server/handlers/on_transaction_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::AddPartitionsToTxnRequest;
using wire::AddPartitionsToTxnResponse;
using Topics = std::vector<AddPartitionsToTxnRequest::AddPartitionsToTxnTopic>;
using TopicResults = std::vector<AddPartitionsToTxnResponse::AddPartitionsToTxnTopicResult>;

constexpr std::int16_t kBatchedFrom = 4;
constexpr std::int16_t kAbortableFrom = 5;
constexpr std::int16_t kFencedFrom = 2;

struct Asked {
  std::string_view transactional_id;
  TransactionProducer producer;
  bool verify_only = false;
  const Topics& topics;
};

ErrorCode refuse(ErrorCode error) { return error; }

/// Calls `f` with the name, index and result of every partition.
template <class F>
void for_each_result(TopicResults& results, F f) {
  for (auto& topic : results)
    for (auto& partition : topic.results_by_partition)
      f(topic.name, partition.partition_index, partition.partition_error_code);
}

/// A result for every partition: an error where there is no such partition.
TopicResults unknown_partitions(const RequestContext& context, const Topics& topics) {
  TopicResults results;
  for (const auto& topic : topics) {
    const TopicImage* image = context.image->topic(topic.name);
    auto& result = results.emplace_back();
    result.name = topic.name;
    for (const PartitionIndex index : topic.partitions) {
      const bool exists = image != nullptr && image->partition(index) != nullptr;
      result.results_by_partition.push_back(
          {.partition_index = index,
           .partition_error_code = exists ? ErrorCode::none : ErrorCode::unknown_topic_or_partition,
           .unknown_tags = {}});
    }
  }
  return results;
}

Task<void> verify(RequestContext& context, const Asked& asked, TopicResults& results) {
  for (auto& topic : results)
    for (auto& partition : topic.results_by_partition) {
      if (partition.partition_error_code != ErrorCode::none) continue;
      auto ask = [&asked, &topic, &partition](TransactionCoordinator& transactions) {
        return transactions.verify(asked.transactional_id, asked.producer, topic.name, partition.partition_index);
      };
      ErrorCode error = co_await on_transaction_coordinator(context, asked.transactional_id, ask, refuse);
      if (error == ErrorCode::transaction_abortable && context.version < kAbortableFrom)
        error = ErrorCode::invalid_txn_state;
      partition.partition_error_code = error;
    }
}

/// All partitions or none.
Task<void> add(RequestContext& context, const Asked& asked, TopicResults& results) {
  TransactionPartitions partitions;
  bool all_exist = true;
  for_each_result(results, [&](std::string_view topic, PartitionIndex index, ErrorCode error) {
    partitions[std::string(topic)].insert(index);
    all_exist = all_exist && error == ErrorCode::none;
  });
  ErrorCode answer = ErrorCode::operation_not_attempted;
  if (all_exist) {
    const std::int16_t client_version = context.version >= kBatchedFrom ? kTransactionsEpochBump : std::int16_t{0};
    auto ask = [&asked, &partitions, client_version](TransactionCoordinator& transactions) {
      return transactions.add(asked.transactional_id, asked.producer, partitions, client_version);
    };
    answer = co_await on_transaction_coordinator(context, asked.transactional_id, ask, refuse);
    answer = as_known_from(kFencedFrom, context.version, answer);
  }
  for_each_result(results, [answer](std::string_view, PartitionIndex, ErrorCode& error) {
    if (error == ErrorCode::none) error = answer;
  });
}

Task<TopicResults> take(RequestContext& context, Asked asked) {
  TopicResults results = unknown_partitions(context, asked.topics);
  if (asked.verify_only)
    co_await verify(context, asked, results);
  else
    co_await add(context, asked, results);
  co_return results;
}

Task<AddPartitionsToTxnResponse> answer(RequestContext& context, const AddPartitionsToTxnRequest& request) {
  AddPartitionsToTxnResponse response;
  if (context.version < kBatchedFrom) {
    const Asked asked{.transactional_id = request.v3_and_below_transactional_id,
                      .producer = {request.v3_and_below_producer_id, request.v3_and_below_producer_epoch},
                      .topics = request.v3_and_below_topics};
    response.results_by_topic_v3_and_below = co_await take(context, asked);
    co_return response;
  }
  for (const auto& transaction : request.transactions) {
    const Asked asked{.transactional_id = transaction.transactional_id,
                      .producer = {transaction.producer_id, transaction.producer_epoch},
                      .verify_only = transaction.verify_only,
                      .topics = transaction.topics};
    auto& result = response.results_by_transaction.emplace_back();
    result.transactional_id = transaction.transactional_id;
    result.topic_results = co_await take(context, asked);
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> add_partitions_to_txn(RequestContext& context) {
  return serve<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(context, answer);
}

}  // namespace sluice::handlers
