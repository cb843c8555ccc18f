// server/handlers/init_producer_id.cc: InitProducerId (API key 22): ids for idempotent producers. Transactional
// ids need a transaction coordinator, which this broker does not have.
#include "wire/api/init_producer_id.h"
#include "server/broker.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::InitProducerIdRequest;
using wire::InitProducerIdResponse;

Task<InitProducerIdResponse> answer(RequestContext& context, const InitProducerIdRequest& request) {
  InitProducerIdResponse response;
  if (request.transactional_id) {
    response.error_code =
        request.transactional_id->empty() ? ErrorCode::invalid_request : ErrorCode::coordinator_not_available;
    co_return response;
  }
  const Result<ProducerId> id = co_await context.broker.next_producer_id();
  if (!id) {
    response.error_code = wire_code(id.error().code);
    co_return response;
  }
  response.producer_id = *id;
  response.producer_epoch = {0};
  co_return response;
}

}  // namespace

Task<Result<Reply>> init_producer_id(RequestContext& context) {
  return serve<InitProducerIdRequest, InitProducerIdResponse>(context, answer);
}

}  // namespace sluice::handlers
