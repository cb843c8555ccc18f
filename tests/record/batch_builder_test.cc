#include "record/batch_builder.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "record/samples.h"

namespace sluice {
namespace {

using testing::at;
using testing::batch_of;
using testing::read_set;
using testing::Sample;
using testing::Samples;
using testing::SampleSource;

const Samples kThree = {{5, 1000, "k", "v"}, {6, 900, std::nullopt, ""}, {7, 1100, "", std::nullopt}};

TEST(BatchBuilder, WritesWhatTheHeaderSays) {
  Buffer bytes = batch_of(kThree, {.leader_epoch = LeaderEpoch{3},
                                   .compression = {.codec = Codec::zstd},
                                   .producer_id = ProducerId{77},
                                   .producer_epoch = ProducerEpoch{4},
                                   .base_sequence = 12,
                                   .transactional = true});
  const auto batch = ConstBatchView::parse(bytes.bytes());
  ASSERT_TRUE(batch) << batch.error().what;
  EXPECT_EQ(batch->base_offset(), Offset{5});
  EXPECT_EQ(batch->last_offset(), Offset{7});
  EXPECT_EQ(batch->record_count(), 3);
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch{3});
  EXPECT_EQ(batch->codec(), Codec::zstd);
  EXPECT_EQ(batch->producer_id(), ProducerId{77});
  EXPECT_EQ(batch->producer_epoch(), ProducerEpoch{4});
  EXPECT_EQ(batch->base_sequence(), 12);
  EXPECT_EQ(batch->last_sequence(), 14);
  EXPECT_TRUE(batch->is_transactional());
  EXPECT_FALSE(batch->is_control());
  EXPECT_EQ(batch->base_timestamp(), at(1000));
  EXPECT_EQ(batch->max_timestamp(), at(1100));
  EXPECT_EQ(batch->timestamp_type(), TimestampType::create_time);
  EXPECT_EQ(read_set(bytes.bytes()), kThree);
}

// Random records with every codec, written behind what the buffer held already.
TEST(BatchBuilder, WritesWhatReadersRead) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SampleSource source{seed};
    const Samples samples = source.samples(source.between(0, 1'000'000), seed % 2 == 0, true);
    const Buffer bytes = batch_of(samples, {.compression = {.codec = source.codec(true)}});
    EXPECT_EQ(read_set(bytes.bytes()), samples);
  }
}

TEST(BatchBuilder, AppendsToWhatIsThere) {
  Buffer out;
  out.append(batch_of(kThree).bytes());
  BatchBuilder builder{out, {.base_offset = Offset{8}}};
  ASSERT_TRUE(builder.append({.timestamp = at(1), .key = as_bytes("next")}));
  const auto batch = builder.finish();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->base_offset(), Offset{8});
  const Samples all = read_set(out.bytes());
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[3], (Sample{8, 1, "next", std::nullopt}));
}

TEST(BatchBuilder, GivesEveryRecordTheBrokersTime) {
  const Buffer bytes = batch_of(kThree, {.log_append_time = at(5000)});
  for (const Sample& sample : read_set(bytes.bytes())) EXPECT_EQ(sample.timestamp, 5000);
  Decompressor decompressor;
  RecordReader reader{*ConstBatchView::parse(bytes.bytes()), decompressor};
  EXPECT_EQ((*reader.next())->create_timestamp, at(1000));  // What the producer said is still there.
}

TEST(BatchBuilder, KeepsTheDeleteHorizonInTheBaseTimestamp) {
  const Buffer bytes = batch_of(kThree, {.delete_horizon = at(123'456)});
  EXPECT_EQ(ConstBatchView::parse(bytes.bytes())->delete_horizon(), at(123'456));
  EXPECT_EQ(read_set(bytes.bytes()), kThree);
}

TEST(BatchBuilder, TakesOffsetsBeyondItsRecords) {
  Buffer out;
  BatchBuilder builder{out, {.base_offset = Offset{10}}};
  ASSERT_TRUE(builder.append({}));
  builder.set_last_offset(Offset{19});
  const auto batch = builder.finish();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->offset_span(), 10);
  EXPECT_EQ(batch->record_count(), 1);
}

TEST(BatchBuilder, KnowsItsSizeBeforeItIsWritten) {
  Buffer out;
  BatchBuilder builder{out, {}};
  std::size_t size_max = builder.uncompressed_size();
  for (const Sample& sample : kThree) {
    const NewRecord record{at(sample.timestamp), testing::view_of(sample.key), testing::view_of(sample.value)};
    size_max += BatchBuilder::size_max(record);
    ASSERT_TRUE(builder.append(record));
    EXPECT_LE(builder.uncompressed_size(), size_max);
  }
  EXPECT_EQ(builder.finish()->size(), builder.uncompressed_size());
}

// Times are anybody's numbers: their distance need not fit 64 bits.
TEST(BatchBuilder, TakesTimestampsHoweverFarApart) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const Samples samples = {{0, kLeast}, {1, kMost}, {2, 0}, {3, -1}};
  const Buffer bytes = batch_of(samples);
  EXPECT_EQ(read_set(bytes.bytes()), samples);
  EXPECT_EQ(ConstBatchView::parse(bytes.bytes())->max_timestamp(), at(kMost));
}

TEST(BatchBuilder, LearnsItsProducerLast) {
  Buffer out;
  BatchBuilder builder{out, {}};
  ASSERT_TRUE(builder.append({}));
  builder.set_producer(ProducerId{1}, ProducerEpoch{2}, 3);
  const auto batch = builder.finish();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->producer_id(), ProducerId{1});
  EXPECT_EQ(batch->producer_epoch(), ProducerEpoch{2});
  EXPECT_EQ(batch->base_sequence(), 3);
}

TEST(BatchBuilder, EmptiedBatchesKeepTheirPlaceAndProducer) {
  const Buffer full = batch_of(kThree, {.leader_epoch = LeaderEpoch{3},
                                        .compression = {.codec = Codec::gzip},
                                        .producer_id = ProducerId{77},
                                        .producer_epoch = ProducerEpoch{4},
                                        .base_sequence = 12});
  Buffer out;
  append_emptied(out, *ConstBatchView::parse(full.bytes()));
  EXPECT_EQ(out.size(), kBatchHeaderSize);
  const auto batch = ConstBatchView::parse(out.bytes());
  ASSERT_TRUE(batch) << batch.error().what;
  EXPECT_EQ(batch->record_count(), 0);
  EXPECT_EQ(batch->codec(), Codec::none);
  EXPECT_EQ(batch->base_offset(), Offset{5});
  EXPECT_EQ(batch->last_offset(), Offset{7});
  EXPECT_EQ(batch->last_sequence(), 14);
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch{3});
  EXPECT_TRUE(read_set(out.bytes()).empty());
}

}  // namespace
}  // namespace sluice
