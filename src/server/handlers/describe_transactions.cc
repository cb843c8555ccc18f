// server/handlers/describe_transactions.cc: DescribeTransactions (API key 65, KIP-664).
#include "wire/api/describe_transactions.h"

#include <algorithm>

#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_transaction_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::DescribeTransactionsRequest;
using wire::DescribeTransactionsResponse;

Task<DescribedTransaction> describe(RequestContext& context, std::string_view id) {
  auto ask = [id](TransactionCoordinator& transactions) { return transactions.describe(id); };
  auto refuse = [](ErrorCode error) { return DescribedTransaction{.error = error, .metadata = {}}; };
  co_return co_await on_transaction_coordinator(context, id, ask, refuse);
}

DescribeTransactionsResponse::TransactionState state_of(RequestContext& context, std::string_view id,
                                                        const DescribedTransaction& described) {
  DescribeTransactionsResponse::TransactionState state;
  state.transactional_id = id;
  state.error_code = described.error;
  if (described.error != ErrorCode::none) return state;
  const TransactionMetadata& metadata = described.metadata;
  state.transaction_state = name(metadata.state);
  state.transaction_timeout_ms = static_cast<std::int32_t>(metadata.timeout.count());
  state.transaction_start_time_ms = metadata.started ? metadata.started->time_since_epoch().count() : -1;
  state.producer_id = metadata.producer_id;
  state.producer_epoch = metadata.epoch;
  for (const auto& [topic, partitions] : metadata.partitions)
    state.topics.push_back({.topic = context.arena.copy(topic),
                            .partitions = {partitions.begin(), partitions.end()},
                            .unknown_tags = {}});
  return state;
}

Task<DescribeTransactionsResponse> answer(RequestContext& context, const DescribeTransactionsRequest& request) {
  std::vector<Task<DescribedTransaction>> asked;
  for (const std::string_view id : request.transactional_ids) asked.push_back(describe(context, id));
  const std::vector<DescribedTransaction> described = co_await when_all(std::move(asked));
  DescribeTransactionsResponse response;
  for (std::size_t i = 0; i < described.size(); ++i)
    response.transaction_states.push_back(state_of(context, request.transactional_ids[i], described[i]));
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_transactions(RequestContext& context) {
  return serve<DescribeTransactionsRequest, DescribeTransactionsResponse>(context, answer);
}

}  // namespace sluice::handlers
