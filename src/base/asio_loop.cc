#include "base/asio_loop.h"

#include <pthread.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <random>

#include "base/event.h"
#include "base/job_queue.h"

namespace sluice {

struct AsioLoop::State {
  explicit State(std::string name) : thread_name(std::move(name)) {}

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  JobQueue jobs;
  std::atomic<bool> stopping = false;
  std::random_device random;
  std::string thread_name;
};

AsioLoop::AsioLoop(std::string thread_name) : state_(std::make_unique<State>(std::move(thread_name))) {
  thread_ = std::thread([this] { run(); });
}

AsioLoop::~AsioLoop() { stop(); }

void AsioLoop::stop() {
  if (!thread_.joinable()) return;
  state_->stopping.store(true);
  state_->context.stop();
  thread_.join();
}

boost::asio::io_context& AsioLoop::context() { return state_->context; }

SteadyTime AsioLoop::now() const { return std::chrono::steady_clock::now(); }

WallTime AsioLoop::wall_now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::uint64_t AsioLoop::random() {
  const std::uint64_t high = state_->random();
  return high << 32U | state_->random();
}

void AsioLoop::post(Job& job) {
  if (state_->jobs.push(job)) boost::asio::post(state_->context, [this] { state_->jobs.run_all(); });
}

void AsioLoop::run() {
  pthread_setname_np(pthread_self(), state_->thread_name.substr(0, 15).c_str());
  const Scope scope(*this);
  while (!state_->stopping.load()) {
    timers_.fire_due(now());
    const std::optional<SteadyTime> due = timers_.next_due();
    if (!due)
      state_->context.run_one();
    else if (*due > now())
      state_->context.run_one_until(*due);
    // Takes what else is ready, so that the timers' turn does not come after each single event.
    state_->context.poll();
  }
}

void run_blocking(Loop& loop, std::move_only_function<Task<void>()> work) {
  SLUICE_ASSERT(!Loop::is_current(loop));
  struct Root {
    static Task<void> run(std::move_only_function<Task<void>()>* work, std::promise<void>* done) {
      try {
        co_await (*work)();
        done->set_value();
      } catch (...) {  // Rethrown on the thread that waits.
        done->set_exception(std::current_exception());
      }
    }
  };
  std::promise<void> done;
  std::optional<TaskGroup> group;
  loop.post([&] {
    group.emplace(loop);
    group->start(Root::run(&work, &done));
  });
  std::future<void> ended = done.get_future();
  ended.wait();
  // The group lives on its loop, and its task ends only after it has kept its promise.
  std::promise<void> destroyed;
  loop.post([&] {
    group.reset();
    destroyed.set_value();
  });
  destroyed.get_future().wait();
  ended.get();
}

}  // namespace sluice
