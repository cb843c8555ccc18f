// What any damage to a batch that Kafka made leads to: an error, or another valid batch; never more.
#include <gtest/gtest.h>

#include "record/down_convert.h"
#include "record/produce_validation.h"
#include "record/recompress.h"
#include "record/samples.h"

namespace sluice {
namespace {

using testing::golden_batches;
using testing::mend_crc;
using testing::read_set;
using testing::Samples;

// Does with `set` all that this library can do, and holds the outcomes against one another.
void exercise(Bytes set, Decompressor& decompressor) {
  const Result<Samples> samples = read_set(set, decompressor);
  if (const auto batch = ConstBatchView::parse(set)) {
    const bool verified = verify_records(*batch, decompressor).has_value();
    Buffer out;
    const auto again = recompress(*batch, {.codec = Codec::lz4}, decompressor, out);
    if (again && batch->size() == set.size()) {
      ASSERT_TRUE(samples) << samples.error().what;
      EXPECT_TRUE(verified);
      EXPECT_TRUE(read_set(out.bytes()) == *samples);
    }
  }
  for (const auto magic : {std::int8_t{0}, std::int8_t{1}}) {
    Buffer out;
    if (!down_convert(set, {.magic = magic}, decompressor, out)) continue;
    const Result<Samples> converted = read_set(out.bytes(), decompressor);
    const bool copied = EntryHead::read(set)->magic <= magic;  // Then damage is copied with it.
    if (!copied) EXPECT_TRUE(converted) << converted.error().what;
  }
  Buffer produced = Buffer::copy_of(set);
  if (EntryHead::read(set) && EntryHead::read(set)->magic == 2)
    store(produced.bytes(), batch_field::kBaseOffset, std::int64_t{0});
  if (auto valid = validate_produced(produced.bytes(), {.api_version = 2, .now = WallTime{}}, decompressor)) {
    const Samples kept = read_set(valid->view().bytes());
    EXPECT_EQ(std::cmp_equal(kept.size(), valid->record_count), true);
  }
}

TEST(Damage, EveryCutGivesAnError) {
  Decompressor decompressor;
  for (const auto& batch : golden_batches()) {
    const std::size_t first = EntryHead::read(batch)->size;
    for (std::size_t cut = 0; cut < batch.size(); ++cut) {
      const Bytes part = Bytes{batch}.first(cut);
      exercise(part, decompressor);
      if (cut >= first) continue;
      const auto read = read_set(part, decompressor);
      EXPECT_EQ(read.has_value(), cut == 0);
      if (!read) EXPECT_EQ(read.error().code, Errc::incomplete);
    }
  }
}

TEST(Damage, EveryFlippedByteIsNoticedByItsCrc) {
  Decompressor decompressor;
  for (const auto& original : golden_batches()) {
    auto batch = original;
    for (std::size_t n = 0; n < batch.size(); ++n) {
      batch[n] ^= std::byte{0x40};
      exercise(batch, decompressor);
      batch[n] ^= std::byte{0x40};
    }
  }
}

// With a right CRC nothing but each parser's own checks is left.
TEST(Damage, EveryFlippedByteUnderARightCrcIsSurvived) {
  Decompressor decompressor{{.size_max = 1 << 20}};
  for (const auto& original : golden_batches()) {
    for (std::size_t n = 0; n < original.size(); ++n) {
      for (const int flip : {0x01, 0x80}) {
        auto batch = original;
        batch[n] ^= static_cast<std::byte>(flip);
        mend_crc(batch);
        exercise(batch, decompressor);
        if (HasFailure()) FAIL() << "byte " << n << " flipped by " << flip;
      }
    }
  }
}

}  // namespace
}  // namespace sluice
