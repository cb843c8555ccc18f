// base/epoll_loop.h: the production loop, epoll(7) on a thread of its own.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/job_queue.h"
#include "base/loop.h"
#include "base/task.h"

namespace sluice {

/// Runs from construction until `stop`. Whoever owns it drains what stands on it before stopping it.
class EpollLoop final : public Loop {
 public:
  explicit EpollLoop(std::string thread_name);
  ~EpollLoop() override;

  SteadyTime now() const override;
  WallTime wall_now() const override;
  std::uint64_t random() override;
  using Loop::post;
  void post(Job& job) override;

  /// Ends the thread after what is running; any thread but the loop's own. Fine to call twice.
  void stop();

  /// A descriptor whose readiness is watched. On the loop's thread.
  class Watched {
   public:
    /// Something has changed since the last time (edge-triggered); `events` are EPOLLIN, EPOLLOUT … May resume
    /// nobody: who waits is handed to `resume_soon`.
    virtual void changed(std::uint32_t events) = 0;

   protected:
    ~Watched() = default;
  };
  /// Tells `watched` of `descriptor` until `forget`; also of what it is ready for already. False where the system
  /// has no room for it.
  bool watch(int descriptor, Watched& watched);
  /// Before the descriptor is closed.
  void forget(int descriptor);
  /// Resumes a coroutine when all that has come at once has been looked at.
  void resume_soon(std::coroutine_handle<> waiting) { ready_.push_back(waiting); }

 private:
  void run();
  void fire_timers();
  void resume_ready();
  void wait();
  void wake();
  int timeout_ms() const;

  struct Random;
  std::unique_ptr<Random> random_;
  int epoll_;
  int wake_up_;  ///< An eventfd, by which other threads end a wait.
  JobQueue jobs_;
  std::atomic<bool> waits_ = false;  ///< Whether a new job must write to it.
  std::atomic<bool> stopping_ = false;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> resuming_;
  std::string thread_name_;
  std::thread thread_;
};

/// Runs `work` on `loop` and blocks the calling thread, which is not a loop's, until it has ended.
void run_blocking(Loop& loop, std::move_only_function<Task<void>()> work);

}  // namespace sluice
