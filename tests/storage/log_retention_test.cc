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

}  // namespace
}  // namespace sluice::test
