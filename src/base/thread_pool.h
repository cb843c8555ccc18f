// base/thread_pool.h: a few threads for what would block a shard.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/crossing.h"
#include "base/loop.h"
#include "base/task.h"

namespace sluice {

/// Runs blocking calls for shards. Its queue is as long as there are tasks that wait for it, each of which waits
/// for one call only. Destroyed after the last such task has ended.
class ThreadPool {
 public:
  ThreadPool(int threads, const std::string& name);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs `work()` on one of the threads and returns what it returns, on the loop that asked.
  template <class F>
  auto run(F work) -> Task<std::invoke_result_t<F&>> {
    Call<F> call(*this, Loop::current(), work);
    co_return co_await call;
  }

 private:
  void submit(std::move_only_function<void()> work);
  void serve();

  template <class F>
  class Call final : private Job {
   public:
    Call(ThreadPool& pool, Loop& origin, F& work) : pool_(pool), origin_(origin), work_(work) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) {
      awaiting_ = awaiting;
      pool_.submit([this] {
        try {
          result_.emplace(work_());
        } catch (...) {  // Carried to the awaiter, whose concern it is.
          failure_ = std::current_exception();
        }
        origin_.post(static_cast<Job&>(*this));
      });
    }
    auto await_resume() {
      if (failure_) std::rethrow_exception(failure_);
      return std::move(*result_);
    }

   private:
    void run() override { awaiting_.resume(); }
    ThreadPool& pool_;
    Loop& origin_;
    F& work_;
    std::coroutine_handle<> awaiting_;
    std::optional<std::invoke_result_t<F&>> result_;
    std::exception_ptr failure_;
  };

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice
