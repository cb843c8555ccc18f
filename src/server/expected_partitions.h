// server/expected_partitions.h: partitions of one shard that are still being recovered, and the appends that wait
// for them. A producer that sends batch after batch without waiting for answers must not see the first refused and
// a later one accepted: so whoever comes waits, and they go on in the order in which they came.
#pragma once

#include <chrono>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/event.h"
#include "server/partition_key.h"

namespace sluice {

class ExpectedPartitions {
 public:
  /// How long appends wait: less than clients wait for an answer.
  static constexpr std::chrono::seconds kWaitMax{10};

  explicit ExpectedPartitions(Loop& loop) : loop_(loop) {}

  void expect(const PartitionKey& key);
  /// Whether to `wait_for` it before looking for it: it is not here yet, or others who waited go first.
  bool contains(const PartitionKey& key) const { return !expected_.empty() && expected_.contains(key); }
  /// Returns once the partition is here, or will not be, or kWaitMax has passed since the first of those who wait
  /// came: they are all sent away together.
  Task<void> wait_for(PartitionKey key);
  /// The partition is here, or will not be.
  void settle(const PartitionKey& key);
  void settle_all();

  /// Somebody asks for it: it should be next.
  void want(const PartitionKey& key);
  std::vector<PartitionKey> take_wanted() { return std::exchange(wanted_, {}); }

 private:
  struct Arrival {
    explicit Arrival(Loop& loop) : turn(loop) {}
    Event turn;
    SteadyTime deadline{};
    std::size_t waiting = 0;
    std::size_t going = 0;  ///< Woken, and not resumed yet.
    bool settled = false;
  };
  void let_go(const PartitionKey& key, Arrival& arrival);

  static constexpr std::size_t kWantedMax = 1000;
  Loop& loop_;
  std::unordered_map<PartitionKey, std::shared_ptr<Arrival>, PartitionKeyHash> expected_;
  std::vector<PartitionKey> wanted_;
};

}  // namespace sluice
