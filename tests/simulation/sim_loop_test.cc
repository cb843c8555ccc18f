#include "simulation/sim_loop.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;

Task<void> note_after(Loop& loop, Event& never, std::chrono::seconds wait, std::vector<int>& noted, int what) {
  const SteadyTime until = loop.now() + wait;
  co_await never.wait_until(until);
  noted.push_back(what);
}

TEST(SimLoop, MovesTheClockThroughWhatIsDue) {
  SimLoop loop;
  Event never(loop);
  std::vector<int> noted;
  TaskGroup tasks(loop);
  tasks.start(note_after(loop, never, 3s, noted, 3));
  tasks.start(note_after(loop, never, 1s, noted, 1));
  const WallTime before = loop.wall_now();

  loop.advance(2s);
  EXPECT_EQ(noted, std::vector{1});
  EXPECT_EQ(loop.wall_now() - before, 2s);
  loop.advance(1s);
  EXPECT_EQ(noted, (std::vector{1, 3}));
}

TEST(SimLoop, RunsATaskToItsEnd) {
  SimLoop loop;
  Event never(loop);
  std::vector<int> noted;
  loop.run(note_after(loop, never, 3600s, noted, 1));
  EXPECT_EQ(noted, std::vector{1});
}

TEST(SimLoop, GivesTheSameNumbersForTheSameSeed) {
  SimLoop a(5), b(5), c(6);
  const std::uint64_t first = a.random();
  EXPECT_EQ(first, b.random());
  EXPECT_NE(first, c.random());
}

}  // namespace
}  // namespace sluice::sim
