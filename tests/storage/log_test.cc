#include "storage/log.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct LogTest : testing::Test, LogWorld {};

TEST_F(LogTest, GivesBatchesTheirOffsetsAndReadsThemBack) {
  open();
  const auto first = append({.records = 3});
  const auto second = append({.records = 2});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->base, Offset{0});
  EXPECT_EQ(first->end, Offset{3});
  EXPECT_EQ(second->base, Offset{3});
  EXPECT_EQ(log->end(), Offset{5});
  EXPECT_EQ(read_all({0}), (std::vector<std::int64_t>{0, 3}));

  const auto from_within = read_slice({4});
  ASSERT_TRUE(from_within);
  EXPECT_EQ(from_within->base, Offset{3}) << "an answer begins with a whole batch";
}

TEST_F(LogTest, RefusesOffsetsThatItDoesNotHave) {
  open();
  ASSERT_TRUE(append({.records = 3}));
  EXPECT_EQ(read_slice({4}).error().code, Errc::out_of_range);
  EXPECT_TRUE(read_slice({3})->empty());
  ASSERT_TRUE(loop.run(log->advance_start({2}, {3})));
  EXPECT_EQ(read_slice({1}).error().code, Errc::out_of_range);
  EXPECT_EQ(loop.run(log->advance_start({4}, {3})).error().code, Errc::out_of_range);
}

TEST_F(LogTest, ReadsNothingBeyondTheLimit) {
  open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append({.records = 2}));
  for (std::int64_t limit = 0; limit <= 20; ++limit) {
    SCOPED_TRACE(limit);
    const auto slice = loop.run(log->read({.from = {0}, .limit = {limit}, .bytes_max = 1 << 20}));
    ASSERT_TRUE(slice);
    const std::size_t batch = batch_bytes({.records = 2}).size();
    EXPECT_EQ(slice->size, static_cast<std::size_t>(limit / 2) * batch) << "a batch is readable when all of it is";
  }
}

TEST_F(LogTest, AnswersWithOneBatchHoweverSmallTheRequest) {
  open();
  ASSERT_TRUE(append({.records = 5}));
  const std::size_t size = batch_bytes({.records = 5}).size();
  EXPECT_EQ(loop.run(log->read({.from = {0}, .limit = {5}, .bytes_max = 1}))->size, size);
  const auto none = loop.run(log->read({.from = {0}, .limit = {5}, .bytes_max = 1, .at_least_one_batch = false}));
  EXPECT_TRUE(none->empty());
  EXPECT_EQ(none->first_batch_size, size);
}

TEST_F(LogTest, RollsWhenASegmentIsFull) {
  config.segment_bytes = 1000;
  open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(append({.records = 2}));
  EXPECT_GT(log->segment_count(), 2u);
  std::vector<std::int64_t> expected;
  for (int i = 0; i < 30; ++i) expected.push_back(2 * i);
  EXPECT_EQ(read_all({0}), expected);
  reopen();
  EXPECT_EQ(log->end(), Offset{60});
  EXPECT_EQ(read_all({0}), expected);
}

TEST_F(LogTest, RollsByTheTimeOfItsRecords) {
  config.segment_time = 1000ms;
  open();
  ASSERT_TRUE(append({.timestamp = 10'000}));
  ASSERT_TRUE(append({.timestamp = 11'000}));
  EXPECT_EQ(log->segment_count(), 1u);
  ASSERT_TRUE(append({.timestamp = 11'001}));
  EXPECT_EQ(log->segment_count(), 2u);
}

TEST_F(LogTest, RefusesWhatIsTooLarge) {
  config.message_bytes_max = 100;
  open();
  EXPECT_EQ(append({.records = 10}).error().code, Errc::too_large);
  EXPECT_TRUE(append({.records = 1}));
}

TEST_F(LogTest, RefusesALeaderThatWasReplaced) {
  open();
  ASSERT_TRUE(loop.run(log->start_epoch({3})));
  ASSERT_TRUE(append({}, 4));
  EXPECT_EQ(append({}, 3).error().code, Errc::fenced_epoch);
  EXPECT_EQ(log->epochs().entries(), (std::vector<EpochStart>{{{4}, {0}}}));
}

TEST_F(LogTest, FollowsWhatItsLeaderGave) {
  open();
  ASSERT_TRUE(append_as_follower({.records = 2, .base_offset = 0, .leader_epoch = 1}));
  ASSERT_TRUE(append_as_follower({.records = 2, .base_offset = 7, .leader_epoch = 2})) << "gaps are compaction's";
  EXPECT_EQ(append_as_follower({.records = 2, .base_offset = 8}).error().code, Errc::out_of_range);
  EXPECT_EQ(log->end(), Offset{9});
  EXPECT_EQ(read_all({0}), (std::vector<std::int64_t>{0, 7}));
  EXPECT_EQ(read_slice({3})->base, Offset{7});
  EXPECT_EQ(log->epochs().end_of({1}, log->end()), (EpochEnd{{1}, {7}}));
}

TEST_F(LogTest, StampsWithItsOwnTime) {
  config.timestamp_type = TimestampType::log_append_time;
  open();
  const auto appended = append({.records = 2});
  EXPECT_EQ(appended->append_time, loop.wall_now());
  const auto bytes = loop.run(read_slice({0})->read());
  const auto batch = ConstBatchView::parse(bytes->bytes());
  ASSERT_TRUE(batch) << "the CRC covers the new time";
  EXPECT_EQ(batch->max_timestamp(), loop.wall_now());
}

// A failed write leaves an unknown tail: nothing may follow it, in this log or in its directory.
TEST_F(LogTest, StopsAfterAFailedWrite) {
  open();
  ASSERT_TRUE(append({}));
  disk->inject({.call = sim::DiskCall::write, .path_contains = ".log", .error_number = EIO, .times = 1});
  EXPECT_EQ(append({}).error().code, Errc::storage_offline);
  EXPECT_EQ(append({}).error().code, Errc::storage_offline) << "although the disk is well again";
  EXPECT_TRUE(log->offline());
  EXPECT_EQ(log->end(), Offset{1});
  EXPECT_FALSE(read_slice({0})->empty()) << "what was written can still be read";
  open();
  EXPECT_EQ(log->end(), Offset{1});
  EXPECT_TRUE(append({}));
}

TEST_F(LogTest, TakesAFullDiskAsItComes) {
  open();
  ASSERT_TRUE(append({}));
  const std::string before = disk->contents(path(0, ".log"));
  disk->set_capacity(before.size() + 20);
  EXPECT_EQ(append({}).error().code, Errc::no_space);
  disk->set_capacity(1 << 20);
  EXPECT_EQ(disk->contents(path(0, ".log")).substr(0, before.size()), before);
  ASSERT_TRUE(append({}));
  EXPECT_EQ(read_all({0}), (std::vector<std::int64_t>{0, 1}));
  open();
  EXPECT_EQ(log->end(), Offset{2});
  EXPECT_EQ(log->recovery().cut_bytes, 0u);
}

TEST_F(LogTest, AppendsInTheOrderInWhichItWasAsked) {
  disk->set_latency(1ms);
  open();
  std::vector<OwnedBatch> batches;
  for (int i = 0; i < 20; ++i) batches.emplace_back(BatchSpec{.value_size = static_cast<std::size_t>(10 + i)});
  struct Appender {
    static Task<void> run(Log* log, BatchView batch, std::vector<std::int64_t>* bases) {
      const auto appended = co_await log->append_as_leader(batch, {0});
      bases->push_back(appended->base.value);
    }
  };
  std::vector<std::int64_t> bases;
  TaskGroup tasks(loop);
  for (OwnedBatch& batch : batches) tasks.start(Appender::run(log.get(), batch.view(), &bases));
  loop.advance(1s);
  std::vector<std::int64_t> expected;
  for (int i = 0; i < 20; ++i) {
    expected.push_back(i);
    EXPECT_EQ(batches[static_cast<std::size_t>(i)].view().base_offset().value, i);
  }
  EXPECT_EQ(bases, expected);
}

TEST_F(LogTest, TruncatesWholeBatches) {
  config.segment_bytes = 400;
  open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append({.records = 3}, i / 5));
  for (std::int64_t end = 60; end >= 0; end -= 7) {
    SCOPED_TRACE(end);
    ASSERT_TRUE(loop.run(log->truncate_to({end})));
    EXPECT_EQ(log->end(), Offset{end / 3 * 3});
    for (const EpochStart& entry : log->epochs().entries()) EXPECT_LT(entry.start, log->end());
    reopen();
    EXPECT_EQ(log->end(), Offset{end / 3 * 3});
  }
  const Offset end = log->end();
  ASSERT_TRUE(append({.records = 3}, 9));
  EXPECT_EQ(read_slice(end)->base, end);
}

TEST_F(LogTest, BeginsAnewWhereItIsTold) {
  open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append({}));
  ASSERT_TRUE(loop.run(log->truncate_fully_and_start_at({100})));
  EXPECT_EQ(log->start(), Offset{100});
  EXPECT_EQ(log->end(), Offset{100});
  EXPECT_EQ(append({})->base, Offset{100});
  reopen();
  EXPECT_EQ(log->start(), Offset{100});
  EXPECT_EQ(read_all({100}), std::vector<std::int64_t>{100});
}

TEST(Log, AnEpochIsWrittenWithItsFirstBatch) {
  LogWorld world;
  world.open();
  ASSERT_TRUE(world.append({.records = 3}, 1));
  world.reopen();
  const int synced = world.disk->count(sim::DiskCall::sync);
  ASSERT_TRUE(world.loop.run(world.log->start_epoch({4})));
  EXPECT_EQ(world.disk->count(sim::DiskCall::sync), synced);
  EXPECT_EQ(world.log->epochs().latest(), (EpochStart{{4}, {3}}));
  ASSERT_TRUE(world.append({.records = 2}, 4));
  ASSERT_TRUE(world.loop.run(world.log->flush()));
  world.crash();
  world.open();
  EXPECT_EQ(world.log->epochs().latest(), (EpochStart{{4}, {3}}));
}

// A node with many partitions stops at once if few of them were written to.
TEST(Log, ClosingWhatWasOnlyReadWritesNothing) {
  LogWorld world;
  world.open();
  ASSERT_TRUE(world.append({.records = 3, .producer_id = 7, .producer_epoch = 0, .sequence = 0}));
  world.reopen();
  const int synced = world.disk->count(sim::DiskCall::sync);
  const int written = world.disk->count(sim::DiskCall::write);
  EXPECT_EQ(world.read_all({0}).size(), 1U);
  world.reopen();
  EXPECT_EQ(world.disk->count(sim::DiskCall::sync), synced);
  EXPECT_EQ(world.disk->count(sim::DiskCall::write), written);
  ASSERT_TRUE(world.append({.records = 2}));
  world.reopen();
  EXPECT_GT(world.disk->count(sim::DiskCall::sync), synced);
  world.crash();
  world.open(true);
  EXPECT_EQ(world.log->end(), Offset{5});
}

}  // namespace
}  // namespace sluice::test
