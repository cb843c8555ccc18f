// server/handlers/list_transactions.cc: ListTransactions (API key 66, KIP-664, KIP-994, KIP-1152): what this
// broker coordinates.
#include "wire/api/list_transactions.h"

#include <re2/re2.h>

#include "base/crossing.h"
#include "base/when_all.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"

namespace sluice::handlers {
namespace {

using wire::ListTransactionsRequest;
using wire::ListTransactionsResponse;

/// The filter's pattern is left to the caller. States that there are none of go into the response.
TransactionFilter filter_of(const ListTransactionsRequest& request, ListTransactionsResponse& response) {
  TransactionFilter filter;
  filter.any_state = request.state_filters.empty();
  for (const std::string_view wanted : request.state_filters) {
    if (const std::optional<TransactionState> state = parse_transaction_state(wanted))
      filter.states.insert(*state);
    else
      response.unknown_state_filters.push_back(wanted);
  }
  filter.producer_ids = {request.producer_id_filters.begin(), request.producer_id_filters.end()};
  if (request.duration_filter >= 0) filter.longer_than = std::chrono::milliseconds(request.duration_filter);
  return filter;
}

Task<TransactionListAnswer> list_shard(BrokerShard& shard, const TransactionFilter& filter) {
  auto list = [&shard, &filter] { return shard.transactions().list(filter); };
  co_return co_await on(shard.loop(), list);
}

Task<ListTransactionsResponse> answer(RequestContext& context, const ListTransactionsRequest& request) {
  ListTransactionsResponse response;
  const TransactionFilter filter = filter_of(request, response);
  const std::string_view pattern = request.transactional_id_pattern.value_or("");
  const re2::RE2 matcher(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
  if (!matcher.ok()) {
    response.error_code = ErrorCode::invalid_regular_expression;
    co_return response;
  }
  std::vector<Task<TransactionListAnswer>> lists;
  for (const auto& shard : context.broker.shards()) lists.push_back(list_shard(*shard, filter));
  const std::vector<TransactionListAnswer> listed = co_await when_all(std::move(lists));
  for (const TransactionListAnswer& shard : listed) {
    if (shard.error != ErrorCode::none) response.error_code = shard.error;
    for (const ListedTransaction& transaction : shard.transactions) {
      if (!pattern.empty() && !re2::RE2::FullMatch(transaction.transactional_id, matcher)) continue;
      response.transaction_states.push_back({.transactional_id = context.arena.copy(transaction.transactional_id),
                                             .producer_id = transaction.producer_id,
                                             .transaction_state = name(transaction.state),
                                             .unknown_tags = {}});
    }
  }
  if (response.error_code != ErrorCode::none) response.transaction_states.clear();
  co_return response;
}

}  // namespace

Task<Result<Reply>> list_transactions(RequestContext& context) {
  return serve<ListTransactionsRequest, ListTransactionsResponse>(context, answer);
}

}  // namespace sluice::handlers
