#include "server/expected_partitions.h"

#include <algorithm>

namespace sluice {

void ExpectedPartitions::expect(const PartitionKey& key) {
  expected_.try_emplace(key, std::make_shared<Arrival>(loop_));
}

Task<void> ExpectedPartitions::wait_for(PartitionKey key) {
  want(key);
  const auto found = expected_.find(key);
  if (found == expected_.end()) co_return;
  const std::shared_ptr<Arrival> arrival = found->second;  // Its entry may go while this waits.
  if (arrival->waiting++ == 0) arrival->deadline = loop_.now() + kWaitMax;
  // Once settled, only those who are going stand before.
  const SteadyTime deadline = arrival->settled ? SteadyTime::max() : arrival->deadline;
  if (!co_await arrival->turn.wait_until(deadline)) {
    --arrival->waiting;
    co_return;
  }
  if (--arrival->going == 0) let_go(key, *arrival);
}

void ExpectedPartitions::settle(const PartitionKey& key) {
  const auto found = expected_.find(key);
  if (found == expected_.end() || std::exchange(found->second->settled, true)) return;
  let_go(key, *std::shared_ptr(found->second));
}

void ExpectedPartitions::settle_all() {
  std::vector<PartitionKey> keys;
  for (const auto& [key, arrival] : expected_) keys.push_back(key);  // Order: sorted below.
  std::ranges::sort(keys);
  for (const PartitionKey& key : keys) settle(key);
}

void ExpectedPartitions::want(const PartitionKey& key) {
  if (contains(key) && wanted_.size() < kWantedMax) wanted_.push_back(key);
}

void ExpectedPartitions::let_go(const PartitionKey& key, Arrival& arrival) {
  arrival.going = std::exchange(arrival.waiting, 0);
  if (arrival.going == 0) {
    expected_.erase(key);
    return;
  }
  arrival.turn.notify_all();
}

}  // namespace sluice
