// base/when_all.h: several tasks at work at once.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <vector>

#include "base/task.h"

namespace sluice {
namespace detail {

/// Counts the tasks that have not ended and wakes the one that waits for them.
struct Countdown {
  std::size_t left;
  std::coroutine_handle<> waiting;
  std::exception_ptr failure;
};

struct CountedRun {
  struct promise_type {
    CountedRun get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

template <class T>
CountedRun run_counted(Task<T> task, std::optional<T>* to, Countdown* countdown) {
  {
    Task<T> owned = std::move(task);
    try {
      to->emplace(co_await std::move(owned));
    } catch (...) {  // Carried to the awaiter, whose concern it is.
      countdown->failure = std::current_exception();
    }
  }
  if (--countdown->left == 0) countdown->waiting.resume();
}

template <class T>
struct WhenAll {
  std::vector<Task<T>>& tasks;
  std::vector<std::optional<T>>& results;
  Countdown countdown{};

  bool await_ready() const noexcept { return tasks.empty(); }
  bool await_suspend(std::coroutine_handle<> awaiting) {
    // One more than there are tasks, so that none of them resumes a coroutine that has not suspended yet.
    countdown.left = tasks.size() + 1;
    countdown.waiting = awaiting;
    for (std::size_t i = 0; i < tasks.size(); ++i) run_counted(std::move(tasks[i]), &results[i], &countdown);
    return --countdown.left > 0;
  }
  void await_resume() const {
    if (countdown.failure) std::rethrow_exception(countdown.failure);
  }
};

}  // namespace detail

/// Starts all tasks in their order, each up to its first wait, and returns their results in the same order when
/// all have ended. An exception of one is thrown when all have ended.
template <class T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  std::vector<T> values;
  values.reserve(tasks.size());
  if (tasks.size() == 1) {
    values.push_back(co_await std::move(tasks.front()));
    co_return values;
  }
  std::vector<std::optional<T>> results(tasks.size());
  detail::WhenAll<T> all{tasks, results};
  co_await all;
  for (std::optional<T>& result : results) values.push_back(std::move(*result));
  co_return values;
}

}  // namespace sluice
