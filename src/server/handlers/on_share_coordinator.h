// server/handlers/on_share_coordinator.h: requests about the state of a share partition, answered where its
// coordinator lives.
#pragma once

#include <type_traits>

#include "base/crossing.h"
#include "coordinator/coordinator_error.h"
#include "coordinator/share_coordinator.h"
#include "server/broker.h"
#include "server/broker_shard.h"

namespace sluice::handlers {

/// Runs `work(ShareCoordinator&)`, which returns a Task, on the shard of the key's coordinator. What it views
/// stays with the caller, who waits. Where this broker does not coordinate the key, the answer is
/// `refuse(ErrorCode)`.
template <class Work, class Refuse>
auto on_share_coordinator(Broker& broker, const SharePartitionKey& key, Work work, Refuse refuse)
    -> std::invoke_result_t<Work&, ShareCoordinator&> {
  const Result<BrokerShard*> owner = broker.share_coordinator_of(text_of(key));
  if (!owner) co_return refuse(coordinator_error(owner.error().code));
  auto there = [shard = *owner, &work] { return work(shard->shares()); };
  co_return co_await on((*owner)->loop(), there);
}

}  // namespace sluice::handlers
