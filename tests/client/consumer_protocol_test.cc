#include "client/consumer_protocol.h"

#include <gtest/gtest.h>

#include "fmt/format.h"

namespace sluice::client {
namespace {

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<int>(byte));
  return text;
}

// Byte by byte as Java's ConsumerProtocol writes it: version 3, topics sorted, user data, owned partitions by
// topic, generation, rack.
TEST(ConsumerProtocol, WritesASubscriptionAsJavaDoes) {
  ConsumerSubscription subscription;
  subscription.topics = {"b", "a"};
  subscription.owned = {{"b", PartitionIndex{1}}, {"a", PartitionIndex{0}}, {"b", PartitionIndex{0}}};
  subscription.generation = 7;
  subscription.rack_id = "r";
  const Result<Buffer> bytes = encode(subscription);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(hex(bytes->bytes()),
            "0003"  // Version.
            "00000002"
            "000161"
            "000162"    // Topics.
            "ffffffff"  // No user data.
            "00000002"  // Owned: a-0; b-0, b-1.
            "000161"
            "00000001"
            "00000000"
            "000162"
            "00000002"
            "00000000"
            "00000001"
            "00000007"
            "000172");
  const Result<ConsumerSubscription> read = decode_subscription(bytes->bytes());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->owned.size(), 3U);
  EXPECT_EQ(read->generation, 7);
  EXPECT_EQ(read->rack_id, "r");
  EXPECT_FALSE(read->has_user_data);
}

// A newer version begins like the newest that is known; an older one has less.
TEST(ConsumerProtocol, ReadsOtherVersions) {
  const std::string newer(
      "\x00\x09\x00\x00\x00\x01\x00\x01t\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x05\xff\xff"
      "future",
      29);
  const Result<ConsumerSubscription> read = decode_subscription(as_bytes(newer));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->topics, (std::vector<std::string>{"t"}));
  EXPECT_EQ(read->generation, 5);
  const std::string oldest("\x00\x00\x00\x00\x00\x01\x00\x01t\xff\xff\xff\xff", 13);
  const Result<ConsumerSubscription> old = decode_subscription(as_bytes(oldest));
  ASSERT_TRUE(old) << old.error().what;
  EXPECT_EQ(old->generation, -1);
  EXPECT_FALSE(decode_subscription(as_bytes("\x00")));
  EXPECT_FALSE(decode_subscription(as_bytes(std::string_view("\xff\xff\x00\x00", 4))));
}

TEST(ConsumerProtocol, CarriesAssignments) {
  const std::vector<TopicPartition> partitions{{"a", PartitionIndex{0}}, {"b", PartitionIndex{2}}};
  const Result<Buffer> bytes = encode_assignment(partitions);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(hex(bytes->bytes()).substr(0, 4), "0003");
  EXPECT_EQ(*decode_assignment(bytes->bytes()), partitions);
  EXPECT_TRUE(decode_assignment({})->empty()) << "a member that gets nothing may be sent nothing";
}

TEST(ConsumerProtocol, CarriesWhatTheStickyAssignorNotes) {
  const StickyUserData data{{{"a", PartitionIndex{0}}, {"a", PartitionIndex{3}}}, 9};
  const Buffer bytes = encode(data);
  EXPECT_EQ(hex(bytes.bytes()),
            "00000001"
            "000161"
            "00000002"
            "00000000"
            "00000003"
            "00000009");
  const Result<StickyUserData> read = decode_sticky_user_data(bytes.bytes());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->owned, data.owned);
  EXPECT_EQ(read->generation, 9);
  // Before there were generations.
  const Result<StickyUserData> old = decode_sticky_user_data(bytes.bytes().first(bytes.size() - 4));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->generation, -1);
  for (std::size_t cut = 0; cut + 4 < bytes.size(); ++cut)
    EXPECT_FALSE(decode_sticky_user_data(bytes.bytes().first(cut))) << cut;
}

}  // namespace
}  // namespace sluice::client
