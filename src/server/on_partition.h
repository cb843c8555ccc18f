// server/on_partition.h: work on one partition, on the shard that owns it.
#pragma once

#include <memory>
#include <string_view>

#include "base/crossing.h"
#include "replica/partition.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/partition_key.h"
#include "server/request_context.h"

namespace sluice {

/// The partition of that name in the request's image; not_found where there is none.
Result<PartitionKey> find_partition(const RequestContext& context, std::string_view topic,
                                    PartitionIndex partition);

namespace detail {
template <class T, class F>
Task<Result<T>> run_on_partition(BrokerShard& shard, PartitionKey key, F& work) {
  // Held here: the partition may be deleted while the work waits.
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return fail(Errc::not_leader, "the partition is not on this broker");
  co_return co_await work(*partition);
}
}  // namespace detail

/// Runs `work(Partition&)`, which returns a Task<Result<T>>, where the partition lives. Errors: not_found (no such
/// partition), not_leader (it is not here), and those of `work`.
template <class T, class F>
Task<Result<T>> on_partition(RequestContext& context, std::string_view topic, PartitionIndex partition, F work) {
  const Result<PartitionKey> key = find_partition(context, topic, partition);
  if (!key) co_return fail(key.error());
  BrokerShard& owner = context.broker.owner_of(*key);
  auto there = [&owner, key = *key, &work] { return detail::run_on_partition<T>(owner, key, work); };
  co_return co_await on(owner.loop(), there);
}

}  // namespace sluice
