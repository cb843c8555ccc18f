#include "tools/bench/window.h"

#include <gtest/gtest.h>

namespace sluice::tools::bench {
namespace {

using namespace std::chrono_literals;

const Time kBegin{};
const Bounds kBounds{.warm_up = std::chrono::duration<double>(1), .steady = std::chrono::duration<double>(2)};

TEST(BenchWindow, CountsWhatIsFinishedInIt) {
  Window window(kBounds, kBegin);
  Tally tally;
  window.finished({.requests = 1, .records = 1, .bytes = 1}, kBegin + 999ms, tally);
  window.finished({.requests = 1, .records = 10, .bytes = 100}, kBegin + 1s, tally);
  window.finished({.requests = 1, .records = 10, .bytes = 100}, kBegin + 2999ms, tally);
  window.finished({.requests = 1, .records = 1, .bytes = 1}, kBegin + 3s, tally);
  EXPECT_EQ(tally.work.requests, 2U);
  EXPECT_EQ(tally.work.records, 20U);
  EXPECT_EQ(tally.work.bytes, 200U);
  EXPECT_EQ(window.seconds(), 2);
}

// A server that stands still must not lose the requests that were due meanwhile from the percentiles.
TEST(BenchWindow, MeasuresWhatWasDueInItHoweverLateItIsAnswered) {
  const Window window(kBounds, kBegin);
  Histogram latency;
  window.took(kBegin + 999ms, kBegin + 1500ms, latency);
  EXPECT_EQ(latency.count(), 0U);
  window.took(kBegin + 2s, kBegin + 9s, latency);
  EXPECT_EQ(latency.max(), 7s);
  window.took(kBegin + 3s, kBegin + 3001ms, latency);
  EXPECT_EQ(latency.count(), 1U);
}

TEST(BenchWindow, EndsEarlyOnceEnoughIsDone) {
  Bounds bounds = kBounds;
  bounds.bytes_max = 150;
  Window window(bounds, kBegin);
  Tally tally;
  window.finished({.requests = 1, .records = 1, .bytes = 100}, kBegin + 1250ms, tally);
  EXPECT_FALSE(window.over(kBegin + 1250ms));
  window.finished({.requests = 1, .records = 1, .bytes = 100}, kBegin + 1500ms, tally);
  EXPECT_TRUE(window.over(kBegin + 1500ms));
  EXPECT_EQ(window.seconds(), 0.5);
}

}  // namespace
}  // namespace sluice::tools::bench
