// server/handlers/on_transaction_coordinator.h: requests about a transactional id, answered where its coordinator
// lives.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/crossing.h"
#include "coordinator/coordinator_error.h"
#include "coordinator/transaction_coordinator.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/request_context.h"

namespace sluice::handlers {

/// Runs `work(TransactionCoordinator&)`, which returns a Task, on the shard of the id's coordinator. What it views
/// of the request stays, as the request waits. Where this broker does not coordinate the id, the answer is
/// `refuse(ErrorCode)`.
template <class Work, class Refuse>
auto on_transaction_coordinator(RequestContext& context, std::string_view id, Work work, Refuse refuse)
    -> std::invoke_result_t<Work&, TransactionCoordinator&> {
  const Result<BrokerShard*> owner = context.broker.transaction_coordinator_of(id);
  if (!owner) co_return refuse(coordinator_error(owner.error().code));
  auto there = [shard = *owner, &work] { return work(shard->transactions()); };
  co_return co_await on((*owner)->loop(), there);
}

/// KIP-588: before `known_from`, clients did not know producer_fenced.
inline ErrorCode as_known_from(std::int16_t known_from, std::int16_t version, ErrorCode error) {
  return error == ErrorCode::producer_fenced && version < known_from ? ErrorCode::invalid_producer_epoch : error;
}

}  // namespace sluice::handlers
