// The records of consumer groups as Kafka 4.4.0 wrote them: a group with one member, on a topic of three
// partitions.
#include <gtest/gtest.h>

#include "coordinator/consumer_records.h"
#include "coordinator/group_world.h"
#include "coordinator/topic_hash.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kHash = 6861795941328205939;
constexpr std::string_view kOrders = "X_NlAWkeT22UV5yknbLZ1g";

std::string hex(Bytes bytes) {
  std::string digits;
  for (const std::byte byte : bytes) digits += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return digits;
}

void expect_bytes(const Result<CoordinatorRecord>& record, std::string_view key, std::string_view value) {
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(hex(record->key.bytes()), key);
  EXPECT_EQ(record->value ? hex(record->value->bytes()) : "", value);
}

ConsumerMember member() {
  ConsumerMember member;
  member.id = "NF9ANXkrQqOmYzVy5wgUWQ";
  member.client_id = "g-consumer-client";
  member.client_host = "/127.0.0.1";
  member.topics = {"orders"};
  member.rebalance_timeout_ms = 300'000;
  member.epoch = 2;
  member.previous_epoch = 0;
  member.assigned = with_epoch({{*Uuid::parse(kOrders), {{0}, {1}, {2}}}}, 2);
  return member;
}

TEST(ConsumerRecords, AreThoseOfKafka) {
  const std::string group_key = "000a672d636f6e73756d6572";
  const std::string member_key = group_key + "00164e4639414e586b7251714f6d597a5679357767555751";
  expect_bytes(consumer_records::member("g-consumer", member()), "0005" + member_key,
               "0000000012672d636f6e73756d65722d636c69656e740b2f3132372e302e302e3102076f726465727301000493e00001"
               "000100");
  expect_bytes(consumer_records::group_epoch("g-consumer", 2, kHash), "0003" + group_key,
               "0000000000020100085f39ff0da415b873");
  expect_bytes(consumer_records::target("g-consumer", member().id, without_epochs(member().assigned)),
               "0007" + member_key, "0000025ff36501691e4f6d94579ca49db2d9d6040000000000000001000000020000");
  expect_bytes(consumer_records::target_epoch("g-consumer", {.epoch = 2, .computed = WallTime{1795343224993ms}}),
               "0006" + group_key, "000000000002010008000001a202cb90a1");
  expect_bytes(consumer_records::assignment("g-consumer", member()), "0008" + member_key,
               "0000000000020000000000025ff36501691e4f6d94579ca49db2d9d60400000000000000010000000201000d0400000002"
               "00000002000000020100");
  expect_bytes(consumer_records::no_assignment("g-consumer", member().id), "0008" + member_key, "");
}

TEST(TopicHash, IsThatOfKafka) {
  TopicsEditor editor{TopicsImage{}};
  const Uuid id = *Uuid::parse(kOrders);
  ASSERT_TRUE(editor.add("orders", id).has_value());
  for (std::int32_t i = 0; i < 3; ++i)
    ASSERT_TRUE(editor.open(id)->set_partition({i}, std::make_shared<PartitionImage>()).has_value());
  const TopicsImage topics = editor.finish();
  const std::int64_t hash = topic_hash(*topics.topic(id), ClusterImage{});
  EXPECT_EQ(metadata_hash({{"orders", hash}}), kHash);
  EXPECT_EQ(metadata_hash({}), 0);
}

TEST(TopicHash, ChangesWithThePartitionsAndTheirRacks) {
  const auto hash = [](std::int32_t partitions, std::optional<std::string> rack) {
    auto brokers = std::make_shared<ClusterImage::Brokers>();
    BrokerImage broker;
    broker.id = NodeId{1};
    broker.rack = std::move(rack);
    brokers->emplace(NodeId{1}, std::make_shared<BrokerImage>(broker));
    const auto image = image_of({{"t", partitions}});
    return topic_hash(*image->topics.topic(std::string_view("t")),
                      ClusterImage(brokers, std::make_shared<ClusterImage::Controllers>()));
  };
  EXPECT_EQ(hash(1, "r"), hash(1, "r"));
  EXPECT_NE(hash(1, "r"), hash(2, "r"));
  EXPECT_NE(hash(1, "r"), hash(1, "s"));
  EXPECT_NE(hash(1, "r"), hash(1, std::nullopt));
}

}  // namespace
}  // namespace sluice::test
