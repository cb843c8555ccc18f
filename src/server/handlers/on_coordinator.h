// server/handlers/on_coordinator.h: requests about a group, answered where its coordinator lives.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "base/crossing.h"
#include "coordinator/coordinator_error.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/internal_topics.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/request_context.h"

namespace sluice::handlers {

/// Runs `work(GroupCoordinator&)`, which returns a Task, on the shard of the group's coordinator. What it views of
/// the request stays, as the request waits. Where this broker does not coordinate the group, the answer is
/// `refuse(ErrorCode)`.
template <class Work, class Refuse>
auto on_coordinator(RequestContext& context, std::string_view group, Work work, Refuse refuse)
    -> std::invoke_result_t<Work&, GroupCoordinator&> {
  Result<BrokerShard*> owner = context.broker.coordinator_of(group);
  if (!owner) {
    // Clients that know where the coordinator is do not ask for it, which would have made the topic of groups.
    const Result<void> ready = co_await context.broker.ensure_internal_topic(kGroupTopic);
    if (ready) owner = context.broker.coordinator_of(group);
  }
  if (!owner) co_return refuse(coordinator_error(owner.error().code));
  auto there = [shard = *owner, &work] { return work(shard->groups()); };
  co_return co_await on((*owner)->loop(), there);
}

/// Who sent the request. Lives as long as the context.
inline GroupClient client_of(RequestContext& context) {
  return {.client_id = context.client_id,
          .host = context.arena.copy("/" + context.peer.address.host),
          .version = context.version};
}

}  // namespace sluice::handlers
