// server/handlers/add_offsets_to_txn.cc: AddOffsetsToTxn (API key 25): puts the partition of __consumer_offsets
// that has the group into the transaction.
#include "wire/api/add_offsets_to_txn.h"

#include "coordinator/internal_topics.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_transaction_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::AddOffsetsToTxnRequest;
using wire::AddOffsetsToTxnResponse;

constexpr std::int16_t kFencedFrom = 2;

Task<AddOffsetsToTxnResponse> answer(RequestContext& context, const AddOffsetsToTxnRequest& request) {
  AddOffsetsToTxnResponse response;
  // A producer may come before any group did.
  const Result<void> ready = co_await context.broker.ensure_internal_topic(kGroupTopic);
  const Result<PartitionIndex> index = context.broker.group_partition_of(request.group_id);
  if (!ready || !index) {
    response.error_code = ErrorCode::coordinator_not_available;
    co_return response;
  }
  const TransactionPartitions partitions{{std::string(kGroupTopic), {*index}}};
  auto add = [&request, &partitions](TransactionCoordinator& transactions) {
    return transactions.add(request.transactional_id, {request.producer_id, request.producer_epoch}, partitions,
                            0);
  };
  auto refuse = [](ErrorCode error) { return error; };
  const ErrorCode added = co_await on_transaction_coordinator(context, request.transactional_id, add, refuse);
  response.error_code = as_known_from(kFencedFrom, context.version, added);
  co_return response;
}

}  // namespace

Task<Result<Reply>> add_offsets_to_txn(RequestContext& context) {
  return serve<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(context, answer);
}

}  // namespace sluice::handlers
