#include <gtest/gtest.h>

#include <cerrno>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct LogRetentionTest : testing::Test, LogWorld {
  /// Ten batches of one record, three to a segment: bases 0, 3, 6 and 9.
  void write_four_segments() {
    config.segment_bytes = static_cast<std::int32_t>(3 * batch_bytes({}).size());
    open();
    const std::int64_t now = loop.wall_now().time_since_epoch().count();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(append({.timestamp = now + 1000 * i}));
    ASSERT_EQ(log->segment_count(), 4u);
  }
  int deleted(std::int64_t high_watermark = 10) { return *loop.run(log->delete_old_segments({high_watermark})); }
  std::vector<std::string> logs() const {
    std::vector<std::string> names;
    for (const std::string& name : disk->files(kDirectory)) {
      if (name.find(".log") != std::string::npos) names.push_back(name.substr(18));
    }
    return names;
  }
};

TEST_F(LogRetentionTest, DeletesByAgeOfTheNewestRecord) {
  config.retention_time = 60s;
  write_four_segments();
  loop.advance(60s);
  EXPECT_EQ(deleted(), 0);
  loop.advance(2001ms);  // The first segment's newest record is of second 2.
  EXPECT_EQ(deleted(), 1);
  EXPECT_EQ(log->start(), Offset{3});
  EXPECT_EQ(read_slice({2}).error().code, Errc::out_of_range);
}

TEST_F(LogRetentionTest, DeletesBySizeWhatTheLogCanDoWithout) {
  write_four_segments();
  config.retention_bytes = static_cast<std::int64_t>(4 * batch_bytes({}).size());
  log->configure(config);
  EXPECT_EQ(deleted(), 2) << "with three segments left it is not yet too small";
  EXPECT_EQ(log->start(), Offset{6});
}

TEST_F(LogRetentionTest, DeletesNothingThatIsNotCommitted) {
  config.retention_time = 0ms;
  write_four_segments();
  loop.advance(1h);
  EXPECT_EQ(deleted(5), 1);
  EXPECT_EQ(log->start(), Offset{3});
}

TEST_F(LogRetentionTest, DeletesWhatTheStartHasPassed) {
  config.cleanup_delete = false;
  write_four_segments();
  ASSERT_TRUE(loop.run(log->advance_start({7}, {10})));
  EXPECT_EQ(deleted(), 2);
  EXPECT_EQ(log->start(), Offset{7});
  reopen();
  EXPECT_EQ(log->start(), Offset{7});
  EXPECT_EQ(read_all({7}), (std::vector<std::int64_t>{7, 8, 9}));
}

TEST_F(LogRetentionTest, GoesOnWithAnEmptySegmentWhenAllIsOld) {
  config.retention_time = 1s;
  write_four_segments();
  loop.advance(1h);
  EXPECT_EQ(deleted(), 4);
  EXPECT_EQ(log->start(), Offset{10});
  EXPECT_EQ(log->end(), Offset{10});
  EXPECT_EQ(append({})->base, Offset{10});
  EXPECT_EQ(deleted(), 0) << "what is new is not old";
}

// A reader that has found its place goes on reading; the files go when nobody should be at it any more.
TEST_F(LogRetentionTest, RemovesFilesAfterADelay) {
  config.retention_bytes = 0;
  config.file_delete_delay = 60s;
  write_four_segments();
  const auto slice = read_slice({0});
  ASSERT_GT(deleted(), 0);
  EXPECT_TRUE(loop.run(slice->read()));
  EXPECT_TRUE(disk->has(path(0, ".log.deleted")));
  EXPECT_FALSE(disk->has(path(0, ".log")));
  loop.advance(59s);
  EXPECT_TRUE(disk->has(path(0, ".log.deleted")));
  loop.advance(2s);
  EXPECT_FALSE(disk->has(path(0, ".log.deleted")));
  EXPECT_TRUE(loop.run(slice->read()));
}

TEST_F(LogRetentionTest, RemovesAtTheNextStartWhatAStopHasLeft) {
  config.retention_bytes = 0;
  write_four_segments();
  ASSERT_GT(deleted(), 0);
  reopen();
  for (const std::string& name : logs()) EXPECT_FALSE(name.ends_with(".deleted")) << name;
}

Task<void> delete_some(Log* log) { (void)co_await log->delete_old_segments({4}); }

// A power failure may keep some of what happened to a directory and forget what happened before that; of the
// segments that went, the later ones must not be gone where earlier ones are back.
TEST(LogRetention, LeavesNoHoleWhenPowerFails) {
  int came_back = 0, went = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    LogWorld world(seed);
    world.config.segment_bytes = static_cast<std::int32_t>(batch_bytes({}).size());
    world.open();
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(world.append({}));
    ASSERT_TRUE(world.loop.run(world.log->flush()));
    world.config.retention_bytes = 0;
    world.log->configure(world.config);
    world.disk->set_latency(100us);
    TaskGroup deletion(world.loop);
    deletion.start(delete_some(world.log.get()));
    world.loop.advance(std::chrono::microseconds(world.loop.seeded().below(2'500)));
    world.crash();
    world.loop.run(deletion.close());
    world.start = {0};  // It was not written down yet.
    world.open();
    std::vector<std::int64_t> expected;
    for (std::int64_t offset = world.log->start().value; offset < 6; ++offset) expected.push_back(offset);
    EXPECT_EQ(world.read_all(world.log->start()), expected);
    ++(world.log->start() < Offset{4} ? came_back : went);
  }
  EXPECT_GT(came_back, 10);
  EXPECT_GT(went, 10);
}

}  // namespace
}  // namespace sluice::test
