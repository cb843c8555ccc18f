#include "storage/open_files.h"

#include <gtest/gtest.h>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct OpenFilesTest : testing::Test, LogWorld {
  /// Ten segments of three batches.
  void write_segments() {
    config.segment_bytes = 300;
    config.index_interval_bytes = 50;
    open();
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(append({.value_size = 10}));
    ASSERT_GE(log->segment_count(), 10u);
  }
};

// However many segments are read, one after another or back and forth, no more files stay open than may be, and
// every batch is found.
TEST_F(OpenFilesTest, StaysWithinTheBound) {
  open_files = std::make_shared<OpenFiles>(4);
  write_segments();
  EXPECT_LE(open_files->count(), 4u);
  for (std::int64_t i = 0; i < 300; ++i) {
    const Offset from{(i * 17) % 30};
    const auto slice = read_slice(from);
    ASSERT_TRUE(slice) << slice.error().what;
    EXPECT_EQ(slice->base, from);
    EXPECT_LE(open_files->count(), 4u);
    EXPECT_TRUE(loop.run(slice->read()));
  }
  ASSERT_TRUE(append({.value_size = 10}));
  EXPECT_EQ(read_all({0}).size(), 31u);
}

// What a reader holds stays readable, whatever is closed behind its back.
TEST_F(OpenFilesTest, ClosesNothingUnderAReader) {
  open_files = std::make_shared<OpenFiles>(1);
  write_segments();
  const auto first = read_slice({0});
  ASSERT_TRUE(first);
  for (std::int64_t from = 0; from < 30; ++from) ASSERT_TRUE(read_slice({from}));
  EXPECT_TRUE(loop.run(first->read()));
}

// One that is used all the time is hardly ever closed for the sake of others.
TEST_F(OpenFilesTest, KeepsWhatIsUsedOpen) {
  open_files = std::make_shared<OpenFiles>(6);
  write_segments();
  int opened = 0;
  for (std::int64_t i = 0; i < 60; ++i) {
    ASSERT_TRUE(read_slice({29}));
    const int before = disk->count(sim::DiskCall::open, path(27, ".log"));
    ASSERT_TRUE(read_slice({i % 12}));
    ASSERT_TRUE(read_slice({29}));
    opened += disk->count(sim::DiskCall::open, path(27, ".log")) - before;
  }
  EXPECT_LT(opened, 60 / 3) << "of 60 rounds";
}

TEST_F(OpenFilesTest, ForgetsWhatHasGone) {
  open_files = std::make_shared<OpenFiles>(100);
  write_segments();
  for (std::int64_t from = 0; from < 30; ++from) ASSERT_TRUE(read_slice({from}));
  EXPECT_GT(open_files->count(), 10u);
  close();
  EXPECT_EQ(open_files->count(), 0u);
}

// Cleanly closed, a log of any size is opened by reading the ends of its last indexes.
TEST_F(OpenFilesTest, OpeningAClosedLogReadsLittle) {
  config.index_interval_bytes = 50;
  open();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(append({.value_size = 10}));
  close();
  const int before = disk->count(sim::DiskCall::read);
  open(true);
  EXPECT_LE(disk->count(sim::DiskCall::read) - before, 10);
  EXPECT_EQ(log->end(), Offset{1000});
  EXPECT_EQ(read_slice({500}, 1)->base, Offset{500});
  ASSERT_TRUE(append({.value_size = 10}));
  EXPECT_EQ(read_all({0}).size(), 1001u);
}

// A log at rest needs no memory for its indexes, and goes on as if nothing had been.
TEST_F(OpenFilesTest, RestsWhenNothingIsAppended) {
  config.index_interval_bytes = 50;
  open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append({.timestamp = 1000 + i, .value_size = 10}));
  ASSERT_TRUE(loop.run(log->maintain()));
  EXPECT_FALSE(disk->has(path(0, ".index"))) << "it has only just been written to";
  ASSERT_TRUE(loop.run(log->maintain()));
  EXPECT_EQ(disk->contents(path(0, ".index")).size() % OffsetIndex::kEntrySize, 0u);
  EXPECT_GT(disk->contents(path(0, ".index")).size(), 0u);
  EXPECT_EQ(read_slice({10}, 1)->base, Offset{10});
  for (int i = 20; i < 40; ++i) ASSERT_TRUE(append({.timestamp = 1000 + i, .value_size = 10}));
  EXPECT_EQ(loop.run(log->offset_for_time(WallTime{1025ms})).value()->offset, Offset{25});
  ASSERT_TRUE(loop.run(log->truncate_to({30})));
  reopen();
  EXPECT_EQ(read_all({0}).size(), 30u);
}

// Damage between the ends of an index is found when the index is needed, and mended from the log.
TEST_F(OpenFilesTest, MendsADamagedIndexWhenItIsNeeded) {
  config.index_interval_bytes = 50;
  open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append({.value_size = 10}));
  close();
  std::string index = disk->contents(path(0, ".index"));
  std::fill(index.begin() + 16, index.begin() + 40, '\x7f');
  disk->set_contents(path(0, ".index"), index);
  open(true);
  for (std::int64_t from = 0; from < 100; ++from) EXPECT_EQ(read_slice({from}, 1)->base, Offset{from});
  ASSERT_TRUE(append({.value_size = 10}));
  reopen();
  EXPECT_EQ(read_all({0}).size(), 101u);
}

}  // namespace
}  // namespace sluice::test
