#include "simulation/sim_loop.h"

#include <algorithm>

namespace sluice::sim {

std::uint64_t Random::next() {
  std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

SimLoop::SimLoop(std::uint64_t seed) : world_(std::make_shared<World>(seed)) { world_->loops.push_back(this); }

SimLoop::SimLoop(SimLoop& beside) : world_(beside.world_), index_(world_->loops.back()->index_ + 1) {
  world_->loops.push_back(this);
}

SimLoop::~SimLoop() { std::erase(world_->loops, this); }

WallTime SimLoop::wall_now() const {
  return WallTime{world_->wall_ahead +
                  std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch())};
}

void SimLoop::set_wall(WallTime time) {
  world_->wall_ahead =
      time.time_since_epoch() - std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch());
}

SimLoop& SimLoop::at_work() {
  for (SimLoop* loop : world_->loops)
    if (is_current(*loop)) return *loop;
  return *this;
}

bool SimLoop::step_alone() {
  const Scope current(*this);
  const bool posted = std::exchange(posted_, false);
  jobs_.run_all();
  const int fired = timers_.fire_due(world_->now);
  if (!posted && fired == 0) return false;
  const auto now = static_cast<std::uint64_t>(world_->now.time_since_epoch().count());
  world_->trace.note("step", {}, index_ << 32 | static_cast<std::uint64_t>(fired), now);
  if (world_->watcher) world_->watcher();
  return true;
}

bool SimLoop::step() {
  const std::vector<SimLoop*>& loops = world_->loops;
  const std::size_t first = loops.size() > 1 ? world_->random.below(loops.size()) : 0;
  bool any = false;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const bool did = loops[(first + i) % loops.size()]->step_alone();
    any = any || did;
  }
  return any;
}

std::optional<SteadyTime> SimLoop::next_due() const {
  std::optional<SteadyTime> earliest;
  for (const SimLoop* loop : world_->loops) {
    const auto due = loop->timers_.next_due();
    if (due && (!earliest || *due < *earliest)) earliest = due;
  }
  return earliest;
}

bool SimLoop::step_in_time() {
  if (step()) return true;
  const auto due = next_due();
  if (!due) return false;
  world_->now = std::max(world_->now, *due);
  return true;
}

void SimLoop::run_until_idle() {
  const Scope current(*this);
  while (step()) {
  }
}

void SimLoop::advance(std::chrono::nanoseconds duration) {
  const SteadyTime until = now() + duration;
  run_until_idle();
  for (auto due = next_due(); due && *due <= until; due = next_due()) {
    world_->now = std::max(world_->now, *due);
    run_until_idle();
  }
  world_->now = until;
}

Task<void> SimLoop::mark(Task<void> task, bool* done) {
  co_await std::move(task);
  *done = true;
}

void SimLoop::run(Task<void> task) {
  const Scope current(*this);
  bool done = false;
  TaskGroup group(*this);
  group.start(mark(std::move(task), &done));
  while (!done) SLUICE_ASSERT(step_in_time());
}

}  // namespace sluice::sim
