// storage/detail/breather.h: lets the shard's other tasks run during long work.
#pragma once

#include <coroutine>
#include <cstddef>

#include "base/loop.h"

namespace sluice::detail {

/// Awaited, it comes back when the loop has been round once.
class NextRound : private Timer {
 public:
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

/// Counts work, and says when it is time for a breath.
class Breather {
 public:
  static constexpr std::size_t kBytesPerBreath = 256 << 10;
  /// True once per kBytesPerBreath of work; the caller then awaits a NextRound.
  bool is_due(std::size_t bytes) {
    done_ += bytes;
    if (done_ < kBytesPerBreath) return false;
    done_ = 0;
    return true;
  }

 private:
  std::size_t done_ = 0;
};

}  // namespace sluice::detail
