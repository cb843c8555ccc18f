// storage/directory_health.h: whether a log directory can still be trusted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "base/result.h"

namespace sluice {

/// Shared by all logs of one log directory, on whatever shards they are: the first I/O error takes all of it
/// offline, for as long as the process lives, since what its disk says later cannot be believed either. A full
/// disk is no error but a state, which passes. For any thread.
class DirectoryHealth {
 public:
  /// Called once, on the thread of the failing log, while the log's call is still under way: post what it leads
  /// to.
  using OnFailure = std::move_only_function<void(const Error&)>;
  explicit DirectoryHealth(OnFailure on_failure = {}) : on_failure_(std::move(on_failure)) {}

  bool offline() const { return offline_.load(std::memory_order_acquire); }
  /// Its disk is nearly full: what clients write is refused until it has room again.
  bool full() const { return room() <= 0; }
  /// How many bytes may still be written until the disk is looked at again; as many as there are before the first
  /// look.
  std::int64_t room() const { return room_.load(std::memory_order_relaxed); }
  /// What a look has found that began when room() was `as_of`: what was written meanwhile counts.
  void set_room(std::int64_t bytes, std::int64_t as_of) {
    room_.fetch_add(bytes - as_of, std::memory_order_relaxed);
  }
  void take_room(std::int64_t bytes) { room_.fetch_sub(bytes, std::memory_order_relaxed); }
  void fail(const Error& error) {
    if (offline_.exchange(true, std::memory_order_acq_rel)) return;
    if (on_failure_) on_failure_(error);
  }

 private:
  std::atomic<bool> offline_ = false;
  std::atomic<std::int64_t> room_ = std::numeric_limits<std::int64_t>::max();
  OnFailure on_failure_;
};

}  // namespace sluice
