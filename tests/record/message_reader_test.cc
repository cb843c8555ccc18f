#include "record/message_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "record/samples.h"

namespace sluice {
namespace {

using testing::at;
using testing::messages_of;
using testing::read_set;
using testing::Sample;
using testing::Samples;
using testing::SampleSource;

Samples without_timestamps(Samples samples) {
  for (Sample& sample : samples) sample.timestamp = -1;
  return samples;
}

TEST(MessageSet, GivesBackWhatWasWritten) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SampleSource source{seed};
    const Samples samples = source.samples(source.between(1, 1'000'000), seed % 2 == 0, false);
    const MessageSetOptions options{.magic = static_cast<std::int8_t>(source.between(0, 1)),
                                    .compression = {.codec = source.codec(false)}};
    const Buffer set = messages_of(samples, options);
    EXPECT_EQ(read_set(set.bytes()), options.magic == 0 ? without_timestamps(samples) : samples);
  }
}

TEST(MessageSet, GivesEveryRecordTheBrokersTime) {
  for (const Codec codec : {Codec::none, Codec::gzip}) {
    const Buffer set =
        messages_of({{3, 10, "a", "b"}, {4, 20, "c", "d"}}, {.compression = {codec}, .log_append_time = at(99)});
    for (const Sample& sample : read_set(set.bytes())) EXPECT_EQ(sample.timestamp, 99) << name(codec);
  }
}

TEST(MessageSet, WithoutRecordsIsNothing) {
  EXPECT_TRUE(messages_of({}, {.compression = {.codec = Codec::gzip}}).empty());
}

// The wrapper's offset, in what a producer sends: some versions of librdkafka leave it 0.
TEST(MessageReader, CountsFromZeroWhereTheWrapperHasNoOffset) {
  Buffer set = messages_of({{0, 1, "a"}, {1, 2, "b"}, {2, 3, "c"}}, {.compression = {.codec = Codec::gzip}});
  store(set.bytes(), message_field::kOffset, std::int64_t{0});
  EXPECT_EQ(read_set(set.bytes()).back().offset, 2);
  store(set.bytes(), message_field::kOffset, std::int64_t{50});
  EXPECT_EQ(read_set(set.bytes()).front().offset, 48);

  store(set.bytes(), message_field::kOffset, std::int64_t{1});
  Decompressor decompressor;
  EXPECT_FALSE(read_set(set.bytes(), decompressor));
}

// A wrapper around `inner`, with the right CRC.
Buffer wrap(Bytes inner, std::int8_t magic, Codec codec) {
  Buffer set = messages_of({{0, 1}}, {.magic = magic, .compression = {.codec = codec}});
  const std::size_t value_at = message_header_size(magic) + 8;
  set.resize(value_at);
  Compressor compressor{{.codec = codec}, set, magic};
  compressor.add(inner);
  compressor.finish();
  store(set.bytes(), value_at - 4, static_cast<std::int32_t>(set.size() - value_at));
  store(set.bytes(), message_field::kSize, static_cast<std::int32_t>(set.size() - message_field::kCrc));
  testing::mend_crc(set.bytes());
  return set;
}

std::string error_of(const Buffer& set) {
  Decompressor decompressor;
  const auto read = read_set(set.bytes(), decompressor);
  return read ? "" : read.error().what;
}

TEST(MessageReader, RefusesWhatMayNotBeInAWrapper) {
  for (const auto magic : {std::int8_t{0}, std::int8_t{1}}) {
    const auto other = static_cast<std::int8_t>(1 - magic);
    const Buffer plain = messages_of({{0, 1, "a", "b"}}, {.magic = magic});
    EXPECT_EQ(error_of(wrap(plain.bytes(), magic, Codec::gzip)), "");
    EXPECT_NE(error_of(wrap({}, magic, Codec::gzip)).find("no message in it"), std::string::npos);
    EXPECT_NE(
        error_of(wrap(messages_of({{0, 1}}, {.magic = other}).bytes(), magic, Codec::gzip)).find("has magic"),
        std::string::npos);
    EXPECT_NE(
        error_of(wrap(wrap(plain.bytes(), magic, Codec::gzip).bytes(), magic, Codec::gzip)).find("once more"),
        std::string::npos);
    for (std::size_t cut = 1; cut < plain.size(); ++cut)
      EXPECT_NE(error_of(wrap(plain.bytes().first(cut), magic, Codec::gzip)), "") << cut;
  }
}

// Flips of one bit in an inner message: its own CRC finds them, but for its offset.
TEST(MessageReader, ChecksTheCrcOfInnerMessages) {
  Buffer plain = messages_of({{0, 1, "a", "b"}}, {});
  for (std::size_t n = message_field::kCrc; n < plain.size(); ++n) {
    plain.data()[n] ^= std::byte{1};
    EXPECT_NE(error_of(wrap(plain.bytes(), 1, Codec::gzip)), "") << n;
    plain.data()[n] ^= std::byte{1};
  }
}

}  // namespace
}  // namespace sluice
