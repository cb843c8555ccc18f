// simulation/sim_loop.h: a loop on a virtual clock. Nothing happens but what the test lets happen, and the same
// seed gives the same run.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/event.h"
#include "base/job_queue.h"
#include "base/loop.h"
#include "base/task.h"

namespace sluice::sim {

/// Numbers from a seed (SplitMix64): quick, and the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// A number below `bound`, which is not zero.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// Runs posted jobs first, in the order in which they came, then timers that are due; moves the clock only when
/// told to. Several loops may live in one test: each is the current one of the thread while it is being run.
class SimLoop : public Loop {
 public:
  explicit SimLoop(std::uint64_t seed = 1) : random_(seed) {}

  SteadyTime now() const override { return now_; }
  WallTime wall_now() const override;
  std::uint64_t random() override { return random_.next(); }
  using Loop::post;
  void post(Job& job) override { posted_ |= jobs_.push(job); }

  /// Sets the wall clock; the steady one is not touched, as when an operator sets the time.
  void set_wall(WallTime time);
  Random& seeded() { return random_; }

  /// Does all that can be done without the clock moving.
  void run_until_idle();
  /// Lets `duration` pass, firing what falls due at its own time.
  void advance(std::chrono::nanoseconds duration);
  /// Runs `task` to its end, moving the clock to the next timer whenever nothing else is left to do. Fails the
  /// program if the task waits for what can never come.
  template <class T>
  T run(Task<T> task);
  void run(Task<void> task);

 private:
  /// Runs what was posted and what is due now. False if there was neither.
  bool step();
  /// As step(), but rather moves the clock than doing nothing. False if nothing is left at all.
  bool step_in_time();

  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>* into) {
    into->emplace(co_await std::move(task));
  }
  static Task<void> mark(Task<void> task, bool* done);

  SteadyTime now_{std::chrono::hours(1)};
  std::chrono::milliseconds wall_ahead_{1'767'225'600'000};  // The virtual world starts on 2026-01-01.
  Random random_;
  JobQueue jobs_;
  bool posted_ = false;
};

template <class T>
T SimLoop::run(Task<T> task) {
  const Scope current(*this);
  std::optional<T> result;
  TaskGroup group(*this);
  group.start(keep(std::move(task), &result));
  while (!result) SLUICE_ASSERT(step_in_time());
  return std::move(*result);
}

}  // namespace sluice::sim
