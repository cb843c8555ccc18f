#include "net/memory_budget.h"

#include <gtest/gtest.h>

#include "base/epoll_loop.h"

namespace sluice {
namespace {

Task<void> take_one(MemoryBudget& budget, std::size_t size, std::vector<std::size_t>& taken,
                    std::vector<MemoryBudget::Share>& shares) {
  shares.push_back(co_await budget.take(size));
  taken.push_back(size);
}

Task<void> yield(Loop& loop) {
  Event never(loop);
  co_await never.wait_until(loop.now());
}

// A large one is not overtaken for ever by small ones that would still fit.
TEST(MemoryBudget, ServesThoseWhoWaitInTheirOrder) {
  EpollLoop loop("loop");
  struct Story {
    static Task<void> run(Loop& loop) {
      MemoryBudget budget(loop, 100);
      std::vector<std::size_t> taken;
      std::vector<MemoryBudget::Share> shares;
      TaskGroup group(loop);
      for (const std::size_t size : {90U, 500U, 1U}) group.start(take_one(budget, size, taken, shares));
      EXPECT_EQ(taken, (std::vector<std::size_t>{90, 500}));
      EXPECT_EQ(budget.used(), 590U);
      shares[0].release();
      co_await yield(loop);
      EXPECT_EQ(taken.size(), 2U);
      shares[1].release();
      co_await group.close();
      EXPECT_EQ(taken, (std::vector<std::size_t>{90, 500, 1}));
      shares.clear();
      EXPECT_EQ(budget.used(), 0U);
    }
  };
  run_blocking(loop, [&] { return Story::run(loop); });
}

}  // namespace
}  // namespace sluice
