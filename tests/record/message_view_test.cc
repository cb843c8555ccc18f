#include "record/message_view.h"

#include <gtest/gtest.h>

#include <string>

#include "record/samples.h"

namespace sluice {
namespace {

using testing::at;
using testing::messages_of;

TEST(MessageView, ReadsEachField) {
  const Buffer bytes = messages_of({{77, 1234, "key", "value"}}, {.log_append_time = at(5678)});
  const auto message = MessageView::parse(bytes.bytes());
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_EQ(message->offset(), Offset{77});
  EXPECT_EQ(message->magic(), 1);
  EXPECT_EQ(message->codec(), Codec::none);
  EXPECT_EQ(message->timestamp(), at(5678));
  EXPECT_EQ(message->timestamp_type(), TimestampType::log_append_time);
  EXPECT_EQ(as_text(*message->key()), "key");
  EXPECT_EQ(as_text(*message->value()), "value");
  EXPECT_EQ(message->size(), bytes.size());
}

TEST(MessageView, Magic0HasNoTime) {
  const Buffer bytes = messages_of({{77, 1234, std::nullopt, std::nullopt}}, {.magic = 0});
  const auto message = MessageView::parse(bytes.bytes());
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_EQ(message->timestamp(), kNoTimestamp);
  EXPECT_EQ(message->key(), std::nullopt);
  EXPECT_EQ(message->value(), std::nullopt);
}

TEST(MessageView, NoticesEveryCutAndFlippedBit) {
  for (const auto magic : {std::int8_t{0}, std::int8_t{1}}) {
    Buffer bytes = messages_of({{77, 1234, "key", "value"}}, {.magic = magic});
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const auto message = MessageView::parse(bytes.bytes().first(cut));
      ASSERT_FALSE(message);
      EXPECT_EQ(message.error().code, Errc::incomplete);
    }
    for (std::size_t bit = 8 * message_field::kSize; bit < 8 * bytes.size(); ++bit) {
      bytes.data()[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      EXPECT_FALSE(MessageView::parse(bytes.bytes())) << bit;
      bytes.data()[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    }
  }
}

TEST(MessageView, ChecksWhatTheCrcCannot) {
  const auto error_with = [](std::size_t at_byte, auto value) -> std::string {
    Buffer bytes = messages_of({{77, 1234, "key", "value"}}, {});
    store(bytes.bytes(), at_byte, value);
    testing::mend_crc(bytes.bytes());
    const auto message = MessageView::parse(bytes.bytes());
    return message ? "" : name(message.error().code);
  };
  constexpr std::size_t kKey = 26, kValue = 33;
  EXPECT_EQ(error_with(kKey, std::int32_t{3}), "");
  EXPECT_EQ(error_with(kKey, std::int32_t{-1}), "corrupt");
  EXPECT_EQ(error_with(kKey, std::int32_t{-2}), "corrupt");
  EXPECT_EQ(error_with(kKey, std::int32_t{13}), "corrupt");
  EXPECT_EQ(error_with(kKey, std::int32_t{0x7FFFFFFF}), "corrupt");
  EXPECT_EQ(error_with(kValue, std::int32_t{4}), "corrupt");
  EXPECT_EQ(error_with(kValue, std::int32_t{6}), "corrupt");
  EXPECT_EQ(error_with(message_field::kAttributes, std::int8_t{4}), "unsupported_codec");
  EXPECT_EQ(error_with(message_field::kAttributes, std::int8_t{7}), "unsupported_codec");
}

}  // namespace
}  // namespace sluice
