#include "raft/record_batches.h"

#include <gtest/gtest.h>

#include <string>

#include "raft/snapshot_reader.h"

namespace sluice::raft {
namespace {

const BatchPlace kPlace{.base = {100}, .epoch = {3}, .time = WallTime{std::chrono::milliseconds{5}}};

TEST(RecordBatches, HoldWhatBelongsTogetherInOneBatch) {
  const std::string text(1000, 'x');
  const std::vector<Bytes> records(12'000, as_bytes(text).first(3));
  const auto batches = make_batches(records, Grouping::atomic, kPlace);
  ASSERT_TRUE(batches);
  ASSERT_EQ(batches->size(), 1u);
  const auto batch = ConstBatchView::parse(batches->front().bytes());
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->base_offset(), Offset{100});
  EXPECT_EQ(batch->next_offset(), Offset{12'100});
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch{3});
  EXPECT_FALSE(batch->is_control());
  EXPECT_EQ(record_values(*batch)->size(), 12'000u);
}

TEST(RecordBatches, SplitWhatDoesNotBelongTogether) {
  const std::string text(1000, 'x');
  const std::vector<Bytes> records(12'000, as_bytes(text));
  EXPECT_EQ(make_batches(records, Grouping::atomic, kPlace).error().code, Errc::too_large);
  const auto batches = make_batches(records, Grouping::loose, kPlace);
  ASSERT_TRUE(batches);
  ASSERT_GT(batches->size(), 1u);
  Offset next = kPlace.base;
  for (const Buffer& bytes : *batches) {
    EXPECT_LE(bytes.size(), kBatchBytesMax);
    const auto batch = ConstBatchView::parse(bytes.bytes());
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->base_offset(), next);
    next = batch->next_offset();
  }
  EXPECT_EQ(next, kPlace.base + 12'000);
}

TEST(RecordBatches, RefuseARecordThatNoBatchHolds) {
  const std::string text(kBatchBytesMax, 'x');
  const Bytes record = as_bytes(text);
  EXPECT_EQ(make_batches({&record, 1}, Grouping::loose, kPlace).error().code, Errc::too_large);
}

}  // namespace
}  // namespace sluice::raft
