#include "server/transaction_check.h"

#include "base/crossing.h"
#include "coordinator/coordinator_error.h"
#include "server/broker.h"
#include "server/broker_shard.h"

namespace sluice {
namespace {

/// Runs on the coordinator's shard.
Task<ErrorCode> verify_here(TransactionCoordinator& transactions, const TransactionClaim& claim,
                            const TransactionPartitions& partitions) {
  for (const auto& [topic, indexes] : partitions)
    for (const PartitionIndex index : indexes) {
      const ErrorCode error = co_await transactions.verify(claim.transactional_id, claim.producer, topic, index);
      if (error != ErrorCode::none) co_return error;
    }
  co_return ErrorCode::none;
}

ErrorCode as_known(ErrorCode error, TransactionSupport support) {
  // Producers take the other code for the word of a transaction coordinator that has given their id away.
  if (error == ErrorCode::producer_fenced) return ErrorCode::invalid_producer_epoch;
  if (error == ErrorCode::transaction_abortable && support == TransactionSupport::early)
    return ErrorCode::invalid_txn_state;
  return error;
}

}  // namespace

Task<ErrorCode> check_transaction(Broker& broker, TransactionClaim claim,
                                  const TransactionPartitions& partitions) {
  const Result<BrokerShard*> owner = broker.transaction_coordinator_of(claim.transactional_id);
  if (!owner) co_return coordinator_error(owner.error().code);
  auto check = [shard = *owner, &claim, &partitions] {
    if (claim.support == TransactionSupport::adds_partitions)
      return shard->transactions().add_patiently(claim.transactional_id, claim.producer, partitions,
                                                 kTransactionsEpochBump);
    return verify_here(shard->transactions(), claim, partitions);
  };
  const ErrorCode error = co_await on((*owner)->loop(), check);
  co_return as_known(error, claim.support);
}

}  // namespace sluice
