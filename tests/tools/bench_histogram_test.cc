#include "tools/bench/histogram.h"

#include <gtest/gtest.h>

namespace sluice::tools::bench {
namespace {

using std::chrono::nanoseconds;

// Values of every magnitude, each alone: what the histogram says of it is at most 1 % more, and never less.
TEST(BenchHistogram, KnowsEveryValueToOnePercent) {
  for (double exact = 1; exact < 9e18; exact *= 1.37) {
    const auto value = static_cast<std::int64_t>(exact);
    SCOPED_TRACE(value);
    Histogram histogram;
    histogram.record(nanoseconds(value));
    histogram.record(nanoseconds(value));
    histogram.record(nanoseconds::max());
    const std::int64_t told = histogram.percentile(0.5).count();
    EXPECT_GE(told, value);
    EXPECT_LE(static_cast<double>(told), 1.01 * static_cast<double>(value) + 1);
  }
}

TEST(BenchHistogram, FindsPercentilesWhereTheyAre) {
  Histogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.record(nanoseconds(value));
  EXPECT_EQ(histogram.percentile(0.01), nanoseconds(1));
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds(50));
  EXPECT_EQ(histogram.percentile(0.99), nanoseconds(99));
  EXPECT_EQ(histogram.percentile(1), nanoseconds(100));
  EXPECT_EQ(histogram.max(), nanoseconds(100));
  EXPECT_EQ(histogram.mean(), nanoseconds(50));
}

// The greatest one is known exactly, also where its bucket goes further.
TEST(BenchHistogram, NeverTellsMoreThanTheGreatest) {
  Histogram histogram;
  histogram.record(nanoseconds(1'000'003));
  EXPECT_EQ(histogram.percentile(1), nanoseconds(1'000'003));
}

TEST(BenchHistogram, CountsAnotherOnesToo) {
  Histogram one;
  Histogram other;
  one.record(nanoseconds(5));
  other.record(nanoseconds(-1));
  other.record(nanoseconds(7));
  one.add(other);
  EXPECT_EQ(one.count(), 3U);
  EXPECT_EQ(one.percentile(0.3), nanoseconds(0));
  EXPECT_EQ(one.max(), nanoseconds(7));
}

TEST(BenchHistogram, SaysZeroOfNothing) {
  const Histogram histogram;
  EXPECT_EQ(histogram.percentile(0.99), nanoseconds(0));
  EXPECT_EQ(histogram.mean(), nanoseconds(0));
}

}  // namespace
}  // namespace sluice::tools::bench
