// replica/fetch_waiter.h: a fetch that waits until enough has been appended to partitions of any shard.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/event.h"
#include "base/loop.h"

namespace sluice {

/// Held by the fetch that waits and by the partitions that it waits on, which drop it once it is done. Partitions
/// tell it what arrives, from their own threads; it wakes its fetch once.
class FetchWaiter : public std::enable_shared_from_this<FetchWaiter> {
 public:
  /// `home` is the loop that the fetch runs on; `bytes_wanted` is at least 1.
  FetchWaiter(Loop& home, std::int64_t bytes_wanted) : home_(home), woken_(home), bytes_missing_(bytes_wanted) {}

  /// Any thread: `bytes` more can be read from one of its partitions.
  void arrived(std::int64_t bytes);
  /// Any thread: something else happened that the fetch had better look at (a new leader, a deletion).
  void wake();
  /// Any thread: nobody waits any more.
  bool done() const { return done_.load(std::memory_order_relaxed); }

  /// On `home`: returns when woken or at the deadline; then nothing wakes it any more.
  Task<void> wait_until(SteadyTime deadline);

 private:
  Loop& home_;
  Event woken_;  // On `home`.
  std::atomic<std::int64_t> bytes_missing_;
  std::atomic<bool> done_ = false;
};

}  // namespace sluice
