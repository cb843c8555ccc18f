// server/handlers/end_txn.cc: EndTxn (API key 26). From version 5 on every end takes an epoch, which the answer
// tells (KIP-890).
#include "wire/api/end_txn.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_transaction_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::EndTxnRequest;
using wire::EndTxnResponse;

constexpr std::int16_t kFencedFrom = 2;
constexpr std::int16_t kEpochBumpFrom = 5;

Task<EndTxnResponse> answer(RequestContext& context, const EndTxnRequest& request) {
  const std::int16_t client_version = context.version >= kEpochBumpFrom ? kTransactionsEpochBump : std::int16_t{0};
  auto end = [&request, client_version](TransactionCoordinator& transactions) {
    return transactions.end(request.transactional_id, {request.producer_id, request.producer_epoch},
                            request.committed, client_version);
  };
  const ProducerAnswer ended =
      co_await on_transaction_coordinator(context, request.transactional_id, end, ProducerAnswer::failed);
  EndTxnResponse response;
  response.error_code = as_known_from(kFencedFrom, context.version, ended.error);
  response.producer_id = ended.producer_id;
  response.producer_epoch = ended.epoch;
  co_return response;
}

}  // namespace

Task<Result<Reply>> end_txn(RequestContext& context) {
  return serve<EndTxnRequest, EndTxnResponse>(context, answer);
}

}  // namespace sluice::handlers
