#include "base/asio_loop.h"

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

TEST(AsioLoop, CrossesToAnotherLoopAndBack) {
  AsioLoop here("here");
  AsioLoop there("there");
  run_blocking(here, [&]() -> Task<void> {
    struct Story {
      static Task<void> run(AsioLoop& there) {
        const auto before = std::this_thread::get_id();
        const auto crossed = co_await on(there, whose_thread);
        EXPECT_NE(crossed, before);
        EXPECT_EQ(std::this_thread::get_id(), before);
      }
    };
    return Story::run(there);
  });
}

TEST(AsioLoop, CarriesExceptionsBack) {
  AsioLoop here("here");
  AsioLoop there("there");
  struct Story {
    static Task<void> run(AsioLoop& there) { co_await on(there, throws); }
  };
  EXPECT_THROW(run_blocking(here, [&] { return Story::run(there); }), std::runtime_error);
}

// Many tasks of two loops cross both ways at once; none is lost and no loop waits for a wake-up that went missing.
TEST(AsioLoop, LosesNoCrossing) {
  AsioLoop a("a");
  AsioLoop b("b");
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

TEST(AsioLoop, WakesSleepersAtTheirTimeAndWhenTheGroupStops) {
  AsioLoop loop("loop");
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
