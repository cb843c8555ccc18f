#include "base/when_all.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/epoll_loop.h"
#include "base/event.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

Task<int> after(Event& event, int value, std::vector<int>& ended) {
  co_await event.wait();
  ended.push_back(value);
  co_return value;
}

Task<int> at_once(int value) { co_return value; }

Task<int> fails() {
  throw std::runtime_error("on purpose");
  co_return 0;
}

Task<void> notify(Event& first, Event& second) {
  second.notify_all();
  first.notify_all();
  co_return;
}

TEST(WhenAll, ReturnsResultsInTheOrderOfTheTasks) {
  EpollLoop loop("loop");
  struct Story {
    static Task<void> run(Loop& loop) {
      Event first(loop);
      Event second(loop);
      std::vector<int> ended;
      std::vector<Task<int>> tasks;
      tasks.push_back(after(first, 1, ended));
      tasks.push_back(after(second, 2, ended));
      tasks.push_back(at_once(3));
      struct Waker {
        static Task<int> wake(Event& first, Event& second) {
          co_await notify(first, second);
          co_return 4;
        }
      };
      tasks.push_back(Waker::wake(first, second));
      const std::vector<int> results = co_await when_all(std::move(tasks));
      EXPECT_EQ(results, (std::vector{1, 2, 3, 4}));
      EXPECT_EQ(ended, (std::vector{2, 1}));
      std::vector<Task<int>> ready;
      ready.push_back(at_once(5));
      ready.push_back(at_once(6));
      const std::vector<int> both = co_await when_all(std::move(ready));
      EXPECT_EQ(both, (std::vector{5, 6}));
      const std::vector<int> none = co_await when_all(std::vector<Task<int>>{});
      EXPECT_TRUE(none.empty());
    }
  };
  run_blocking(loop, [&] { return Story::run(loop); });
}

TEST(WhenAll, ThrowsAfterAllHaveEnded) {
  EpollLoop loop("loop");
  struct Story {
    static Task<void> run() {
      std::vector<Task<int>> tasks;
      tasks.push_back(fails());
      tasks.push_back(at_once(1));
      co_await when_all(std::move(tasks));
    }
  };
  EXPECT_THROW(run_blocking(loop, [&] { return Story::run(); }), std::runtime_error);
}

}  // namespace
}  // namespace sluice
