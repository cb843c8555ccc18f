#include "base/epoll_loop.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/crossing.h"
#include "base/event.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

Task<std::thread::id> whose_thread() { co_return std::this_thread::get_id(); }
Task<int> throws() {
  throw std::runtime_error("on purpose");
  co_return 0;
}

TEST(EpollLoop, CrossesToAnotherLoopAndBack) {
  EpollLoop here("here");
  EpollLoop there("there");
  run_blocking(here, [&]() -> Task<void> {
    struct Story {
      static Task<void> run(EpollLoop& there) {
        const auto before = std::this_thread::get_id();
        const auto crossed = co_await on(there, whose_thread);
        EXPECT_NE(crossed, before);
        EXPECT_EQ(std::this_thread::get_id(), before);
      }
    };
    return Story::run(there);
  });
}

TEST(EpollLoop, CarriesExceptionsBack) {
  EpollLoop here("here");
  EpollLoop there("there");
  struct Story {
    static Task<void> run(EpollLoop& there) { co_await on(there, throws); }
  };
  EXPECT_THROW(run_blocking(here, [&] { return Story::run(there); }), std::runtime_error);
}

// Many tasks of two loops cross both ways at once; none is lost and no loop waits for a wake-up that went missing.
TEST(EpollLoop, LosesNoCrossing) {
  EpollLoop a("a");
  EpollLoop b("b");
  struct Story {
    static Task<int> one() { co_return 1; }
    static Task<void> run(Loop& other) {
      int count = 0;
      for (int i = 0; i < 20'000; ++i) count += co_await on(other, one);
      EXPECT_EQ(count, 20'000);
    }
  };
  std::thread second([&] { run_blocking(b, [&] { return Story::run(a); }); });
  run_blocking(a, [&] { return Story::run(b); });
  second.join();
}

TEST(EpollLoop, WakesSleepersAtTheirTimeAndWhenTheGroupStops) {
  EpollLoop loop("loop");
  struct Story {
    static Task<void> sleeper(TaskGroup& group, SteadyTime until, bool& stopped) {
      stopped = co_await group.sleep_until(until);
    }
    static Task<void> run(Loop& loop) {
      TaskGroup group(loop);
      bool first_stopped = true;
      bool second_stopped = false;
      const SteadyTime due = loop.now() + 2ms;
      co_await sleeper(group, due, first_stopped);
      EXPECT_GE(loop.now(), due);
      group.start(sleeper(group, loop.now() + 1h, second_stopped));
      co_await group.close();
      EXPECT_FALSE(first_stopped);
      EXPECT_TRUE(second_stopped);
    }
  };
  run_blocking(loop, [&] { return Story::run(loop); });
}

}  // namespace
}  // namespace sluice
