#include "record/record_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "record/samples.h"

namespace sluice {
namespace {

using testing::batch_of;
using testing::from_hex;
using testing::Sample;
using testing::Samples;

// A batch that claims `record_count` records up to `last_offset_delta` and holds `payload`, with the right CRC.
Buffer batch_with(std::int32_t record_count, std::int32_t last_offset_delta, Bytes payload,
                  Codec codec = Codec::none) {
  Buffer batch = Buffer::copy_of(batch_of({{0, 1000}}).bytes().first(kBatchHeaderSize));
  Compressor compressor{{.codec = codec}, batch};
  compressor.add(payload);
  compressor.finish();
  store(batch.bytes(), batch_field::kLength, static_cast<std::int32_t>(batch.size() - batch_field::kLeaderEpoch));
  store(batch.bytes(), batch_field::kAttributes, Attributes{}.with(codec).bits);
  store(batch.bytes(), batch_field::kLastOffsetDelta, last_offset_delta);
  store(batch.bytes(), batch_field::kRecordCount, record_count);
  testing::mend_crc(batch.bytes());
  return batch;
}

// What reading the records ends with: the same compressed or not. RecordScan must take and refuse the same
// batches.
std::string outcome(std::int32_t record_count, std::int32_t last_offset_delta, std::string_view payload_hex) {
  const auto payload = from_hex(payload_hex);
  std::string first;
  Decompressor decompressor;
  for (const Codec codec : {Codec::none, Codec::lz4}) {
    const Buffer bytes = batch_with(record_count, last_offset_delta, payload, codec);
    const auto batch = ConstBatchView::parse(bytes.bytes());
    EXPECT_TRUE(batch) << batch.error().what;
    const auto end_of = [](auto reader) -> std::string {
      while (const auto record = reader.next())
        if (!*record) return record->error().what;
      return "";
    };
    const std::string read = end_of(RecordReader{*batch, decompressor});
    EXPECT_EQ(end_of(RecordScan{*batch, decompressor}).empty(), read.empty());
    if (codec == Codec::none) first = read;
    EXPECT_EQ(read, first);
  }
  return first;
}

// Length, attributes, timestamp delta, offset delta, key, value, headers, all in zig-zag.
TEST(RecordReader, ChecksEveryLength) {
  EXPECT_EQ(outcome(1, 0, "0c000000010100"), "");
  EXPECT_EQ(outcome(1, 0, "10000000026b027600"), "");
  EXPECT_EQ(outcome(1, 0, "18000000026b0276020268026a"), "");
  EXPECT_EQ(outcome(1, 0, "16000000026b02760202680100").substr(0, 40), "payload goes on behind its 1 records");

  EXPECT_NE(outcome(1, 0, "").find("ends early"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0c0000000101").find("ends early"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "01000000010100").find("length -1"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0a000000010100").find("ends early"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0e00000001010000").find("-1 bytes away"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0c000000080100").find("key of 4 bytes with 2 left"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0c000000030100").find("key of -2 bytes"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0c000000010800").find("value of 4 bytes with 1 left"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0c000000010101").find("-1 headers"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0c000000010102").find("1 headers with 0 bytes left"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "1000000001010201010000").find("header without a key"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "10000000010102080000").find("header key of 4 bytes"), std::string::npos);
  EXPECT_NE(outcome(1, 0, "0c00ffffffffffffffffffff0101").find("too long"), std::string::npos);
}

TEST(RecordReader, ChecksCountAndOffsets) {
  const std::string one = "0c000000010100", two = "0c000002010100", six = "0c00000c010100";
  EXPECT_EQ(outcome(2, 1, one + two), "");
  EXPECT_EQ(outcome(2, 6, one + six), "");
  EXPECT_EQ(outcome(1, 1, one + two), "payload goes on behind its 1 records");
  EXPECT_NE(outcome(2, 1, one).find("record 1 of 2, at byte 7 of the payload"), std::string::npos);
  EXPECT_EQ(outcome(2, 5, one + six), "record 1 of 2 has offset delta 6, the last one's is 5");
  EXPECT_EQ(outcome(1, 0, "0c000001010100"), "record 0 of 1 has offset delta -1, the last one's is 0");
}

TEST(VerifyRecords, WantsGrowingOffsets) {
  Decompressor decompressor;
  const auto verify = [&](std::string_view payload) {
    const Buffer bytes = batch_with(2, 9, from_hex(payload));
    return verify_records(*ConstBatchView::parse(bytes.bytes()), decompressor).has_value();
  };
  const std::string zero = "0c000000010100", nine = "0c000012010100";
  EXPECT_TRUE(verify(zero + nine));
  EXPECT_FALSE(verify(zero + zero));
  EXPECT_FALSE(verify(nine + zero));
}

TEST(RecordReader, SaysTheSameErrorAgain) {
  const Buffer bytes = batch_with(2, 1, from_hex("0c000000010100"));
  Decompressor decompressor;
  RecordReader reader{*ConstBatchView::parse(bytes.bytes()), decompressor};
  ASSERT_TRUE(reader.next()->has_value());
  const std::string first = reader.next()->error().what;
  EXPECT_EQ(reader.next()->error().what, first);
}

TEST(RecordReader, DecodesHeadersOnDemand) {
  const Samples samples = {{0, 1, "k", "v", {{"a", "1"}, {"", std::nullopt}, {"a", ""}}}};
  const Buffer bytes = batch_of(samples, {.compression = {.codec = Codec::snappy}});
  Decompressor decompressor;
  RecordReader reader{*ConstBatchView::parse(bytes.bytes()), decompressor};
  const auto record = reader.next();
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->headers.size(), 3u);
  EXPECT_EQ(testing::sample_of(**record), samples[0]);
}

// One record larger than the window, between small ones: gathered whole by one reader, passed over by the other.
TEST(RecordReader, TakesRecordsLargerThanItsWindow) {
  const Samples samples = {
      {0, 1, "a", "b"}, {1, 2, std::string(200'000, 'k'), std::string(300'000, 'v')}, {2, 3, "c", "d"}};
  Decompressor decompressor;
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const Buffer bytes = batch_of(samples, {.compression = {.codec = codec}});
    EXPECT_EQ(testing::read_set(bytes.bytes()), samples) << name(codec);
    EXPECT_TRUE(verify_records(*ConstBatchView::parse(bytes.bytes()), decompressor)) << name(codec);
  }
}

// The scan of a bomb ends at the limit, and memory was never taken for what the record claims.
TEST(RecordScan, BoundsWhatItDecompresses) {
  const Buffer bytes =
      batch_of({{0, 1, std::nullopt, std::string(16 << 20, '\0')}}, {.compression = {Codec::zstd}});
  Decompressor decompressor{{.size_max = 8 << 20}};
  const auto verified = verify_records(*ConstBatchView::parse(bytes.bytes()), decompressor);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Errc::too_large) << verified.error().what;
  EXPECT_EQ(decompressor.window().capacity(), Decompressor::kWindowSize);
}

}  // namespace
}  // namespace sluice
