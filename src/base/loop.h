// base/loop.h: a shard's event loop as the layers see it. Production puts epoll behind it, the simulator one queue of
// events for the whole world.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>

#include "base/timer_queue.h"

namespace sluice {

/// A point on the steady clock: for deadlines and durations, never shown to anyone.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
/// A point on the wall clock in milliseconds since 1970: what records and files carry.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Owned by its shard and used on its thread only, but for `post`.
class Loop {
 public:
  virtual ~Loop() = default;

  virtual SteadyTime now() const = 0;
  virtual WallTime wall_now() const = 0;
  /// An unpredictable number in production, one from the seed in the simulator.
  virtual std::uint64_t random() = 0;

  /// Runs `job` on this loop's thread, after what is running. The one member for any thread.
  virtual void post(std::move_only_function<void()> job) = 0;
  /// Resumes `waiter` from the loop, after what is running: for wakers that must not be re-entered.
  virtual void resume_soon(std::coroutine_handle<> waiter) = 0;

  TimerQueue& timers() { return timers_; }

 protected:
  TimerQueue timers_;
};

}  // namespace sluice
