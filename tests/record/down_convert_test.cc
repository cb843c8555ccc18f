#include "record/down_convert.h"

#include <gtest/gtest.h>

#include <string>

#include "record/samples.h"

namespace sluice {
namespace {

using testing::at;
using testing::batch_of;
using testing::messages_of;
using testing::read_set;
using testing::Sample;
using testing::Samples;
using testing::SampleSource;

Samples as_magic(std::int8_t magic, Samples samples) {
  for (Sample& sample : samples) {
    sample.headers.clear();
    if (magic == 0) sample.timestamp = -1;
  }
  return samples;
}

Buffer converted(const Buffer& entry, const DownConversion& to) {
  Decompressor decompressor;
  Buffer out;
  const auto taken = down_convert(entry.bytes(), to, decompressor, out);
  EXPECT_TRUE(taken) << taken.error().what;
  if (taken) EXPECT_EQ(*taken, entry.size());
  return out;
}

// Everything but headers, and in magic 0 timestamps, comes through, with offsets and their gaps; what was
// compressed is one message with the same codec.
TEST(DownConvert, KeepsWhatOldClientsCanHave) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SampleSource source{seed};
    const Samples samples = source.samples(source.between(1, 1'000'000), true, true);
    const Codec codec = source.codec(false);
    const Buffer batch = batch_of(samples, {.compression = {.codec = codec}});
    for (const auto magic : {std::int8_t{0}, std::int8_t{1}}) {
      const Buffer out = converted(batch, {.magic = magic});
      EXPECT_EQ(read_set(out.bytes()), as_magic(magic, samples));
      const auto message = MessageView::parse(out.bytes());
      ASSERT_TRUE(message);
      EXPECT_EQ(message->magic(), magic);
      EXPECT_EQ(message->codec(), codec);
      EXPECT_EQ(message->size() == out.size(), codec != Codec::none || samples.size() == 1);
      if (magic == 0) continue;
      const Buffer once_more = converted(Buffer::copy_of(message->bytes()), {.magic = 0});
      EXPECT_EQ(read_set(once_more.bytes()).front(), as_magic(0, samples).front());
    }
  }
}

TEST(DownConvert, KeepsTheBrokersTime) {
  for (const Codec codec : {Codec::none, Codec::lz4}) {
    const Buffer batch = batch_of({{4, 10, "a", "b"}}, {.compression = {codec}, .log_append_time = at(99)});
    const Buffer out = converted(batch, {.magic = 1});
    EXPECT_EQ(MessageView::parse(out.bytes())->timestamp_type(), TimestampType::log_append_time);
    EXPECT_EQ(read_set(out.bytes())[0].timestamp, 99);
  }
}

TEST(DownConvert, LeavesOutWhatWasNotAskedFor) {
  const Samples samples = {{4, 1, "a"}, {6, 2, "b"}, {7, 3, "c"}};
  const Buffer plain = converted(batch_of(samples), {.magic = 1, .first_offset = Offset{5}});
  EXPECT_EQ(read_set(plain.bytes()).front().offset, 6);
  const Buffer wrapped =
      converted(batch_of(samples, {.compression = {Codec::gzip}}), {.magic = 1, .first_offset = Offset{5}});
  EXPECT_EQ(read_set(wrapped.bytes()).front().offset, 4);
  EXPECT_TRUE(converted(batch_of(samples), {.magic = 1, .first_offset = Offset{8}}).empty());
}

TEST(DownConvert, CopiesWhatIsOldEnough) {
  const Buffer old = messages_of({{3, 5, "a", "b"}}, {.magic = 0});
  const Buffer out = converted(old, {.magic = 1});
  EXPECT_EQ(as_text(out.bytes()), as_text(old.bytes()));
}

TEST(DownConvert, DropsControlBatches) {
  EXPECT_TRUE(converted(batch_of({{3, 5, "a", "b"}}, {.control = true}), {.magic = 1}).empty());
}

TEST(DownConvert, RefusesZstdAndDamage) {
  Decompressor decompressor;
  Buffer out = Buffer::copy_of(as_bytes("before"));
  const Buffer zstd = batch_of({{3, 5, "a", "b"}}, {.compression = {Codec::zstd}});
  const auto refused = down_convert(zstd.bytes(), {.magic = 1}, decompressor, out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported_codec);

  Buffer gzip = batch_of({{3, 5, "a", "b"}}, {.compression = {Codec::gzip}});
  EXPECT_EQ(down_convert(gzip.bytes().first(80), {.magic = 1}, decompressor, out).error().code, Errc::incomplete);
  gzip.data()[gzip.size() - 1] ^= std::byte{1};
  EXPECT_EQ(down_convert(gzip.bytes(), {.magic = 1}, decompressor, out).error().code, Errc::corrupt);
  testing::mend_crc(gzip.bytes());
  EXPECT_EQ(down_convert(gzip.bytes(), {.magic = 1}, decompressor, out).error().code, Errc::corrupt);
  EXPECT_EQ(as_text(out.bytes()), "before");
}

}  // namespace
}  // namespace sluice
