#include "record/recompress.h"

#include <gtest/gtest.h>

#include "record/samples.h"

namespace sluice {
namespace {

using testing::read_set;
using testing::Samples;
using testing::SampleSource;

TEST(Recompress, ChangesNothingButTheCodec) {
  Decompressor decompressor;
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SampleSource source{seed};
    const Samples samples = source.samples(source.between(0, 1'000'000), true, true);
    const Buffer original = testing::batch_of(samples, {.leader_epoch = LeaderEpoch{9},
                                                        .compression = {.codec = source.codec(true)},
                                                        .producer_id = ProducerId{5},
                                                        .producer_epoch = ProducerEpoch{6},
                                                        .base_sequence = 7,
                                                        .transactional = source.chance(50)});
    const auto before = ConstBatchView::parse(original.bytes());
    ASSERT_TRUE(before);
    Buffer out;
    const Codec codec = source.codec(true);
    const auto after = recompress(*before, {.codec = codec}, decompressor, out);
    ASSERT_TRUE(after) << after.error().what;
    EXPECT_EQ(after->codec(), codec);
    EXPECT_EQ(after->attributes().with(Codec::none), before->attributes().with(Codec::none));
    EXPECT_EQ(after->last_offset(), before->last_offset());
    EXPECT_EQ(after->leader_epoch(), before->leader_epoch());
    EXPECT_EQ(after->producer_id(), before->producer_id());
    EXPECT_EQ(after->base_sequence(), before->base_sequence());
    EXPECT_EQ(after->max_timestamp(), before->max_timestamp());
    EXPECT_EQ(read_set(out.bytes()), samples);
  }
}

TEST(Recompress, LeavesNothingBehindAfterAnError) {
  Buffer bytes = testing::batch_of({{0, 1, "k", "v"}}, {.compression = {.codec = Codec::gzip}});
  bytes.data()[bytes.size() - 1] ^= std::byte{1};  // In the trailer of gzip.
  testing::mend_crc(bytes.bytes());
  Decompressor decompressor;
  Buffer out = Buffer::copy_of(as_bytes("before"));
  EXPECT_FALSE(recompress(*ConstBatchView::parse(bytes.bytes()), {}, decompressor, out));
  EXPECT_EQ(as_text(out.bytes()), "before");
}

}  // namespace
}  // namespace sluice
