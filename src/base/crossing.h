// base/crossing.h: work on another shard's loop.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/loop.h"
#include "base/task.h"

namespace sluice {
namespace detail {

/// One trip to `target` and back. It lives in the awaiting frame, is written on the target's thread only between
/// the two posts, and needs no allocation but the frame that runs there.
template <class F>
class Crossing {
 public:
  Crossing(Loop& origin, Loop& target, F& work)
      : origin_(origin), target_(target), there_(*this), back_(*this), work_(work) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    awaiting_ = awaiting;
    target_.post(there_);
  }
  auto await_resume() {
    if (failure_) std::rethrow_exception(failure_);
    if constexpr (!kVoid) return std::move(*result_);
  }

 private:
  using TaskType = std::invoke_result_t<F&>;
  template <class T>
  struct ResultOf;
  template <class T>
  struct ResultOf<Task<T>> {
    using type = T;
  };
  using T = typename ResultOf<TaskType>::type;
  static constexpr bool kVoid = std::is_void_v<T>;

  struct There final : Job {
    explicit There(Crossing& crossing) : crossing(crossing) {}
    void run() override { crossing.go(&crossing); }
    Crossing& crossing;
  };
  struct Back final : Job {
    explicit Back(Crossing& crossing) : crossing(crossing) {}
    void run() override { crossing.awaiting_.resume(); }
    Crossing& crossing;
  };
  struct Detached {
    struct promise_type {
      Detached get_return_object() const noexcept { return {}; }
      std::suspend_never initial_suspend() const noexcept { return {}; }
      std::suspend_never final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { std::terminate(); }
    };
  };

  static Detached go(Crossing* crossing) {
    try {
      TaskType task = crossing->work_();
      if constexpr (kVoid)
        co_await std::move(task);
      else
        crossing->result_.emplace(co_await std::move(task));
    } catch (...) {  // Carried to the awaiter, whose concern it is.
      crossing->failure_ = std::current_exception();
    }
    crossing->origin_.post(crossing->back_);
  }

  Loop& origin_;
  Loop& target_;
  There there_;
  Back back_;
  F& work_;
  std::coroutine_handle<> awaiting_;
  std::optional<std::conditional_t<kVoid, bool, T>> result_;
  std::exception_ptr failure_;
};

}  // namespace detail

/// Runs `work()`, which returns a Task, on `target`'s thread and returns what it returns. Values in, values out:
/// what `work` captured must not be a pointer into the calling shard. On the loop that is current already it runs
/// at once.
template <class F>
auto on(Loop& target, F work) -> std::invoke_result_t<F&> {
  if (Loop::is_current(target)) co_return co_await work();
  detail::Crossing<F> crossing(Loop::current(), target, work);
  co_return co_await crossing;
}

}  // namespace sluice
