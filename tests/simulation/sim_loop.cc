#include "simulation/sim_loop.h"

namespace sluice::sim {

std::uint64_t Random::next() {
  std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

WallTime SimLoop::wall_now() const {
  return WallTime{wall_ahead_ + std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch())};
}

void SimLoop::set_wall(WallTime time) {
  wall_ahead_ =
      time.time_since_epoch() - std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
}

bool SimLoop::step() {
  const bool posted = std::exchange(posted_, false);
  jobs_.run_all();
  return timers_.fire_due(now_) > 0 || posted;
}

bool SimLoop::step_in_time() {
  if (step()) return true;
  const auto due = timers_.next_due();
  if (!due) return false;
  now_ = std::max(now_, *due);
  return true;
}

void SimLoop::run_until_idle() {
  const Scope current(*this);
  while (step()) {
  }
}

void SimLoop::advance(std::chrono::nanoseconds duration) {
  const SteadyTime until = now_ + duration;
  run_until_idle();
  for (auto due = timers_.next_due(); due && *due <= until; due = timers_.next_due()) {
    now_ = std::max(now_, *due);
    run_until_idle();
  }
  now_ = until;
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
