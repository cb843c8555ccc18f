#include "controller/replica_placement.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "controller/cluster.h"
#include "metadata/directory_id.h"

namespace sluice {
namespace {

using test::Cluster;

TEST(ReplicaPlacement, GivesEachBrokerItsShare) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(4, seed);
    const auto placed = place_replicas(cluster.image.cluster, 40, 3, cluster.loop);
    ASSERT_TRUE(placed);
    std::map<NodeId, int> leaders, replicas;
    for (const auto& partition : *placed) {
      EXPECT_EQ(std::set<NodeId>(partition.begin(), partition.end()).size(), 3u);
      ++leaders[partition.front()];
      for (const NodeId node : partition) ++replicas[node];
    }
    for (int node = 1; node <= 4; ++node) {
      EXPECT_EQ(leaders[{node}], 10) << "seed " << seed;
      EXPECT_EQ(replicas[{node}], 30) << "seed " << seed;
    }
  }
}

TEST(ReplicaPlacement, StartsAtRandom) {
  std::set<NodeId> first;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Cluster cluster(4, seed);
    first.insert(place_replicas(cluster.image.cluster, 1, 1, cluster.loop)->front().front());
  }
  EXPECT_EQ(first.size(), 4u);
}

TEST(ReplicaPlacement, SpreadsOverRacks) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(6, seed);
    for (int node = 1; node <= 6; ++node) {
      auto record = test::broker(node, 100 + node);
      record.rack = node <= 2 ? "a" : node <= 4 ? "b" : "c";
      cluster.apply(test::list(record, test::unfence(node, 100 + node)));
    }
    const auto placed = place_replicas(cluster.image.cluster, 12, 3, cluster.loop);
    ASSERT_TRUE(placed);
    for (const auto& partition : *placed) {
      std::set<std::string> racks;
      for (const NodeId node : partition) racks.insert(*cluster.image.broker(node)->rack);
      EXPECT_EQ(racks.size(), 3u);
    }
  }
}

TEST(ReplicaPlacement, TakesFencedBrokersOnlyAsFollowersWhereNoOthersAreLeft) {
  Cluster cluster(3);
  cluster.fence(2);
  const auto pairs = place_replicas(cluster.image.cluster, 10, 2, cluster.loop);
  ASSERT_TRUE(pairs);
  for (const auto& partition : *pairs)
    for (const NodeId node : partition) EXPECT_NE(node, NodeId{2});
  const auto all = place_replicas(cluster.image.cluster, 10, 3, cluster.loop);
  ASSERT_TRUE(all);
  for (const auto& partition : *all) EXPECT_EQ(partition.back(), NodeId{2});
}

TEST(ReplicaPlacement, SaysInKafkasWordsWhatIsMissing) {
  Cluster cluster(1);
  const auto three = place_replicas(cluster.image.cluster, 1, 3, cluster.loop);
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().code, ErrorCode::invalid_replication_factor);
  EXPECT_EQ(three.error().text,
            "The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some "
            "brokers have all their log directories cordoned.");
  cluster.fence(1);
  EXPECT_EQ(place_replicas(cluster.image.cluster, 1, 1, cluster.loop).error().text,
            "All brokers are currently fenced, or have all their log directories cordoned.");
  EXPECT_EQ(place_replicas(cluster.image.cluster, 1, 0, cluster.loop).error().text,
            "Invalid replication factor 0: the replication factor must be positive.");
}

TEST(ReplicaPlacement, LeavesCordonedBrokersAlone) {
  Cluster cluster(2);
  auto record = test::unfence(1, 11);
  record.fenced = 0;
  record.cordoned_log_dirs = std::vector<Uuid>{Cluster::directory(1)};
  cluster.apply(test::list(record));
  EXPECT_TRUE(is_cordoned(*cluster.image.broker({1})));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(place_replicas(cluster.image.cluster, 1, 1, cluster.loop)->front().front(), NodeId{2});
}

TEST(ReplicaPlacement, KnowsTheDirectoryWhereThereIsOne) {
  Cluster cluster(1);
  EXPECT_EQ(default_directory(cluster.image.cluster, {1}), Cluster::directory(1));
  EXPECT_EQ(default_directory(cluster.image.cluster, {9}), kDirectoryMigrating);
  auto two = test::broker(1, 50);
  two.log_dirs = {test::id(1), test::id(2)};
  cluster.apply(test::list(two));
  EXPECT_EQ(default_directory(cluster.image.cluster, {1}), kDirectoryUnassigned);
  two.cordoned_log_dirs = std::vector<Uuid>{test::id(1)};
  cluster.apply(test::list(two));
  EXPECT_EQ(default_directory(cluster.image.cluster, {1}), test::id(2));
}

}  // namespace
}  // namespace sluice
