#include "record/batch_view.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "record/crc32c.h"
#include "record/hex.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::from_hex;

// The first line of tests/golden/vectors/control_batches.jsonl.
constexpr std::string_view kCommit =
    "0000000000000887000000420000000f02e338486f0030000000000000018bcfe71a5c0000018bcfe71a5c0000000000001527"
    "0026ffffffff000000012000000008000000010c00000000000c00";

// Sets a field of a batch and, since the field lies under it, the CRC.
template <class T>
void set(std::vector<std::byte>& batch, std::size_t at, T value) {
  store(MutableBytes{batch}, at, value);
  store(MutableBytes{batch}, batch_field::kCrc, crc32c(Bytes{batch}.subspan(batch_field::kAttributes)));
}

TEST(BatchView, ReadsEachField) {
  const auto bytes = from_hex(kCommit);
  const auto batch = ConstBatchView::parse(bytes);
  ASSERT_TRUE(batch) << batch.error().what;
  EXPECT_EQ(batch->base_offset(), Offset{2183});
  EXPECT_EQ(batch->last_offset(), Offset{2183});
  EXPECT_EQ(batch->next_offset(), Offset{2184});
  EXPECT_EQ(batch->record_count(), 1);
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch{15});
  EXPECT_EQ(batch->codec(), Codec::none);
  EXPECT_EQ(batch->timestamp_type(), TimestampType::create_time);
  EXPECT_TRUE(batch->is_transactional());
  EXPECT_TRUE(batch->is_control());
  EXPECT_FALSE(batch->delete_horizon());
  EXPECT_EQ(batch->max_timestamp(), WallTime{1700000111196ms});
  EXPECT_EQ(batch->base_timestamp(), WallTime{1700000111196ms});
  EXPECT_EQ(batch->producer_id(), ProducerId{5415});
  EXPECT_EQ(batch->producer_epoch(), ProducerEpoch{38});
  EXPECT_EQ(batch->base_sequence(), -1);
  EXPECT_EQ(batch->last_sequence(), -1);
  EXPECT_EQ(batch->size(), bytes.size());

  const auto header = BatchHeader::read(Bytes{bytes}.first(kBatchHeaderSize));
  ASSERT_TRUE(header) << header.error().what;
  EXPECT_EQ(header->size, bytes.size());
  EXPECT_EQ(header->last_offset(), Offset{2183});
  EXPECT_EQ(header->producer_id, ProducerId{5415});
}

TEST(BatchView, AsksForMoreAtEveryCut) {
  const auto bytes = from_hex(kCommit);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto batch = ConstBatchView::parse(Bytes{bytes}.first(cut));
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, Errc::incomplete) << cut << ": " << batch.error().what;
  }
}

// Base offset and leader epoch are outside the CRC; everything else is under it or checked by itself.
TEST(BatchView, NoticesEveryFlippedBitThatIsNotALeadersToSet) {
  const auto bytes = from_hex(kCommit);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const bool free =
        bit / 8 < batch_field::kLength || (bit / 8 >= batch_field::kLeaderEpoch && bit / 8 < batch_field::kMagic);
    const bool negative_offset = bit == 7;
    EXPECT_EQ(ConstBatchView::parse(flipped).has_value(), free && !negative_offset) << "bit " << bit;
  }
}

TEST(BatchView, RefusesHeadersThatContradictThemselves) {
  const auto code_with = [](std::size_t at, auto value) {
    auto bytes = from_hex(kCommit);
    set(bytes, at, value);
    const auto batch = ConstBatchView::parse(bytes);
    return batch ? std::string{"accepted"} : std::string{name(batch.error().code)};
  };
  EXPECT_EQ(code_with(batch_field::kRecordCount, std::int32_t{2}), "corrupt");
  EXPECT_EQ(code_with(batch_field::kRecordCount, std::int32_t{-1}), "corrupt");
  EXPECT_EQ(code_with(batch_field::kRecordCount, std::int32_t{0}), "accepted");  // Compaction may leave none.
  EXPECT_EQ(code_with(batch_field::kLastOffsetDelta, std::int32_t{-1}), "corrupt");
  EXPECT_EQ(code_with(batch_field::kLastOffsetDelta, std::int32_t{7}), "accepted");
  EXPECT_EQ(code_with(batch_field::kAttributes, std::int16_t{5}), "unsupported_codec");
  EXPECT_EQ(code_with(batch_field::kMagic, std::int8_t{1}), "unsupported_magic");
  EXPECT_EQ(code_with(batch_field::kMagic, std::int8_t{3}), "unsupported_magic");
  EXPECT_EQ(code_with(batch_field::kLength, std::int32_t{48}), "corrupt");
  EXPECT_EQ(code_with(batch_field::kLength, std::int32_t{-1}), "corrupt");
  EXPECT_EQ(code_with(batch_field::kLength, std::numeric_limits<std::int32_t>::max()), "incomplete");
  EXPECT_EQ(code_with(batch_field::kBaseOffset, std::numeric_limits<std::int64_t>::max()), "corrupt");
}

TEST(BatchView, IsPlacedWithoutTouchingTheCrc) {
  auto bytes = from_hex(kCommit);
  const auto batch = BatchView::parse(bytes);
  ASSERT_TRUE(batch);
  batch->place(Offset{1'000'000'000'000}, LeaderEpoch{77});

  const auto again = ConstBatchView::parse(bytes);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->base_offset(), Offset{1'000'000'000'000});
  EXPECT_EQ(again->leader_epoch(), LeaderEpoch{77});
  EXPECT_EQ(again->crc(), 0xe338486fu);
}

TEST(BatchView, TakesTheBrokersTime) {
  auto bytes = from_hex(kCommit);
  const auto batch = BatchView::parse(bytes);
  ASSERT_TRUE(batch);
  batch->set_max_timestamp(TimestampType::log_append_time, WallTime{1800000000000ms});

  const auto again = ConstBatchView::parse(bytes);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->timestamp_type(), TimestampType::log_append_time);
  EXPECT_EQ(again->max_timestamp(), WallTime{1800000000000ms});
  EXPECT_EQ(again->base_timestamp(), WallTime{1700000111196ms});
  EXPECT_TRUE(again->is_control());
}

TEST(BatchView, CountsSequencesAroundTheirEnd) {
  auto bytes = from_hex(kCommit);
  set(bytes, batch_field::kBaseSequence, std::numeric_limits<std::int32_t>::max() - 1);
  set(bytes, batch_field::kLastOffsetDelta, std::int32_t{3});
  const auto batch = ConstBatchView::parse(bytes);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->last_sequence(), 1);
}

TEST(BatchWalk, StopsAtTheCutOffLastBatch) {
  auto bytes = from_hex(std::string{kCommit} + std::string{kCommit} + std::string{kCommit.substr(0, 90)});
  const std::size_t one = kCommit.size() / 2;
  BatchWalk walk{bytes};
  for (std::size_t n = 1; n <= 2; ++n) {
    const auto batch = walk.next();
    ASSERT_TRUE(batch && *batch);
    EXPECT_EQ(walk.position(), n * one);
  }
  for (int again = 0; again < 2; ++again) {
    const auto last = walk.next();
    ASSERT_TRUE(last && !*last);
    EXPECT_EQ(last->error().code, Errc::incomplete);
    EXPECT_EQ(walk.position(), 2 * one);
  }
  EXPECT_FALSE(ConstBatchWalk{{}}.next());
}

}  // namespace
}  // namespace sluice
