#include "base/epoll_loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>
#include <random>
#include <system_error>

#include "base/event.h"

namespace sluice {
namespace {

constexpr int kEventsAtOnce = 128;

int checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

struct EpollLoop::Random {
  std::random_device device;
};

EpollLoop::EpollLoop(std::string thread_name)
    : random_(std::make_unique<Random>()),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_up_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")),
      thread_name_(std::move(thread_name)) {
  // Edge-triggered: each write is an edge, so that nobody ever needs to read it.
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_up_, &event), "epoll_ctl");
  thread_ = std::thread([this] { run(); });
}

EpollLoop::~EpollLoop() {
  stop();
  ::close(wake_up_);
  ::close(epoll_);
}

void EpollLoop::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  wake();
  thread_.join();
}

SteadyTime EpollLoop::now() const { return std::chrono::steady_clock::now(); }

WallTime EpollLoop::wall_now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::uint64_t EpollLoop::random() {
  const std::uint64_t high = random_->device();
  return high << 32U | random_->device();
}

void EpollLoop::wake() {
  const std::uint64_t one = 1;
  // Fails only where so many have been written that the loop is awake anyway.
  [[maybe_unused]] const ssize_t ignored = ::write(wake_up_, &one, sizeof one);
}

void EpollLoop::post(Job& job) {
  if (!jobs_.push(job)) return;
  // Either the loop sees the job when it looks for the last time before it waits, or its wait is seen here.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (waits_.load(std::memory_order_relaxed)) wake();
}

bool EpollLoop::watch(int descriptor, Watched& watched) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &watched}};
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EpollLoop::forget(int descriptor) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr); }

void EpollLoop::run() {
  pthread_setname_np(pthread_self(), thread_name_.substr(0, 15).c_str());
  const Scope scope(*this);
  while (!stopping_.load(std::memory_order_relaxed)) {
    resume_ready();
    jobs_.run_all();
    fire_timers();
    wait();
  }
}

/// After what has come, since some of them gather it. Those that others make due at once follow at once, but not
/// for ever: sockets have their turn.
void EpollLoop::fire_timers() {
  constexpr int kRounds = 8;
  for (int round = 0; round < kRounds && !timers_.empty(); ++round)
    if (timers_.fire_due(now()) == 0) break;
}

void EpollLoop::resume_ready() {
  // Two lists in turn: who is resumed may make others ready, whose turn comes next time.
  resuming_.swap(ready_);
  for (const std::coroutine_handle<> waiting : resuming_) waiting.resume();
  resuming_.clear();
}

int EpollLoop::timeout_ms() const {
  if (!ready_.empty()) return 0;
  const std::optional<SteadyTime> due = timers_.next_due();
  if (!due) return -1;
  const SteadyTime time = now();
  if (*due <= time) return 0;
  // Rounded up: a timer is never early. A longer wait is cut, and looked at again then.
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(1);
  return static_cast<int>(std::min(std::chrono::ceil<std::chrono::milliseconds>(*due - time), kLongest).count());
}

void EpollLoop::wait() {
  std::array<epoll_event, kEventsAtOnce> events;
  int timeout = timeout_ms();
  if (timeout != 0) {
    waits_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!jobs_.empty() || stopping_.load(std::memory_order_relaxed)) timeout = 0;
  }
  const int count = ::epoll_wait(epoll_, events.data(), kEventsAtOnce, timeout);
  waits_.store(false, std::memory_order_relaxed);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr != nullptr) static_cast<Watched*>(event.data.ptr)->changed(event.events);
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
