#include "wire/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/buffer.h"
#include "wire/hex.h"
#include "wire/ids.h"
#include "wire/writer.h"

namespace sluice::wire {
namespace {

std::vector<std::byte> from_hex(std::string_view text) { return decode_hex(text).value(); }

TEST(Reader, ReadsWhatTheWriterWrote) {
  const std::vector<std::optional<std::string_view>> texts{std::nullopt, "", "text"};
  for (const bool flexible : {false, true}) {
    const auto put = [&](auto& out) {
      out.boolean(true);
      out.int8(-8);
      out.int16(-1616);
      out.uint16(65535);
      out.int32(-323232);
      out.uint32(4'000'000'000u);
      out.int64(INT64_MIN);
      out.float64(-0.5);
      out.uuid(Uuid{.bytes = {std::byte{1}}});
      for (const auto& text : texts) out.nullable_string("", text, flexible);
      out.nullable_bytes("", std::nullopt, flexible);
      out.array("", std::vector<NodeId>{{1}, {-1}}, flexible);
      out.array("", std::vector<std::string_view>{"a", ""}, flexible);
      out.nullable_array("", std::optional<std::vector<Uuid>>{}, flexible);
    };
    Sizer size;
    put(size);
    Buffer bytes(size.written());
    Writer out(bytes.bytes());
    put(out);
    EXPECT_EQ(out.written(), bytes.size());

    Reader in(bytes.bytes());
    EXPECT_TRUE(in.boolean(""));
    EXPECT_EQ(in.int8(""), -8);
    EXPECT_EQ(in.int16(""), -1616);
    EXPECT_EQ(in.uint16(""), 65535);
    EXPECT_EQ(in.int32(""), -323232);
    EXPECT_EQ(in.uint32(""), 4'000'000'000u);
    EXPECT_EQ(in.int64(""), INT64_MIN);
    EXPECT_EQ(in.float64(""), -0.5);
    EXPECT_EQ(in.uuid(""), Uuid{.bytes = {std::byte{1}}});
    for (const auto& text : texts) EXPECT_EQ(in.nullable_string("", flexible), text);
    EXPECT_FALSE(in.nullable_bytes("", flexible));
    std::vector<NodeId> nodes;
    in.array("", nodes, flexible);
    EXPECT_THAT(nodes, testing::ElementsAre(NodeId{1}, NodeId{-1}));
    std::vector<std::string_view> names;
    in.array("", names, flexible);
    EXPECT_THAT(names, testing::ElementsAre("a", ""));
    std::optional<std::vector<Uuid>> ids;
    in.nullable_array("", ids, flexible);
    EXPECT_FALSE(ids);
    in.expect_end();
    EXPECT_FALSE(in.failed()) << in.error().what;
  }
}

TEST(Reader, ReadsVarintsOfEveryLength) {
  for (const std::uint32_t value :
       {0u, 127u, 128u, 16383u, 16384u, 2097151u, 2097152u, 268435455u, 268435456u, ~0u}) {
    Sizer size;
    size.varint(value);
    Buffer bytes(size.written());
    Writer out(bytes.bytes());
    out.varint(value);
    Reader in(bytes.bytes());
    EXPECT_EQ(in.varint(""), value);
    EXPECT_EQ(in.remaining(), 0u);
  }
}

TEST(Reader, RefusesVarintsBeyondThirtyTwoBits) {
  for (const char* text : {"ffffffff10", "ffffffffff01", "8080808080"}) {
    const auto bytes = from_hex(text);
    Reader in(bytes);
    in.varint("N");
    ASSERT_TRUE(in.failed()) << text;
    EXPECT_EQ(in.error().what, "N: is a number of more than 32 bits");
  }
}

TEST(Reader, KeepsTheFirstFailureAndThenReadsNothing) {
  const auto bytes = from_hex("00010203");
  Reader in(bytes);
  EXPECT_EQ(in.int64("First"), 0);
  EXPECT_EQ(in.int8("Second"), 0);
  EXPECT_EQ(in.string("Third", true), "");
  EXPECT_EQ(in.remaining(), 0u);
  EXPECT_EQ(in.error().what, "First: takes 8 bytes, but 4 are left");
}

TEST(Reader, RefusesNullWhereAValueMustBe) {
  for (const bool flexible : {false, true}) {
    const auto bytes = from_hex(flexible ? "00" : "ffffffff");
    Reader text(bytes);
    text.string("S", flexible);
    EXPECT_EQ(text.error().what, "S: is null, which it may not be");
    Reader array(bytes);
    std::vector<NodeId> nodes;
    array.array("A", nodes, flexible);
    EXPECT_EQ(array.error().what, "A: is null, which it may not be");
  }
}

TEST(Reader, RefusesStringsThatKafkaRefuses) {
  std::vector<std::byte> bytes(40'000);
  Reader in(bytes);
  const auto prefix = from_hex("818002");  // 32,768 and one
  std::copy(prefix.begin(), prefix.end(), bytes.begin());
  in.string("S", true);
  ASSERT_TRUE(in.failed());
  EXPECT_EQ(in.error().what, "S: claims a string of 32768 bytes");
}

TEST(Sizer, RefusesStringsThatNoPeerWouldRead) {
  Sizer out("Message", 1, {0, 2});
  out.string("S", std::string(32'768, 'x'), true);
  const Result<EncodedSize> size = out.result();
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().what, "Message version 1: S: is a string of 32768 bytes");
}

TEST(Sizer, RefusesNullWhereTheVersionCannotSayIt) {
  Sizer out("Message", 1, {0, 2});
  out.nullable_string("S", std::nullopt, false, false);
  EXPECT_EQ(out.result().error().what, "Message version 1: S: is null, which this version cannot say");
}

TEST(Sizer, RefusesVersionsThatThereAreNot) {
  EXPECT_EQ(Sizer("Message", 3, {0, 2}).result().error().what, "Message has versions 0 to 2, not 3");
}

}  // namespace
}  // namespace sluice::wire
