#include "base/timer_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

struct Recorder : Timer {
  std::function<void()> then;
  void fire() override { then(); }
};

constexpr Timer::Time at(std::chrono::nanoseconds since) { return Timer::Time{since}; }

TEST(TimerQueue, FiresInOrderOfDueTimeThenOfSetting) {
  TimerQueue queue;
  std::vector<int> fired;
  Recorder timers[3];
  for (int i = 0; i < 3; ++i) timers[i].then = [&fired, i] { fired.push_back(i); };
  timers[0].set(queue, at(5ms));
  timers[1].set(queue, at(3ms));
  timers[2].set(queue, at(5ms));

  EXPECT_EQ(queue.next_due(), at(3ms));
  EXPECT_EQ(queue.fire_due(at(4ms)), 1);
  EXPECT_EQ(queue.fire_due(at(5ms)), 2);
  EXPECT_EQ(fired, (std::vector{1, 0, 2}));
  EXPECT_EQ(queue.next_due(), std::nullopt);
}

// A timer that sets itself again for now must not keep the loop from anything else.
TEST(TimerQueue, LeavesWhatFiringSetsToTheNextCall) {
  TimerQueue queue;
  int fired = 0;
  Recorder timer;
  timer.then = [&] {
    ++fired;
    timer.set(queue, at(0ms));
  };
  timer.set(queue, at(0ms));
  EXPECT_EQ(queue.fire_due(at(1ms)), 1);
  EXPECT_EQ(fired, 1);
}

TEST(TimerQueue, ForgetsTimersThatDieOrAreCancelledByOthers) {
  TimerQueue queue;
  Recorder first;
  auto second = std::make_unique<Recorder>();
  bool second_fired = false;
  second->then = [&] { second_fired = true; };
  first.then = [&] { second.reset(); };
  first.set(queue, at(1ms));
  second->set(queue, at(1ms));
  EXPECT_EQ(queue.fire_due(at(1ms)), 1);
  EXPECT_FALSE(second_fired);
}

}  // namespace
}  // namespace sluice
