// base/loop.h: a shard's event loop as the layers see it. Production puts epoll behind it, the simulator one queue
// of events for the whole world.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/timer_queue.h"

namespace sluice {

/// A point on the steady clock: for deadlines and durations, never shown to anyone.
using SteadyTime = Timer::Time;
/// A point on the wall clock in milliseconds since 1970: what records and files carry.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Something to run on a loop. Whoever posts it keeps it until it has run; it may die in `run`.
class Job {
 public:
  virtual void run() = 0;

 protected:
  ~Job() = default;

 private:
  friend class JobQueue;
  Job* next_ = nullptr;
};

/// Owned by its shard and used on its thread only, but for `post`.
class Loop {
 public:
  virtual ~Loop() = default;

  virtual SteadyTime now() const = 0;
  virtual WallTime wall_now() const = 0;
  /// An unpredictable number in production, one from the seed in the simulator.
  virtual std::uint64_t random() = 0;

  /// Runs `job` on this loop's thread, after what is running. With its overload the one member for any thread.
  virtual void post(Job& job) = 0;
  void post(std::move_only_function<void()> work);

  TimerQueue& timers() { return timers_; }

  /// The loop whose thread this is. Must not be asked for outside of one.
  static Loop& current();
  static bool is_current(const Loop& loop) { return current_ == &loop; }

 protected:
  /// Makes a loop the current one of its thread for as long as it lives.
  class Scope {
   public:
    explicit Scope(Loop& loop) : before_(current_) { current_ = &loop; }
    ~Scope() { current_ = before_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Loop* before_;
  };

  TimerQueue timers_;

 private:
  static thread_local Loop* current_;
};

}  // namespace sluice
