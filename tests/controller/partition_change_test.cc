#include "controller/partition_change.h"

#include <gtest/gtest.h>

#include <set>

#include "metadata/records.h"

namespace sluice {
namespace {

using test::nodes;

/// A partition on brokers 1, 2 and 3, led by 1, and a cluster in which some of them are there.
struct Situation {
  PartitionImage partition;
  std::set<int> alive{1, 2, 3};
  bool elr = true;
  std::size_t min_isr = 2;
  Election election = Election::online;
  MetadataVersion version{33};

  Situation() {
    partition.replicas = nodes({1, 2, 3});
    partition.directories.assign(3, test::id(900));
    partition.isr = nodes({1, 2, 3});
    partition.leader = {1};
    partition.leader_epoch = {5};
  }

  std::optional<wire::PartitionChangeRecord> decide(std::initializer_list<int> isr,
                                                    std::initializer_list<int> unclean = {}) const {
    const PartitionChange change{
        .partition = partition,
        .topic_id = test::id(1),
        .index = {0},
        .version = version,
        .elr_enabled = elr,
        .min_insync_replicas = min_isr,
        .election = election,
        .may_lead = [this](NodeId node) { return alive.contains(node.value); },
        .isr = nodes(isr),
        .unclean_shutdowns = nodes(unclean),
    };
    return decide_partition_change(change);
  }
  /// The partition after the decision; it must have led to something.
  PartitionImage after(std::initializer_list<int> isr, std::initializer_list<int> unclean = {}) const {
    const auto record = decide(isr, unclean);
    EXPECT_TRUE(record);
    return record ? *partition.after(*record) : partition;
  }
};

TEST(PartitionChange, IsNoneWhereNothingChanges) { EXPECT_FALSE(Situation().decide({1, 2, 3})); }

TEST(PartitionChange, ElectsTheNextOfTheIsrWhereTheLeaderGoes) {
  Situation situation;
  situation.alive = {2, 3};
  const PartitionImage next = situation.after({2, 3});
  EXPECT_EQ(next.leader, NodeId{2});
  EXPECT_EQ(next.isr, nodes({2, 3}));
  EXPECT_EQ(next.leader_epoch, LeaderEpoch{6});
  EXPECT_TRUE(next.elr.empty());
}

TEST(PartitionChange, KeepsTheLeaderWhereAFollowerGoes) {
  Situation situation;
  situation.alive = {1, 3};
  const PartitionImage next = situation.after({1, 3});
  EXPECT_EQ(next.leader, NodeId{1});
  EXPECT_EQ(next.leader_epoch, LeaderEpoch{5});
}

TEST(PartitionChange, CountsAnEpochForEachShrinkBeforeKafka36) {
  Situation situation;
  situation.version = {11};
  situation.elr = false;
  EXPECT_EQ(situation.after({1, 3}).leader_epoch, LeaderEpoch{6});
}

// Those that leave an ISR below min.insync.replicas hold all that was acknowledged since.
TEST(PartitionChange, KeepsThoseEligibleThatLeaveASmallIsr) {
  Situation situation;
  situation.partition.isr = nodes({1, 2});
  situation.alive = {1};
  PartitionImage next = situation.after({1});
  EXPECT_EQ(next.isr, nodes({1}));
  EXPECT_EQ(next.elr, nodes({2}));
  EXPECT_EQ(next.leader, NodeId{1});

  situation.partition = next;
  situation.alive = {};
  next = situation.after({});
  EXPECT_EQ(next.leader, kNoLeader);
  EXPECT_TRUE(next.isr.empty());
  EXPECT_EQ(next.elr, nodes({2, 1}));
  EXPECT_EQ(next.last_known_elr, nodes({1}));

  situation.partition = next;
  situation.alive = {2};
  next = situation.after({});
  EXPECT_EQ(next.leader, NodeId{2});
  EXPECT_EQ(next.isr, nodes({2}));
  EXPECT_EQ(next.elr, nodes({1}));
  EXPECT_TRUE(next.last_known_elr.empty());
  EXPECT_EQ(next.leader_recovery_state, LeaderRecoveryState::recovered);
}

TEST(PartitionChange, ForgetsEligibleReplicasWhenTheIsrIsLargeAgain) {
  Situation situation;
  situation.partition.isr = nodes({1});
  situation.partition.elr = nodes({2});
  EXPECT_TRUE(situation.after({1, 3}).elr.empty());
}

TEST(PartitionChange, DoesNotTrustThoseThatWentDownUncleanly) {
  Situation situation;
  situation.partition.isr = nodes({1});
  situation.partition.elr = nodes({2});
  situation.alive = {};
  PartitionImage next = situation.after({}, {1});
  EXPECT_EQ(next.elr, nodes({2}));
  EXPECT_EQ(next.leader, kNoLeader);
  EXPECT_EQ(next.last_known_elr, nodes({1}));

  // The other one is back first, and fails too: the last leader then goes on with what it has left.
  situation.partition = next;
  next = situation.after({}, {2});
  EXPECT_TRUE(next.elr.empty());
  EXPECT_EQ(next.last_known_elr, nodes({1}));
  situation.partition = next;
  situation.alive = {1};
  next = situation.after({});
  EXPECT_EQ(next.leader, NodeId{1});
  EXPECT_EQ(next.isr, nodes({1}));
  EXPECT_EQ(next.leader_recovery_state, LeaderRecoveryState::recovering);
  EXPECT_TRUE(next.last_known_elr.empty());
}

TEST(PartitionChange, WaitsForTheLastLeaderWhereOnlyOthersAreThere) {
  Situation situation;
  situation.partition.isr = {};
  situation.partition.leader = kNoLeader;
  situation.partition.last_known_elr = nodes({1});
  situation.alive = {2, 3};
  EXPECT_FALSE(situation.decide({}));
}

// Without eligible replicas the last of the ISR stays in it, though it is gone: it alone may be elected cleanly.
TEST(PartitionChange, KeepsTheLastOfTheIsrWithoutEligibleReplicas) {
  Situation situation;
  situation.elr = false;
  situation.partition.isr = nodes({1});
  situation.alive = {2, 3};
  const PartitionImage next = situation.after({});
  EXPECT_EQ(next.isr, nodes({1}));
  EXPECT_EQ(next.leader, kNoLeader);
  EXPECT_TRUE(next.last_known_elr.empty());
}

TEST(PartitionChange, ElectsUncleanlyWhereThatIsAllowed) {
  Situation situation;
  situation.elr = false;
  situation.partition.isr = nodes({1});
  situation.alive = {2, 3};
  situation.election = Election::unclean;
  const PartitionImage next = situation.after({});
  EXPECT_EQ(next.leader, NodeId{2});
  EXPECT_EQ(next.isr, nodes({2}));
  EXPECT_EQ(next.leader_recovery_state, LeaderRecoveryState::recovering);
}

TEST(PartitionChange, GivesThePreferredReplicaTheLeadWhereAskedTo) {
  Situation situation;
  situation.partition.leader = {2};
  EXPECT_FALSE(situation.decide({1, 2, 3}));
  situation.election = Election::preferred;
  EXPECT_EQ(situation.after({1, 2, 3}).leader, NodeId{1});
}

}  // namespace
}  // namespace sluice
