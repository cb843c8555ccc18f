#include "tools/perf_stats.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

using std::chrono::milliseconds;

TEST(PerfStats, PrintsKafkasLines) {
  PerfStats stats(4, 1000, milliseconds(500), "");
  EXPECT_EQ(stats.record(10, 100, 1100), std::nullopt);
  EXPECT_EQ(stats.record(20, 100, 1500),
            "2 records sent, 4.0 records/sec (0.00 MB/sec), 15.0 ms avg latency, 20.0 ms max latency.\n");
  EXPECT_EQ(stats.record(30, 1048576, 1600), std::nullopt);
  EXPECT_EQ(stats.record(7, 100, 1700), std::nullopt);
  EXPECT_EQ(
      stats.total(2000),
      "4 records sent, 4.000000 records/sec (1.00 MB/sec), 16.75 ms avg latency, 30.00 ms max latency, 20 ms "
      "50th, 30 ms 95th, 30 ms 99th, 30 ms 99.9th.\n");
}

TEST(PerfStats, NamesTheSteadyState) {
  PerfStats stats(2, 0, milliseconds(1), "steady state ");
  EXPECT_EQ(stats.record(1, 1, 10)->substr(0, 27), "1 steady state records sent");
  EXPECT_TRUE(stats.total(20).starts_with("1 steady state records sent, 50.000000 records/sec"));
}

TEST(PerfStats, NothingSentIsNoNumber) {
  PerfStats stats(10, 0, milliseconds(1000), "");
  EXPECT_EQ(
      stats.total(100),
      "0 records sent, 0.000000 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, "
      "0 ms 95th, 0 ms 99th, 0 ms 99.9th.\n");
}

// Ten million records: every twentieth latency is kept, and the percentiles stay true.
TEST(PerfStats, KeepsSamplesOfManyRecords) {
  constexpr std::int64_t kRecords = 10'000'000;
  PerfStats stats(kRecords, 0, milliseconds(1'000'000'000), "");
  for (std::int64_t i = 0; i < kRecords; ++i) EXPECT_EQ(stats.record(i * 100 / kRecords, 1, 1), std::nullopt);
  const std::string total = stats.total(1000);
  EXPECT_NE(total.find(" 50 ms 50th, 95 ms 95th, 99 ms 99th, 99 ms 99.9th."), std::string::npos) << total;
}

TEST(Throttle, SpreadsRecordsOverTime) {
  EXPECT_TRUE(Throttle(-1).unlimited());
  EXPECT_TRUE(Throttle(0).never());
  EXPECT_DOUBLE_EQ(Throttle(10).due(0), 0);
  EXPECT_DOUBLE_EQ(Throttle(10).due(5), 500);
  EXPECT_DOUBLE_EQ(Throttle(0.5).due(1), 2000);
}

TEST(RandomLetters, AreCapitalsOfEveryKind) {
  RandomLetters letters;
  std::vector<char> first(1001);
  std::vector<char> second(1001);
  letters.fill(first);
  letters.fill(second);
  EXPECT_NE(first, second);
  for (char c = 'A'; c <= 'Z'; ++c) EXPECT_NE(std::ranges::find(first, c), first.end()) << c;
  EXPECT_TRUE(std::ranges::all_of(first, [](char c) { return c >= 'A' && c <= 'Z'; }));
}

TEST(Payloads, AreCutAtDelimiters) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(split_payloads("a\nbb\nccc\n", "\n"), (Pieces{"a", "bb", "ccc"}));
  EXPECT_EQ(split_payloads("a--b", "--"), (Pieces{"a", "b"}));
  EXPECT_EQ(split_payloads("a", ""), (Pieces{"a"}));
}

}  // namespace
}  // namespace sluice::tools
