// Finding offsets by time.
#include <gtest/gtest.h>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

struct LogTimeTest : testing::Test, LogWorld {
  std::optional<std::int64_t> offset_at(std::int64_t milliseconds) {
    const auto found = loop.run(log->offset_for_time(WallTime{std::chrono::milliseconds{milliseconds}}));
    EXPECT_TRUE(found) << found.error().what;
    if (!found || !*found) return std::nullopt;
    EXPECT_GE((*found)->timestamp.time_since_epoch().count(), milliseconds);
    return (*found)->offset.value;
  }
};

// Each record of each batch, before and after a restart, with many segments and index entries.
TEST_F(LogTimeTest, FindsTheFirstRecordOfEveryTime) {
  config.segment_bytes = 600;
  config.index_interval_bytes = 100;
  open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(append({.records = 3, .timestamp = 1000 + 10 * i}));
  for (const bool restarted : {false, true}) {
    if (restarted) reopen();
    for (int i = 0; i < 30; ++i) {
      for (int delta = -7; delta <= 2; ++delta)
        ASSERT_EQ(offset_at(1000 + 10 * i + delta), 3 * i + std::max(delta, 0)) << i << " and " << delta;
    }
    EXPECT_EQ(offset_at(1293), std::nullopt);
  }
}

TEST_F(LogTimeTest, PassesOverTimesThatWentBack) {
  open();
  ASSERT_TRUE(append({.timestamp = 5000}));
  ASSERT_TRUE(append({.timestamp = 1000}));
  ASSERT_TRUE(append({.timestamp = 6000}));
  EXPECT_EQ(offset_at(1000), 0);
  EXPECT_EQ(offset_at(5001), 2);
  const auto latest = loop.run(log->offset_of_max_time());
  EXPECT_EQ((*latest)->offset, Offset{2});
}

TEST_F(LogTimeTest, NamesTheRecordOfTheLargestTime) {
  config.segment_bytes = 300;
  open();
  EXPECT_EQ(*loop.run(log->offset_of_max_time()), std::nullopt);
  ASSERT_TRUE(append({.records = 3, .timestamp = 9000}, 4));
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append({.records = 3, .timestamp = 100}, 5));
  const auto latest = loop.run(log->offset_of_max_time());
  ASSERT_TRUE(latest && *latest);
  EXPECT_EQ(**latest, (TimestampedOffset{WallTime{std::chrono::milliseconds{9002}}, {2}, {4}}));
}

TEST_F(LogTimeTest, FindsNothingBeforeTheStart) {
  open();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(append({.records = 2, .timestamp = 1000 + 10 * i}));
  ASSERT_TRUE(loop.run(log->advance_start({3}, {8})));
  EXPECT_EQ(offset_at(0), 3);
}

}  // namespace
}  // namespace sluice::test
