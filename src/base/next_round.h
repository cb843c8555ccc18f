// base/next_round.h: waiting until all that has come at once has been looked at, to deal with it together.
#pragma once

#include <coroutine>

#include "base/loop.h"

namespace sluice {

/// `co_await NextRound{}` resumes when the current loop, or the one that is given, has gone through what is ready
/// now. Lives in the awaiting frame; if that is destroyed nothing is resumed.
class NextRound final : private Timer {
 public:
  NextRound() : NextRound(Loop::current()) {}
  explicit NextRound(Loop& loop) : loop_(&loop) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    set_soon(loop_->timers());
  }
  void await_resume() const noexcept {}

 private:
  void fire() override { waiting_.resume(); }
  Loop* loop_;
  std::coroutine_handle<> waiting_;
};

}  // namespace sluice
