// server/handlers/init_producer_id.cc: InitProducerId (API key 22): ids for idempotent producers, and for those
// with a transactional id, which the transaction coordinator gives.
#include "wire/api/init_producer_id.h"
#include "server/broker.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_transaction_coordinator.h"
#include "server/request_context.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::InitProducerIdRequest;
using wire::InitProducerIdResponse;

constexpr std::int16_t kFencedFrom = 4;

Task<ProducerAnswer> idempotent(RequestContext& context) {
  const Result<ProducerId> id = co_await context.broker.next_producer_id();
  if (!id) co_return ProducerAnswer::failed(wire_code(id.error().code));
  co_return ProducerAnswer{.producer_id = *id, .epoch = {0}};
}

Task<ProducerAnswer> transactional(RequestContext& context, const InitProducerIdRequest& request) {
  const std::string_view id = *request.transactional_id;
  if (id.empty()) co_return ProducerAnswer::failed(ErrorCode::invalid_request);
  std::optional<TransactionProducer> known;
  if (request.producer_id.value >= 0) known = {request.producer_id, request.producer_epoch};
  const TransactionTimeout timeout{.time = std::chrono::milliseconds(request.transaction_timeout_ms),
                                   .two_phase_commit = request.enable_2pc,
                                   .keep_prepared = request.keep_prepared_txn};
  auto init = [id, timeout, known](TransactionCoordinator& transactions) {
    return transactions.init(id, timeout, known);
  };
  co_return co_await on_transaction_coordinator(context, id, init, ProducerAnswer::failed);
}

Task<InitProducerIdResponse> answer(RequestContext& context, const InitProducerIdRequest& request) {
  ProducerAnswer answered = ProducerAnswer::failed(ErrorCode::invalid_request);
  // Whoever knows one of both knows the other.
  const bool has_id = request.producer_id.value >= 0, has_epoch = request.producer_epoch.value >= 0;
  if (has_id == has_epoch)
    answered = request.transactional_id ? co_await transactional(context, request) : co_await idempotent(context);
  InitProducerIdResponse response;
  response.error_code = as_known_from(kFencedFrom, context.version, answered.error);
  response.producer_id = answered.producer_id;
  response.producer_epoch = answered.epoch;
  co_return response;
}

}  // namespace

Task<Result<Reply>> init_producer_id(RequestContext& context) {
  return serve<InitProducerIdRequest, InitProducerIdResponse>(context, answer);
}

}  // namespace sluice::handlers
