#include "client/partitioner.h"

#include <gtest/gtest.h>

#include <set>

#include "record/murmur2.h"
#include "simulation/sim_loop.h"

namespace sluice::client {
namespace {

TopicInfo topic_with(std::vector<int> leaders) {
  TopicInfo topic{.name = "orders", .partitions = {}};
  for (const int leader : leaders)
    topic.partitions.push_back(
        {.partition = PartitionIndex{static_cast<int>(topic.partitions.size())}, .leader = NodeId{leader}});
  return topic;
}

class PartitionerTest : public testing::Test {
 protected:
  PartitionIndex choose(std::optional<std::string_view> key = std::nullopt) {
    return partitioner_.choose(topic_, key ? std::optional<Bytes>(as_bytes(*key)) : std::nullopt, queued_);
  }

  sim::SimLoop loop_{7};
  ProducerConfig config_;
  TopicInfo topic_ = topic_with({1, 2, 3});
  std::map<PartitionIndex, std::size_t> waiting_;
  Partitioner::QueuedBytes queued_ = [this](PartitionIndex partition) { return waiting_[partition]; };
  Partitioner partitioner_{loop_, config_};
};

// The vectors of Kafka's own tests hold for the hash (see record); here: that the key alone decides, also for
// partitions without a leader, since a key's order must not depend on which brokers are up.
TEST_F(PartitionerTest, AKeyAlwaysGoesToItsPartition) {
  topic_ = topic_with({1, -1, 3, 1, -1});
  for (const auto* key : {"a", "b", "some longer key", ""}) {
    const PartitionIndex expected = partition_for_key(as_bytes(std::string_view(key)), 5);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(choose(key), expected) << key;
  }
}

TEST_F(PartitionerTest, WithoutKeyStaysForABatchThenMoves) {
  std::set<PartitionIndex> seen;
  for (int batch = 0; batch < 50; ++batch) {
    const PartitionIndex stays = choose();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(choose(), stays);
    seen.insert(stays);
    partitioner_.sent("orders", config_.batch_size);
  }
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(PartitionerTest, AvoidsPartitionsWithoutLeader) {
  topic_ = topic_with({-1, 2, -1});
  for (int batch = 0; batch < 10; ++batch) {
    EXPECT_EQ(choose(), PartitionIndex{1});
    partitioner_.sent("orders", config_.batch_size);
  }
  topic_ = topic_with({1, -1, -1});
  EXPECT_EQ(choose(), PartitionIndex{0}) << "stays with a partition that has lost its leader";
}

// A partition with a queue of three batches more than the others has a quarter of their chance (KIP-794).
TEST_F(PartitionerTest, GivesLessToWhoLagsBehind) {
  waiting_[PartitionIndex{0}] = 3 * config_.batch_size;
  std::map<PartitionIndex, int> batches;
  for (int batch = 0; batch < 9'000; ++batch) {
    ++batches[choose()];
    partitioner_.sent("orders", config_.batch_size);
  }
  EXPECT_NEAR(batches[PartitionIndex{0}], 1'000, 150);
  EXPECT_NEAR(batches[PartitionIndex{1}], 4'000, 300);
}

TEST_F(PartitionerTest, RoundRobinTakesEachInTurnWhateverTheKey) {
  config_.partitioner = PartitionerKind::round_robin;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(choose("same"), PartitionIndex{i % 3});
}

TEST_F(PartitionerTest, MayIgnoreKeys) {
  config_.partitioner_ignore_keys = true;
  const PartitionIndex stays = choose("a");
  for (const auto* key : {"b", "c", "d", "e"}) EXPECT_EQ(choose(key), stays);
}

}  // namespace
}  // namespace sluice::client
