#include "tools/bench/target.h"

#include <gmock/gmock.h>

namespace sluice::tools::bench {
namespace {

using testing::ElementsAre;

PartitionIndex at(std::int32_t index) { return {index}; }

Target two_brokers() {
  return {.topic = "t",
          .topic_id = {},
          .partitions = {{1, {at(0), at(2), at(4)}}, {2, {at(1), at(3)}}},
          .brokers = {{1, {.host = "one", .port = 1}}, {2, {.host = "two", .port = 2}}},
          .starts = {},
          .ends = {}};
}

TEST(BenchTarget, SharesEachBrokersPartitionsAmongItsConnections) {
  const auto shares = two_brokers().shares(3);
  EXPECT_EQ(shares[0].broker.host, "one");
  EXPECT_THAT(shares[0].partitions, ElementsAre(at(0), at(4)));
  EXPECT_EQ(shares[1].broker.host, "two");
  EXPECT_THAT(shares[1].partitions, ElementsAre(at(1), at(3)));
  EXPECT_EQ(shares[2].broker.host, "one");
  EXPECT_THAT(shares[2].partitions, ElementsAre(at(2)));
}

TEST(BenchTarget, LeavesNoConnectionWithoutAPartition) {
  for (const auto& share : two_brokers().shares(20)) EXPECT_THAT(share.partitions, testing::SizeIs(1));
}

}  // namespace
}  // namespace sluice::tools::bench
