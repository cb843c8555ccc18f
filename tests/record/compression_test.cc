#include "record/compression.h"

#include <gtest/gtest.h>
#include <snappy.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "record/samples.h"

namespace sluice {
namespace {

using testing::from_hex;
using testing::SampleSource;

constexpr Codec kCodecs[] = {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};

Buffer compress(Compression compression, Bytes bytes, std::int8_t magic = 2, std::size_t part_size = 1'000'000) {
  Buffer out;
  Compressor compressor{compression, out, magic};
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), part_size)))
    compressor.add(bytes.first(std::min(bytes.size(), part_size)));
  compressor.finish();
  return out;
}

// Reads to the end, or until an error or more than `enough` bytes have come.
Result<std::string> decompress(Decompressor& decompressor, Codec codec, Bytes payload, std::int8_t magic = 2,
                               std::size_t stretch = Decompressor::kWindowSize,
                               std::size_t enough = std::size_t{1} << 40) {
  std::string text;
  std::vector<std::byte> window(stretch);
  decompressor.start(codec, payload, magic);
  while (text.size() <= enough) {
    const Result<std::size_t> size = decompressor.read(window);
    if (!size) return fail(size.error());
    if (*size == 0) return text;
    text += as_text(Bytes{window}.first(*size));
  }
  return fail(Errc::too_large, "never ends");
}

Result<std::string> decompress(Codec codec, Bytes payload) {
  Decompressor decompressor;
  return decompress(decompressor, codec, payload);
}

std::vector<std::string> texts() {
  SampleSource source{7};
  std::vector<std::string> texts{"", "a", std::string(300'000, 'z')};
  for (const std::size_t size_max : {100u, 40'000u, 70'000u, 400'000u}) texts.push_back(source.text(size_max));
  std::string random(200'000, 0);
  for (char& byte : random) byte = static_cast<char>(source.between(0, 255));
  texts.push_back(std::move(random));
  return texts;
}

// One decompressor for all, in turn, as a shard has it.
TEST(Compression, EveryCodecGivesBackWhatItTook) {
  Decompressor decompressor;
  for (const std::string& text : texts()) {
    for (const Codec codec : kCodecs) {
      for (const auto magic : {std::int8_t{0}, std::int8_t{1}, std::int8_t{2}}) {
        SCOPED_TRACE(fmt::format("{} bytes, {}, magic {}", text.size(), name(codec), magic));
        for (const std::size_t part_size : {1'000u, 1'000'000u}) {
          const Buffer compressed = compress({.codec = codec}, as_bytes(text), magic, part_size);
          for (const std::size_t stretch : {std::size_t{999}, Decompressor::kWindowSize}) {
            const auto again = decompress(decompressor, codec, compressed.bytes(), magic, stretch);
            ASSERT_TRUE(again) << again.error().what;
            EXPECT_TRUE(*again == text);
          }
        }
      }
    }
  }
}

TEST(Compression, EveryLevelGivesBackWhatItTook) {
  const std::string text = texts()[4];
  for (const Codec codec : kCodecs) {
    for (const int level : {-131072, -1, 1, 3, 9, 12, 17, 22}) {
      const Compression compression{codec, level};
      if (!check_level(compression)) continue;
      const auto again = decompress(codec, compress(compression, as_bytes(text)).bytes());
      ASSERT_TRUE(again) << name(codec) << " " << level << ": " << again.error().what;
      EXPECT_TRUE(*again == text) << name(codec) << " " << level;
    }
  }
}

TEST(Compression, KnowsTheLevelsOfKafka) {
  const auto levels = [](Codec codec) {
    std::string text;
    for (const int level : {-131073, -131072, -2, -1, 0, 1, 9, 10, 17, 18, 22, 23})
      if (check_level({codec, level})) text += fmt::format("{} ", level);
    return text;
  };
  EXPECT_EQ(levels(Codec::none), "");
  EXPECT_EQ(levels(Codec::snappy), "");
  EXPECT_EQ(levels(Codec::gzip), "-1 1 9 ");
  EXPECT_EQ(levels(Codec::lz4), "1 9 10 17 ");
  EXPECT_EQ(levels(Codec::zstd), "-131072 -2 -1 0 1 9 10 17 18 22 ");
  EXPECT_TRUE(check_level({Codec::snappy}));
}

// Whatever is missing at the end, one gets an error and nothing invented. The trailer of gzip is part of it.
TEST(Compression, NoticesEveryCut) {
  const std::string text = "to be, or not to be, that is the question: to be, or not";
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const Buffer whole = compress({.codec = codec}, as_bytes(text));
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      if (codec == Codec::snappy && cut == 16) continue;  // A framing's header alone is a frame without blocks.
      const auto part = decompress(codec, whole.bytes().first(cut));
      EXPECT_FALSE(part) << name(codec) << " cut to " << cut << " of " << whole.size();
    }
  }
}

TEST(Compression, SurvivesEveryFlippedByte) {
  Decompressor decompressor{{.size_max = 1 << 20}};
  const std::string text = texts()[3];
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    Buffer bytes = compress({.codec = codec}, as_bytes(text));
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      for (const int flip : {0x01, 0x80, 0xFF}) {
        bytes.data()[n] ^= static_cast<std::byte>(flip);
        const auto got = decompress(decompressor, codec, bytes.bytes());
        if (got) EXPECT_LE(got->size(), std::size_t{1} << 20);
        bytes.data()[n] ^= static_cast<std::byte>(flip);
      }
    }
  }
}

// A few kilobytes that claim gigabytes: reading stops at the limit, with one window at the most behind it.
TEST(Compression, StopsBombsOfEveryCodec) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  const std::string zeros(16 * kMiB, '\0');
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const Buffer bomb = compress({.codec = codec}, as_bytes(zeros));
    Decompressor by_size{{.size_max = 4 * kMiB, .ratio_max = 1'000'000}};
    const auto large = decompress(by_size, codec, bomb.bytes(), 2, Decompressor::kWindowSize, 5 * kMiB);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, Errc::too_large) << name(codec) << ": " << large.error().what;
    EXPECT_NE(large.error().what, "never ends") << name(codec);

    Decompressor by_ratio{{.ratio_max = 2, .ratio_free = kMiB}};
    const std::size_t allowed = std::max(kMiB, 2 * bomb.size());
    const auto dense = decompress(by_ratio, codec, bomb.bytes(), 2, Decompressor::kWindowSize,
                                  allowed + Decompressor::kWindowSize);
    ASSERT_FALSE(dense);
    EXPECT_EQ(dense.error().code, Errc::too_large) << name(codec) << ": " << dense.error().what;
    EXPECT_NE(dense.error().what, "never ends") << name(codec);
  }
}

TEST(Compression, LimitsFollowTheTopics) {
  EXPECT_EQ(DecompressionLimits::for_message_bytes_max(1'048'588).size_max, std::size_t{100} << 20);
  EXPECT_EQ(DecompressionLimits::for_message_bytes_max(20'000'000).size_max, 200'000'000u);
  EXPECT_EQ(DecompressionLimits::for_message_bytes_max(SIZE_MAX).size_max, SIZE_MAX);
}

// What we compressed better than clients may is read back from our log; the limits for clients would refuse it.
TEST(Compression, OwnLogIsReadHoweverDense) {
  const std::string zeros(std::size_t{8} << 20, '\0');
  const Buffer dense = compress({.codec = Codec::zstd}, as_bytes(zeros));
  EXPECT_FALSE(decompress(Codec::zstd, dense.bytes()));
  Decompressor ours{DecompressionLimits::for_own_log()};
  const auto again = decompress(ours, Codec::zstd, dense.bytes());
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_TRUE(*again == zeros);
}

TEST(Gzip, ReadsMembersBehindOneAnotherAndIgnoresTheRest) {
  Buffer bytes = compress({.codec = Codec::gzip}, as_bytes("one "));
  bytes.append(compress({.codec = Codec::gzip}, as_bytes("two")).bytes());
  bytes.append(as_bytes("padding"));
  EXPECT_EQ(*decompress(Codec::gzip, bytes.bytes()), "one two");
}

TEST(Snappy, ReadsRawBlocks) {
  const std::string text = texts()[2];
  std::string raw;
  snappy::Compress(text.data(), text.size(), &raw);
  EXPECT_TRUE(*decompress(Codec::snappy, as_bytes(raw)) == text);
}

TEST(Snappy, ReadsFramesBehindOneAnother) {
  Buffer bytes = compress({.codec = Codec::snappy}, as_bytes("one "));
  bytes.append(compress({.codec = Codec::snappy}, as_bytes("two")).bytes());
  EXPECT_EQ(*decompress(Codec::snappy, bytes.bytes()), "one two");
}

// A raw block of six bytes that claims 4 GiB: the claim alone is refused, before memory is taken for it.
TEST(Snappy, DoesNotBelieveLengths) {
  const auto got = decompress(Codec::snappy, from_hex("ffffffff0f00"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::corrupt);
  EXPECT_FALSE(decompress(Codec::snappy, from_hex("82534e41505059000000000100000001ffffffff")));
  EXPECT_FALSE(decompress(Codec::snappy, from_hex("82534e415050590000000001000000017fffffff")));
}

// Kafka's first clients computed the header's checksum over the frame's magic, too.
TEST(Lz4, WritesTheChecksumThatEachMagicExpects) {
  const auto header = [](std::int8_t magic) {
    const Buffer bytes = compress({.codec = Codec::lz4}, as_bytes("x"), magic);
    return std::vector(bytes.data(), bytes.data() + 7);
  };
  EXPECT_EQ(header(0), from_hex("04224d1860401a"));
  EXPECT_EQ(header(1), from_hex("04224d18604082"));
  EXPECT_EQ(header(2), from_hex("04224d18604082"));
}

TEST(Lz4, LooksAtTheChecksumSinceMagic1) {
  Decompressor decompressor;
  const Buffer old = compress({.codec = Codec::lz4}, as_bytes("x"), 0);
  EXPECT_EQ(*decompress(decompressor, Codec::lz4, old.bytes(), 0), "x");
  EXPECT_FALSE(decompress(decompressor, Codec::lz4, old.bytes(), 1));
  EXPECT_FALSE(decompress(decompressor, Codec::lz4, old.bytes(), 2));
  const Buffer right = compress({.codec = Codec::lz4}, as_bytes("x"), 1);
  EXPECT_EQ(*decompress(decompressor, Codec::lz4, right.bytes(), 0), "x");
}

// At magic 0 the header is mended before liblz4 sees it: no first bytes, however few, may upset that.
TEST(Lz4, SurvivesEveryHeaderOfMagic0) {
  Decompressor decompressor{{.size_max = 1 << 20}};
  const Buffer old = compress({.codec = Codec::lz4}, as_bytes("some text"), 0);
  for (std::size_t n = 0; n < 7; ++n) {
    for (int byte = 0; byte < 256; ++byte) {
      Buffer changed = Buffer::copy_of(old.bytes());
      changed.data()[n] = static_cast<std::byte>(byte);
      for (std::size_t cut = 0; cut <= changed.size(); ++cut)
        (void)decompress(decompressor, Codec::lz4, changed.bytes().first(cut), 0);
    }
  }
  SUCCEED();
}

std::string zstd_frame(const std::string& text, int window_log) {
  const auto context = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 1);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log);
  std::string frame(ZSTD_compressBound(text.size()) + 100, 0);
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  while (in.pos < in.size)
    ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_continue);  // The size stays unknown.
  EXPECT_EQ(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end), 0u);
  frame.resize(out.pos);
  return frame;
}

// Java's highest levels ask for a window of 2^27 bytes for whatever they send.
TEST(Zstd, ReadsLargeWindowsWithLittleInThem) {
  const std::string text = texts()[7];
  const std::string frame = zstd_frame(text, 27);
  EXPECT_TRUE(*decompress(Codec::zstd, as_bytes(frame)) == text);
  EXPECT_TRUE(*decompress(Codec::zstd, as_bytes(zstd_frame("first", 10) + frame)) == "first" + text);
}

TEST(Zstd, RefusesLargeWindowsWithMuchInThem) {
  const std::string frame = zstd_frame(std::string(std::size_t{9} << 20, 'z'), 27);
  const auto got = decompress(Codec::zstd, as_bytes(frame));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::too_large) << got.error().what;
}

TEST(Zstd, RefusesWhatFollowsTheLastFrame) {
  Buffer bytes = compress({.codec = Codec::zstd}, as_bytes("text"));
  bytes.append(as_bytes("padding"));
  EXPECT_FALSE(decompress(Codec::zstd, bytes.bytes()));
}

// Found by fuzzing: libzstd takes a frame of another size than its header says, or not, as the room for it is
// small or large.
TEST(Zstd, RefusesAFrameOfAnotherSizeThanItSays) {
  constexpr unsigned char kFrame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x50, 0, 0, 0x30, 1, 0, 0};  // 12,544 bytes; none.
  for (const std::size_t room : {std::size_t{64}, Decompressor::kWindowSize}) {
    Decompressor decompressor;
    decompressor.start(Codec::zstd, std::as_bytes(std::span(kFrame)), 2);
    std::vector<std::byte> into(room);
    const Result<std::size_t> got = decompressor.read(into);
    ASSERT_FALSE(got) << "into " << room;
    EXPECT_EQ(got.error().code, Errc::corrupt);
  }
}

}  // namespace
}  // namespace sluice
