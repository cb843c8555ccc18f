// base/timer_queue.h: what is due when, on one shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace sluice {

class TimerQueue;

/// Something that happens once: at a time, or as soon as the loop comes round. It leaves its queue when it dies;
/// it may be set again after it fired.
class Timer {
 public:
  using Time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { cancel(); }

  /// Fires at `due`, instead of when it was set for before.
  void set(TimerQueue& queue, Time due);
  /// Fires when the loop comes round next, behind what already waits for that. Costs a few pointers.
  void set_soon(TimerQueue& queue);
  void cancel();
  bool is_set() const { return queue_ != nullptr; }

 protected:
  /// May set or destroy this and other timers.
  virtual void fire() = 0;

 private:
  friend class TimerQueue;
  TimerQueue* queue_ = nullptr;
  Time due_{};
  std::uint64_t order_ = 0;
  // Neighbours among those that fire soon; both unused in those that wait for a time.
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  bool soon_ = false;
};

/// Timers by due time; those due at the same time fire in the order in which they were set, after those set
/// "soon".
class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();

  /// Time::min() where something waits to fire soon.
  std::optional<Timer::Time> next_due() const;
  /// Fires what is due at `now`; what that sets anew waits for the next call. Returns how many fired.
  int fire_due(Timer::Time now);
  bool empty() const { return timers_.empty() && first_soon_ == nullptr; }

 private:
  friend class Timer;
  struct Earlier {
    bool operator()(const Timer* a, const Timer* b) const {
      return std::pair(a->due_, a->order_) < std::pair(b->due_, b->order_);
    }
  };
  int fire_soon(std::uint64_t set_before);

  std::set<Timer*, Earlier> timers_;
  Timer* first_soon_ = nullptr;
  Timer* last_soon_ = nullptr;
  std::uint64_t next_order_ = 0;
};

}  // namespace sluice
