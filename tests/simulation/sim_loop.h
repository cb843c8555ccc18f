// simulation/sim_loop.h: a loop on a virtual clock. Nothing happens but what the test lets happen, and the same
// seed gives the same run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/event.h"
#include "base/job_queue.h"
#include "base/loop.h"
#include "base/task.h"
#include "simulation/trace.h"

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
/// told to. A world may have several loops, as a machine has several threads: whichever is run runs them all, in
/// turns that the seed picks, and each is the current one of the thread while its own work is done.
class SimLoop : public Loop {
 public:
  /// The first loop of a new world.
  explicit SimLoop(std::uint64_t seed = 1);
  /// One more loop in the world of `beside`, with which it shares clock, chance and trace.
  explicit SimLoop(SimLoop& beside);
  ~SimLoop() override;

  SteadyTime now() const override { return world_->now; }
  WallTime wall_now() const override;
  std::uint64_t random() override { return world_->random.next(); }
  using Loop::post;
  void post(Job& job) override { posted_ |= jobs_.push(job); }

  /// Sets the wall clock; the steady one is not touched, as when an operator sets the time.
  void set_wall(WallTime time);
  Random& seeded() { return world_->random; }
  /// The loop of this world whose work is being done; this one where the test itself is at work.
  SimLoop& at_work();
  Trace& trace() { return world_->trace; }
  /// Called whenever the world has done something, before the next thing is done.
  void watch(std::function<void()> watcher) { world_->watcher = std::move(watcher); }

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
  struct World {
    explicit World(std::uint64_t seed) : random(seed) {}
    SteadyTime now{std::chrono::hours(1)};
    std::chrono::milliseconds wall_ahead{1'767'225'600'000};  // The virtual world starts on 2026-01-01.
    Random random;
    Trace trace;
    std::vector<SimLoop*> loops;
    std::function<void()> watcher;
  };

  /// Runs what was posted and what is due now, on every loop. False if there was neither.
  bool step();
  bool step_alone();
  /// As step(), but rather moves the clock than doing nothing. False if nothing is left at all.
  bool step_in_time();
  std::optional<SteadyTime> next_due() const;

  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>* into) {
    into->emplace(co_await std::move(task));
  }
  static Task<void> mark(Task<void> task, bool* done);

  std::shared_ptr<World> world_;
  std::uint64_t index_ = 0;  ///< Among the loops that the world has had.
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
