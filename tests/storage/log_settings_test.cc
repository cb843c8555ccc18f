// Settings of a topic that its log keeps to.
#include <gtest/gtest.h>

#include <set>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct LogSettingsTest : testing::Test, LogWorld {};

// segment.jitter.ms: segments of many logs that began together are not rolled together, and none later than
// segment.ms.
TEST(LogSettings, JitterSpreadsRolls) {
  std::set<int> minutes;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    LogWorld world(seed);
    world.config.segment_time = 60min;
    world.config.segment_jitter_max = 30min;
    world.open();
    const std::int64_t begin = world.loop.wall_now().time_since_epoch().count();
    int minute = 0;
    for (; world.log->segment_count() == 1 && minute <= 61; ++minute)
      ASSERT_TRUE(world.append({.timestamp = begin + minute * 60'000}));
    EXPECT_GT(minute - 1, 30);
    EXPECT_LE(minute - 1, 61);
    minutes.insert(minute);
  }
  EXPECT_GT(minutes.size(), 5u);
}

// preallocate: the room is taken at once and given back when the segment ends, at a roll, a close or a crash.
TEST_F(LogSettingsTest, PreallocatesTheActiveSegment) {
  config.preallocate = true;
  config.segment_bytes = 4096;
  open();
  EXPECT_EQ(disk->contents(path(0, ".log")).size(), 4096u);
  const std::string batch = batch_bytes({});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append({}));
  EXPECT_EQ(disk->contents(path(0, ".log")).size(), 4096u);
  ASSERT_TRUE(loop.run(log->roll()));
  EXPECT_EQ(disk->contents(path(0, ".log")).size(), 3 * batch.size());
  EXPECT_EQ(disk->contents(path(3, ".log")).size(), 4096u);
  ASSERT_TRUE(append({}));
  abandon();
  open(false);
  EXPECT_EQ(log->end(), Offset{4});
  EXPECT_EQ(log->recovery().cut_at, Offset{4}) << "zeros are no batch";
  ASSERT_TRUE(append({}));
  reopen();
  EXPECT_EQ(disk->contents(path(3, ".log")).size(), 2 * batch.size());
  EXPECT_EQ(read_all({0}).size(), 5u);
}

TEST_F(LogSettingsTest, FlushesAfterSoManyMessages) {
  config.flush_messages = 3;
  open();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(append({}));
  EXPECT_EQ(log->recovery_point(), Offset{0});
  ASSERT_TRUE(append({}));
  EXPECT_EQ(log->recovery_point(), Offset{3});
}

TEST_F(LogSettingsTest, FlushesAfterSomeTime) {
  config.flush_time = 1s;
  open();
  ASSERT_TRUE(append({}));
  loop.advance(999ms);
  ASSERT_TRUE(loop.run(log->maintain()));
  EXPECT_EQ(log->recovery_point(), Offset{0});
  loop.advance(1ms);
  ASSERT_TRUE(loop.run(log->maintain()));
  EXPECT_EQ(log->recovery_point(), Offset{1});
}

}  // namespace
}  // namespace sluice::test
