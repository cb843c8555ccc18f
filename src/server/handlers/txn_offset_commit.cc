// server/handlers/txn_offset_commit.cc: TxnOffsetCommit (API key 28): offsets that count once a transaction is
// committed. Topics and partitions that do not exist are refused here; what is left goes to the group's
// coordinator, with the topics' names and ids.
#include "wire/api/txn_offset_commit.h"

#include "coordinator/internal_topics.h"
#include "server/handlers/handlers.h"
#include "server/handlers/offset_selection.h"
#include "server/handlers/on_coordinator.h"
#include "server/transaction_check.h"

namespace sluice::handlers {
namespace {

using wire::TxnOffsetCommitRequest;
using wire::TxnOffsetCommitResponse;

constexpr std::int16_t kLoadingFrom = 2;
constexpr std::int16_t kAbortableFrom = 4;
constexpr std::int16_t kAddsFrom = 5;
constexpr std::int16_t kTopicIdsFrom = 6;

TransactionSupport support_of(std::int16_t version) {
  if (version >= kAddsFrom) return TransactionSupport::adds_partitions;
  return version >= kAbortableFrom ? TransactionSupport::abortable : TransactionSupport::early;
}

/// Runs on the shard of the group's coordinator. The request's coroutine waits, and with it what is viewed.
Task<ErrorCode> check(Broker& broker, TransactionClaim claim, std::string_view group) {
  const Result<PartitionIndex> index = broker.group_partition_of(group);
  if (!index) co_return ErrorCode::not_coordinator;
  const TransactionPartitions partitions{{std::string(kGroupTopic), {*index}}};
  const ErrorCode error = co_await check_transaction(broker, claim, partitions);
  // The client would look for another coordinator of the group; it is that of the transaction which is not ready.
  if (error == ErrorCode::not_coordinator || error == ErrorCode::coordinator_not_available)
    co_return ErrorCode::coordinator_load_in_progress;
  co_return error;
}

ErrorCode known_in(std::int16_t version, ErrorCode error) {
  // Before KIP-848 there were no member epochs to be stale.
  if (error == ErrorCode::stale_member_epoch && version < kTopicIdsFrom) return ErrorCode::illegal_generation;
  // Old producers could not cope with the other code (KAFKA-7296).
  const bool is_loading = error == ErrorCode::coordinator_load_in_progress;
  return is_loading && version < kLoadingFrom ? ErrorCode::coordinator_not_available : error;
}

Task<TxnOffsetCommitResponse> answer(RequestContext& context, const TxnOffsetCommitRequest& request) {
  TxnOffsetCommitResponse response;
  const auto selection = select_offsets(context, request, context.version >= kTopicIdsFrom, response);
  if (selection.results.empty()) co_return response;
  const TransactionClaim claim{.transactional_id = request.transactional_id,
                               .producer = {request.producer_id, request.producer_epoch},
                               .support = support_of(context.version)};
  const bool epoch_bump = claim.support == TransactionSupport::adds_partitions;
  const bool verified = epoch_bump || context.shard.verifies_transactions();
  Broker& broker = context.broker;
  auto commit = [&selection, &broker, claim, epoch_bump, verified](GroupCoordinator& groups) {
    const std::string_view group = selection.request.group_id;
    TransactionCheck ask = [&broker, claim, group] { return check(broker, claim, group); };
    if (!verified) ask = []() -> Task<ErrorCode> { co_return ErrorCode::none; };
    return groups.commit_transactional(selection.request, epoch_bump, std::move(ask));
  };
  auto refuse = [](ErrorCode error) { return OffsetsAnswer{error, {}}; };
  const OffsetsAnswer committed = co_await on_coordinator(context, request.group_id, commit, refuse);
  for (std::size_t i = 0; i < selection.results.size(); ++i)
    *selection.results[i] = known_in(
        context.version, committed.error != ErrorCode::none ? committed.error : committed.partitions[i]);
  co_return response;
}

}  // namespace

Task<Result<Reply>> txn_offset_commit(RequestContext& context) {
  return serve<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(context, answer);
}

}  // namespace sluice::handlers
