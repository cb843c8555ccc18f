#include "raft/quorum.h"

#include <gtest/gtest.h>

#include <limits>

#include "raft/quorum_world.h"

namespace sluice::raft {
namespace {

using test::id;

const ReplicaKey kLocal{.id = {1}, .directory_id = id(1)};

Quorum::Start alone() {
  return {
      .local = kLocal, .voters = VoterSet(std::vector<Voter>{{.key = kLocal, .endpoints = {}}}), .election = {}};
}

TEST(Quorum, ElectsItsOnlyVoterStepByStep) {
  Quorum::Start start = alone();
  start.election = {.epoch = {4}, .leader = NodeId{1}, .voted = std::nullopt};
  start.log_end = {10};
  Quorum quorum(start);
  EXPECT_EQ(quorum.role(), Role::unattached);
  EXPECT_TRUE(quorum.take_output().empty());

  ASSERT_TRUE(quorum.campaign());
  const auto vote = quorum.take_output();
  EXPECT_EQ(vote.persist, (ElectionState{.epoch = {5}, .leader = std::nullopt, .voted = kLocal}));
  EXPECT_EQ(quorum.role(), Role::candidate);  // Its vote does not count before it is durable.

  quorum.persisted();
  EXPECT_EQ(quorum.role(), Role::leader);
  const auto elected = quorum.take_output();
  EXPECT_EQ(elected.persist, (ElectionState{.epoch = {5}, .leader = NodeId{1}, .voted = std::nullopt}));
  EXPECT_FALSE(elected.begin_epoch);

  quorum.persisted();
  EXPECT_TRUE(quorum.take_output().begin_epoch);
  EXPECT_EQ(quorum.epoch_start(), Offset{10});
  EXPECT_EQ(quorum.high_watermark(), std::nullopt);

  quorum.durable({11});
  EXPECT_EQ(quorum.high_watermark(), Offset{11});
  EXPECT_EQ(quorum.granted_by(), std::vector<NodeId>{{1}});
}

// What predecessors wrote is not known to be committed before a record of the own epoch is.
TEST(Quorum, KnowsNothingCommittedBeforeItsOwnFirstRecord) {
  Quorum::Start start = alone();
  start.log_end = {10};
  Quorum quorum(start);
  ASSERT_TRUE(quorum.campaign());
  while (quorum.take_output().persist) quorum.persisted();
  quorum.durable({10});
  EXPECT_EQ(quorum.high_watermark(), std::nullopt);
}

TEST(Quorum, StandsInAnEpochThatNobodyHasWrittenIn) {
  Quorum::Start start = alone();
  start.election = {.epoch = {2}, .leader = std::nullopt, .voted = std::nullopt};
  start.log_epoch = {6};  // The file with the election was lost.
  Quorum quorum(start);
  ASSERT_TRUE(quorum.campaign());
  EXPECT_EQ(quorum.epoch(), LeaderEpoch{7});
}

TEST(Quorum, DoesNotElectItselfWhereOthersVote) {
  Quorum::Start start = alone();
  start.voters = *VoterSet::parse("1@a:1,2@b:1", "C");
  EXPECT_EQ(Quorum(start).campaign().error().code, Errc::not_leader);
  start.voters = *VoterSet::parse("2@b:1", "C");
  EXPECT_EQ(Quorum(start).campaign().error().code, Errc::not_leader);
  start.voters = {};
  EXPECT_EQ(Quorum(start).campaign().error().code, Errc::not_leader);
}

TEST(Quorum, EndsWithTheLastEpoch) {
  Quorum::Start start = alone();
  start.election.epoch = {std::numeric_limits<std::int32_t>::max()};
  EXPECT_EQ(Quorum(start).campaign().error().code, Errc::corrupt);
}

}  // namespace
}  // namespace sluice::raft
