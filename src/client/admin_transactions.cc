// Transactions: who writes them, who coordinates them, and how those that hang are ended.
#include <algorithm>

#include "client/admin.h"
#include "client/detail/by_leader.h"
#include "client/detail/until_done.h"
#include "wire/api/describe_producers.h"
#include "wire/api/describe_transactions.h"
#include "wire/api/init_producer_id.h"
#include "wire/api/list_transactions.h"
#include "wire/api/write_txn_markers.h"

namespace sluice::client {
namespace {

using wire::DescribeProducersRequest;
using wire::DescribeTransactionsResponse;
using wire::WriteTxnMarkersRequest;
using Producers = std::vector<ActiveProducer>;

Task<PartitionOutcomes<Producers>> ask_producers(std::shared_ptr<Node> node,
                                                 std::map<TopicPartition, bool> partitions, SteadyTime deadline) {
  DescribeProducersRequest request;
  for (const auto& [partition, wanted] : partitions) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back();
      request.topics.back().name = partition.topic;
    }
    request.topics.back().partition_indexes.push_back(partition.partition);
  }
  const auto answer = co_await node->ask(request, deadline);
  if (!answer) co_return detail::all_failed<Producers>(partitions, answer.error());
  PartitionOutcomes<Producers> outcomes;
  for (const auto& topic : (*answer)->topics) {
    for (const auto& result : topic.partitions) {
      TopicPartition partition{std::string(topic.name), result.partition_index};
      Outcome<Producers> producers;
      for (const auto& state : result.active_producers)
        producers->push_back({.id = state.producer_id,
                              .epoch = state.producer_epoch,
                              .last_sequence = state.last_sequence,
                              .last_timestamp = state.last_timestamp,
                              .coordinator_epoch = state.coordinator_epoch,
                              .transaction_start = state.current_txn_start_offset});
      if (result.error_code != ErrorCode::none)
        producers = failed(failure_of(result.error_code, "describing producers of " + to_string(partition),
                                      result.error_message));
      outcomes.emplace(std::move(partition), std::move(producers));
    }
  }
  co_return outcomes;
}

/// One attempt at one replica that leads nothing or does not matter as a leader.
Task<PartitionOutcomes<Producers>> ask_replica(Cluster& cluster, NodeId replica,
                                               std::map<TopicPartition, bool> partitions, SteadyTime deadline) {
  Outcome<std::shared_ptr<Node>> node = co_await cluster.node(replica, deadline);
  if (!node) co_return detail::all_failed<Producers>(partitions, node.error());
  co_return co_await ask_producers(*node, std::move(partitions), cluster.request_deadline(deadline));
}

Task<PartitionOutcomes<void>> ask_abort(std::shared_ptr<Node> node, OpenTransaction transaction,
                                        SteadyTime deadline) {
  WriteTxnMarkersRequest request;
  request.markers.push_back({.producer_id = transaction.producer,
                             .producer_epoch = transaction.epoch,
                             .transaction_result = false,
                             .topics = {{.name = transaction.partition.topic,
                                         .partition_indexes = {transaction.partition.partition},
                                         .unknown_tags = {}}},
                             .coordinator_epoch = transaction.coordinator_epoch,
                             .transaction_version = 0,
                             .unknown_tags = {}});
  const auto answer = co_await node->ask(request, deadline);
  PartitionOutcomes<void> outcomes;
  if (!answer) {
    outcomes.emplace(transaction.partition, failed(answer.error()));
    co_return outcomes;
  }
  for (const auto& marker : (*answer)->markers)
    for (const auto& topic : marker.topics)
      for (const auto& result : topic.partitions)
        outcomes.emplace(TopicPartition{std::string(topic.name), result.partition_index},
                         outcome_of(result.error_code, "aborting a transaction"));
  co_return outcomes;
}

TransactionDescription description_of(const DescribeTransactionsResponse::TransactionState& from,
                                      NodeId coordinator) {
  TransactionDescription description{.coordinator = coordinator,
                                     .state = std::string(from.transaction_state),
                                     .producer = from.producer_id,
                                     .epoch = from.producer_epoch,
                                     .timeout = std::chrono::milliseconds(from.transaction_timeout_ms),
                                     .start_time = from.transaction_start_time_ms,
                                     .partitions = {}};
  for (const auto& topic : from.topics)
    for (const PartitionIndex partition : topic.partitions)
      description.partitions.insert({std::string(topic.topic), partition});
  return description;
}

/// The end of the last transaction may still be on its way.
bool is_busy(const Failure& failure) { return failure.code == ErrorCode::concurrent_transactions; }

}  // namespace

Task<PartitionOutcomes<Producers>> Admin::describe_producers(std::set<TopicPartition> partitions,
                                                             std::optional<NodeId> replica) {
  const SteadyTime until = deadline();
  std::map<TopicPartition, bool> wanted;
  for (const TopicPartition& partition : partitions) wanted.emplace(partition, true);
  if (!replica)
    co_return co_await detail::ask_leaders<bool, Producers>(
        cluster_, std::move(wanted),
        [](std::shared_ptr<Node> node, std::map<TopicPartition, bool> asked, SteadyTime latest) {
          return ask_producers(std::move(node), std::move(asked), latest);
        },
        until);
  const Outcome<std::vector<NodeId>> known = co_await broker_ids(until);
  if (!known) co_return detail::all_failed<Producers>(wanted, known.error());
  co_return co_await detail::until_done<TopicPartition, bool, Producers>(
      cluster_, std::move(wanted),
      [this, at = *replica, until](std::map<TopicPartition, bool> left) {
        return ask_replica(cluster_, at, std::move(left), until);
      },
      until);
}

Task<Outcome<std::vector<TransactionListing>>> Admin::list_transactions_of(NodeId broker,
                                                                           const TransactionFilter& filter,
                                                                           SteadyTime until) {
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(broker, until);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::list_transactions);
  if (!version) co_return failed(version.error());
  const std::int16_t needed = filter.id_pattern ? 2 : filter.longer ? 1 : 0;
  if (*version < needed)
    co_return failed(ErrorCode::unsupported_version, "{} is too old to filter transactions like this",
                     (*node)->name());
  wire::ListTransactionsRequest request;
  request.state_filters.assign(filter.states.begin(), filter.states.end());
  request.producer_id_filters = filter.producers;
  if (filter.longer) request.duration_filter = filter.longer->count();
  if (filter.id_pattern) request.transactional_id_pattern = *filter.id_pattern;
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(until));
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said = outcome_of((*answer)->error_code, "listing transactions");
  if (!said) co_return failed(said.error());
  std::vector<TransactionListing> listings;
  for (const auto& state : (*answer)->transaction_states)
    listings.push_back(
        {std::string(state.transactional_id), state.producer_id, std::string(state.transaction_state)});
  co_return listings;
}

Task<Outcome<std::map<NodeId, std::vector<TransactionListing>>>> Admin::list_transactions(
    TransactionFilter filter) {
  const SteadyTime until = deadline();
  const Outcome<std::vector<NodeId>> brokers = co_await broker_ids(until);
  if (!brokers) co_return failed(brokers.error());
  std::map<NodeId, std::vector<TransactionListing>> all;
  for (const NodeId broker : *brokers) {
    auto listed = co_await with_retries<std::vector<TransactionListing>>(
        cluster_, until, [this, broker, &filter, until] { return list_transactions_of(broker, filter, until); });
    if (!listed) co_return failed(std::move(listed.error()));
    all.emplace(broker, std::move(*listed));
  }
  co_return all;
}

Task<Outcomes<TransactionDescription>> Admin::describe_transaction_once(std::string transactional_id,
                                                                        SteadyTime until) {
  Outcomes<TransactionDescription> outcomes;
  const Outcome<std::shared_ptr<Node>> node =
      co_await cluster_.coordinator(CoordinatorType::transaction, transactional_id, until);
  if (!node) {
    outcomes.emplace(transactional_id, failed(node.error()));
    co_return outcomes;
  }
  wire::DescribeTransactionsRequest request;
  request.transactional_ids = {transactional_id};
  const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(until));
  if (!answer) {
    outcomes.emplace(transactional_id, failed(answer.error()));
    co_return outcomes;
  }
  for (const auto& state : (*answer)->transaction_states) {
    Outcome<void> said = outcome_of(state.error_code, "transactional id " + std::string(state.transactional_id));
    if (said)
      outcomes.emplace(std::string(state.transactional_id), description_of(state, (*node)->id()));
    else
      outcomes.emplace(std::string(state.transactional_id), failed(std::move(said.error())));
  }
  co_return outcomes;
}

Task<Outcomes<TransactionDescription>> Admin::describe_transactions(std::vector<std::string> transactional_ids) {
  const SteadyTime until = deadline();
  Outcomes<TransactionDescription> outcomes;
  for (const std::string& id : transactional_ids) {
    std::map<std::string, bool> wanted{{id, true}};
    outcomes.merge(co_await detail::until_done<std::string, bool, TransactionDescription>(
        cluster_, std::move(wanted),
        [this, until](std::map<std::string, bool> left) {
          return describe_transaction_once(left.begin()->first, until);
        },
        until));
  }
  co_return outcomes;
}

Task<Outcome<void>> Admin::abort_transaction(OpenTransaction transaction) {
  const TopicPartition partition = transaction.partition;
  const auto outcomes = co_await detail::ask_leaders<OpenTransaction, void>(
      cluster_, {{partition, std::move(transaction)}},
      [](std::shared_ptr<Node> node, std::map<TopicPartition, OpenTransaction> asked, SteadyTime until) {
        return ask_abort(std::move(node), std::move(asked.begin()->second), until);
      },
      deadline());
  co_return outcomes.at(partition);
}

Task<Outcome<void>> Admin::fence_once(std::string transactional_id, SteadyTime until) {
  const Outcome<std::shared_ptr<Node>> node =
      co_await cluster_.coordinator(CoordinatorType::transaction, transactional_id, until);
  if (!node) co_return failed(node.error());
  wire::InitProducerIdRequest request;
  request.transactional_id = transactional_id;
  // Nothing will be written with the new epoch, but brokers refuse what could never be in time.
  request.transaction_timeout_ms = request_timeout_ms();
  const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(until));
  if (!answer) co_return failed(answer.error());
  co_return outcome_of((*answer)->error_code, "fencing the producer of " + transactional_id);
}

Task<Outcome<void>> Admin::fence_producer(std::string transactional_id) {
  const SteadyTime until = deadline();
  Backoff backoff = cluster_.retry_backoff();
  while (true) {
    Outcome<void> done = co_await fence_once(transactional_id, until);
    if (done || !(done.error().retriable() || is_busy(done.error()))) co_return done;
    const bool more = co_await cluster_.pause(backoff, until);
    if (!more) co_return done;
  }
}

}  // namespace sluice::client
