// The classic group protocol, request by request, on a clock that the test moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"

namespace sluice::test {
namespace {

using testing::SizeIs;

TEST(JoinGroup, TellsANewMemberItsIdFirst) {
  GroupWorld world;
  const JoinAnswer* told = world.joined(world.join({}));
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->error, ErrorCode::member_id_required);
  EXPECT_FALSE(told->member_id.empty());
  EXPECT_TRUE(world.group().members().empty());
}

TEST(JoinGroup, TakesOldClientsAtOnce) {
  GroupWorld world;
  const WaitId wait = world.join({.version = 3});
  EXPECT_EQ(world.joined(wait), nullptr);
  EXPECT_THAT(world.group().members().all(), SizeIs(1));
}

// A pending member that never comes back must not hold up the others for longer than its session.
TEST(JoinGroup, ForgetsWhoDoesNotComeBackWithItsId) {
  GroupWorld world;
  world.gather(1);
  world.join({});
  const WaitId leader = world.join({.member = world.group().members().all().begin()->first});
  EXPECT_EQ(world.joined(leader), nullptr);
  world.advance(10s);
  ASSERT_NE(world.joined(leader), nullptr);
  EXPECT_EQ(world.joined(leader)->error, ErrorCode::none);
}

TEST(JoinGroup, WaitsForTheFleetWhenAGroupStarts) {
  GroupWorld world;
  world.options.initial_rebalance_delay = 3s;
  const WaitId first = world.join_twice({});
  world.advance(2s);
  const WaitId second = world.join_twice({});
  world.advance(1s);  // The first delay is over, but somebody has come since.
  EXPECT_EQ(world.joined(first), nullptr);
  world.advance(3s);
  ASSERT_NE(world.joined(first), nullptr);
  ASSERT_NE(world.joined(second), nullptr);
  EXPECT_EQ(world.joined(first)->generation, 1);
  EXPECT_EQ(world.joined(first)->leader, world.joined(second)->leader);
}

TEST(JoinGroup, ExtendsTheInitialDelayNoFurtherThanTheRebalanceTimeout) {
  GroupWorld world;
  world.options.initial_rebalance_delay = 3s;
  const WaitId first = world.join_twice({.rebalance = 7s});
  for (int i = 0; i < 6; ++i) {
    world.advance(1s);
    world.join_twice({.rebalance = 7s});
  }
  EXPECT_EQ(world.joined(first), nullptr);
  world.advance(1s);
  EXPECT_NE(world.joined(first), nullptr);
}

TEST(JoinGroup, TellsTheMembersToTheLeaderOnly) {
  GroupWorld world;
  const WaitId first = world.join_twice({});
  const WaitId second = world.join_twice({});
  world.advance(10s);
  const JoinAnswer& a = *world.joined(first);
  const JoinAnswer& b = *world.joined(second);
  EXPECT_THAT(a.members, SizeIs(2));
  EXPECT_EQ(a.leader, a.member_id);
  EXPECT_THAT(b.members, SizeIs(0));
  EXPECT_EQ(b.leader, a.member_id);
  EXPECT_EQ(a.protocol_type, "consumer");
  EXPECT_EQ(a.protocol, "range");
  EXPECT_EQ(a.members[1].metadata, "topics");
}

TEST(JoinGroup, SelectsTheProtocolByVote) {
  GroupWorld world;
  const std::vector<GroupProtocol> range_first = {{"range", "r"}, {"sticky", "s"}, {"only-mine", "o"}};
  const std::vector<GroupProtocol> sticky_first = {{"sticky", "s"}, {"range", "r"}};
  world.join_twice({.protocols = range_first});
  world.join_twice({.protocols = sticky_first});
  const WaitId last = world.join_twice({.protocols = sticky_first});
  world.advance(10s);
  EXPECT_EQ(world.joined(last)->protocol, "sticky");
}

TEST(JoinGroup, RefusesWhoHasNoProtocolInCommonWithTheOthers) {
  GroupWorld world;
  world.gather(1);
  EXPECT_EQ(world.joined(world.join({.protocols = {{"other", ""}}}))->error,
            ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(world.joined(world.join({.protocol_type = "connect"}))->error, ErrorCode::inconsistent_group_protocol);
}

TEST(JoinGroup, LeavesNoGroupBehindWhenItIsRefused) {
  GroupWorld world;
  EXPECT_EQ(world.joined(world.join({.protocols = {}}))->error, ErrorCode::inconsistent_group_protocol);
  EXPECT_FALSE(world.has_group());
  EXPECT_TRUE(world.records().empty());
}

TEST(JoinGroup, DoesNotKnowMembersOfAGroupThatDoesNotExist) {
  GroupWorld world;
  EXPECT_EQ(world.joined(world.join({.member = "somebody"}))->error, ErrorCode::unknown_member_id);
  EXPECT_FALSE(world.has_group());
}

TEST(JoinGroup, KeepsToTheLargestGroupSize) {
  GroupWorld world;
  world.options.size_max = 2;
  world.gather(2);
  EXPECT_EQ(world.joined(world.join({}))->error, ErrorCode::group_max_size_reached);
}

// A follower that asks again has lost an answer; a leader that asks again wants to assign anew.
TEST(JoinGroup, RebalancesForTheLeaderButNotForAFollowerThatChangesNothing) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2);
  const WaitId follower = world.join({.member = ids[1]});
  ASSERT_NE(world.joined(follower), nullptr);
  EXPECT_EQ(world.joined(follower)->generation, 1);
  EXPECT_EQ(world.group().state(), ClassicState::stable);

  const WaitId leader = world.join({.member = ids[0]});
  EXPECT_EQ(world.joined(leader), nullptr);
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
}

TEST(JoinGroup, RebalancesForAFollowerThatChangesItsMetadata) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2);
  world.join({.member = ids[1], .protocols = {{"range", "other topics"}}});
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
}

TEST(Rebalance, GoesOnWithoutThoseWhoDoNotJoinInTime) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2, {.session = 300s, .rebalance = 60s});
  const WaitId leader = world.join({.member = ids[0], .session = 300s, .rebalance = 60s});
  world.advance(59'999ms);
  EXPECT_EQ(world.joined(leader), nullptr);
  world.advance(1ms);
  ASSERT_NE(world.joined(leader), nullptr);
  EXPECT_EQ(world.joined(leader)->generation, 2);
  EXPECT_THAT(world.joined(leader)->members, SizeIs(1));
  EXPECT_EQ(world.heartbeat(ids[1], 2), ErrorCode::unknown_member_id);
}

TEST(Rebalance, ElectsALeaderThatIsThere) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2, {.session = 300s});
  const WaitId follower = world.join({.member = ids[1], .session = 300s, .protocols = {{"range", "new"}}});
  world.advance(60s);
  ASSERT_NE(world.joined(follower), nullptr);
  EXPECT_EQ(world.joined(follower)->leader, ids[1]);
}

TEST(Rebalance, EndsASyncThatWaits) {
  GroupWorld world;
  const WaitId first = world.join_twice({});
  const WaitId second = world.join_twice({});
  world.advance(10s);
  const std::string follower = world.joined(second)->member_id;
  const WaitId sync = world.sync({.member = follower, .generation = 1});
  EXPECT_EQ(world.synced(sync), nullptr);
  world.leave({{world.joined(first)->member_id, std::nullopt}});
  ASSERT_NE(world.synced(sync), nullptr);
  EXPECT_EQ(world.synced(sync)->error, ErrorCode::rebalance_in_progress);
}

TEST(SyncGroup, HandsOutWhatTheLeaderAssigns) {
  GroupWorld world;
  const WaitId first = world.join_twice({});
  const WaitId second = world.join_twice({});
  world.advance(10s);
  const std::string leader = world.joined(first)->member_id;
  const std::string follower = world.joined(second)->member_id;
  const WaitId early = world.sync({.member = follower, .generation = 1});
  EXPECT_EQ(world.synced(early), nullptr);
  const WaitId leading = world.sync({.member = leader, .generation = 1, .assignments = {{follower, "work"}}});
  EXPECT_EQ(world.synced(early)->assignment, "work");
  EXPECT_EQ(world.synced(early)->protocol, "range");
  EXPECT_EQ(world.synced(leading)->assignment, "");
  EXPECT_EQ(world.group().state(), ClassicState::stable);

  const WaitId again = world.sync({.member = follower, .generation = 1});
  EXPECT_EQ(world.synced(again)->assignment, "work");
}

TEST(SyncGroup, RefusesWhatDoesNotFitTheGroup) {
  GroupWorld world;
  const std::string id = world.gather(1).front();
  EXPECT_EQ(world.synced(world.sync({.member = "other", .generation = 1}))->error, ErrorCode::unknown_member_id);
  EXPECT_EQ(world.synced(world.sync({.member = id, .generation = 2}))->error, ErrorCode::illegal_generation);
  EXPECT_EQ(world.synced(world.sync({.group = "none", .member = id, .generation = 1}))->error,
            ErrorCode::unknown_member_id);
  world.join_twice({});
  EXPECT_EQ(world.synced(world.sync({.member = id, .generation = 1}))->error, ErrorCode::rebalance_in_progress);
}

// Heartbeats alone do not help a member that never asks for its assignment.
TEST(SyncGroup, RemovesWhoDoesNotAskForItsAssignmentInTime) {
  GroupWorld world;
  const WaitId first = world.join_twice({.rebalance = 30s});
  const WaitId second = world.join_twice({.rebalance = 30s});
  world.advance(6s);
  const std::string leader = world.joined(first)->member_id;
  const std::string silent = world.joined(second)->member_id;
  world.sync({.member = leader, .generation = 1});
  for (int i = 0; i < 4; ++i) {
    world.advance(8s);
    world.heartbeat(leader, 1);
    world.heartbeat(silent, 1);
  }
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
  EXPECT_FALSE(world.group().members().contains(silent));
}

TEST(SyncGroup, FailsWhenTheAssignmentsFitNoRecord) {
  GroupWorld world;
  world.options.record_bytes_max = 1000;
  const WaitId wait = world.join_twice({});
  world.advance(10s);
  const std::string id = world.joined(wait)->member_id;
  const WaitId sync = world.sync({.member = id, .generation = 1, .assignments = {{id, std::string(1000, 'x')}}});
  ASSERT_NE(world.synced(sync), nullptr);
  EXPECT_EQ(world.synced(sync)->error, ErrorCode::unknown_server_error);
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
}

TEST(Heartbeat, TellsAMemberWhatToDo) {
  GroupWorld world;
  const std::string id = world.gather(1).front();
  EXPECT_EQ(world.heartbeat(id, 1), ErrorCode::none);
  EXPECT_EQ(world.heartbeat(id, 0), ErrorCode::illegal_generation);
  EXPECT_EQ(world.heartbeat("other", 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(world.heartbeat(id, 1, "none"), ErrorCode::unknown_member_id);
  world.join_twice({});
  EXPECT_EQ(world.heartbeat(id, 1), ErrorCode::rebalance_in_progress);
}

TEST(Session, EndsWhenNothingIsHeardForItsTimeout) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2);
  world.heartbeat(ids[0], 1);
  world.advance(9'999ms);
  world.heartbeat(ids[0], 1);
  EXPECT_EQ(world.group().state(), ClassicState::stable);
  world.advance(1ms);
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
  EXPECT_FALSE(world.group().members().contains(ids[1]));
}

TEST(Session, LastsWhileAJoinWaits) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2, {.session = 10s, .rebalance = 300s});
  const WaitId leader = world.join({.member = ids[0], .session = 10s, .rebalance = 300s});
  for (int i = 0; i < 20; ++i) {
    world.advance(9s);
    world.heartbeat(ids[1], 1);
  }
  EXPECT_EQ(world.joined(leader), nullptr);
  EXPECT_TRUE(world.group().members().contains(ids[0]));
}

TEST(Session, EndsTheGroupWithItsLastMember) {
  GroupWorld world;
  world.gather(1);
  world.advance(10s);
  EXPECT_EQ(world.group().state(), ClassicState::empty);
  EXPECT_EQ(world.group().generation(), 2);
  world.restart();
  EXPECT_EQ(world.group().state(), ClassicState::empty);
  EXPECT_EQ(world.group().generation(), 2);
}

TEST(LeaveGroup, TellsWhatBecameOfEach) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2);
  const LeaveAnswer answer = world.leave({{ids[1], std::nullopt}, {"other", std::nullopt}, {"", "instance"}});
  EXPECT_EQ(answer.error, ErrorCode::none);
  EXPECT_EQ(answer.members,
            (std::vector{ErrorCode::none, ErrorCode::unknown_member_id, ErrorCode::unknown_member_id}));
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
  EXPECT_EQ(world.leave({{ids[0], std::nullopt}}, "none").error, ErrorCode::unknown_member_id);
}

TEST(LeaveGroup, EmptiesTheGroupAtOnceWithItsLastMember) {
  GroupWorld world;
  world.leave({{world.gather(1).front(), std::nullopt}});
  EXPECT_EQ(world.group().state(), ClassicState::empty);
}

TEST(LeaveGroup, EndsTheWaitOfWhoLeaves) {
  GroupWorld world;
  const WaitId wait = world.join_twice({});
  const std::string id = world.group().members().all().begin()->first;
  world.leave({{id, std::nullopt}});
  ASSERT_NE(world.joined(wait), nullptr);
  EXPECT_EQ(world.joined(wait)->error, ErrorCode::unknown_member_id);
}

// --- Static members (KIP-345) ---

TEST(StaticMember, IsNotSentBackForItsId) {
  GroupWorld world;
  const WaitId wait = world.join({.instance = "i"});
  world.advance(10s);
  ASSERT_NE(world.joined(wait), nullptr);
  EXPECT_EQ(world.joined(wait)->error, ErrorCode::none);
}

TEST(StaticMember, TakesItsPlaceBackWithoutARebalance) {
  GroupWorld world;
  const std::string old_id = world.gather(1, {.instance = "i"}).front();
  const WaitId back = world.join({.instance = "i"});
  ASSERT_NE(world.joined(back), nullptr);
  const JoinAnswer& answer = *world.joined(back);
  EXPECT_EQ(answer.error, ErrorCode::none);
  EXPECT_EQ(answer.generation, 1);
  EXPECT_NE(answer.member_id, old_id);
  EXPECT_EQ(answer.leader, answer.member_id);
  EXPECT_TRUE(answer.skip_assignment);
  EXPECT_THAT(answer.members, SizeIs(1));
  EXPECT_EQ(world.group().state(), ClassicState::stable);
  const WaitId sync = world.sync({.member = answer.member_id, .generation = 1});
  EXPECT_EQ(world.synced(sync)->assignment, "a0");

  world.restart();  // The new id has been recorded.
  EXPECT_EQ(world.heartbeat(answer.member_id, 1), ErrorCode::none);
}

TEST(StaticMember, IsNotToldThatItLeadsIfItCouldNotSkipTheAssignment) {
  GroupWorld world;
  const std::string old_id = world.gather(1, {.instance = "i"}).front();
  const JoinAnswer& answer = *world.joined(world.join({.instance = "i", .version = 8}));
  EXPECT_EQ(answer.leader, old_id);
  EXPECT_FALSE(answer.skip_assignment);
  EXPECT_THAT(answer.members, SizeIs(0));
}

TEST(StaticMember, FencesItsPredecessor) {
  GroupWorld world;
  const std::string old_id = world.gather(1, {.instance = "i"}).front();
  world.join({.instance = "i"});
  const WaitId sync = world.sync({.member = old_id, .generation = 1, .instance = "i"});
  EXPECT_EQ(world.synced(sync)->error, ErrorCode::fenced_instance_id);
  const WaitId join = world.join({.member = old_id, .instance = "i"});
  EXPECT_EQ(world.joined(join)->error, ErrorCode::fenced_instance_id);
  EXPECT_EQ(world.leave({{old_id, "i"}}).members, std::vector{ErrorCode::fenced_instance_id});
}

TEST(StaticMember, FencesAPredecessorThatWaits) {
  GroupWorld world;
  const WaitId first = world.join({.instance = "i"});
  const WaitId second = world.join({.instance = "i"});
  ASSERT_NE(world.joined(first), nullptr);
  EXPECT_EQ(world.joined(first)->error, ErrorCode::fenced_instance_id);
  world.advance(10s);
  ASSERT_NE(world.joined(second), nullptr);
  EXPECT_EQ(world.joined(second)->error, ErrorCode::none);
}

TEST(StaticMember, RebalancesWhenItComesBackBetweenJoinAndSync) {
  GroupWorld world;
  const WaitId first = world.join({.instance = "i"});
  const WaitId other = world.join_twice({});
  world.advance(10s);
  ASSERT_NE(world.joined(first), nullptr);
  const WaitId back = world.join({.instance = "i"});
  EXPECT_EQ(world.joined(back), nullptr);
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
  EXPECT_EQ(world.heartbeat(world.joined(other)->member_id, 1), ErrorCode::rebalance_in_progress);
}

TEST(StaticMember, KeepsItsPlaceThroughARebalanceThatItMisses) {
  GroupWorld world;
  world.options.initial_rebalance_delay = 0ms;
  const WaitId a = world.join({.instance = "a", .session = 300s});
  world.advance(0ms);
  const WaitId b = world.join({.instance = "b", .session = 300s});
  world.join({.member = world.joined(a)->member_id, .instance = "a", .session = 300s});
  ASSERT_NE(world.joined(b), nullptr);
  world.sync({.member = world.joined(b)->leader, .generation = 2});
  world.join({.member = world.joined(b)->leader, .instance = "a", .session = 300s});  // The leader asks.
  world.advance(60s);
  EXPECT_EQ(world.group().state(), ClassicState::completing_rebalance);
  EXPECT_TRUE(world.group().members().contains(world.joined(b)->member_id));
}

TEST(StaticMember, CanBeRemovedByItsInstanceId) {
  GroupWorld world;
  world.gather(1, {.instance = "i"});
  EXPECT_EQ(world.leave({{"", "i"}}).members, std::vector{ErrorCode::none});
  EXPECT_EQ(world.group().state(), ClassicState::empty);
}

// --- What survives the coordinator ---

TEST(Restart, BringsAStableGroupBack) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2);
  world.restart();
  EXPECT_EQ(world.group().state(), ClassicState::stable);
  EXPECT_EQ(world.heartbeat(ids[1], 1), ErrorCode::none);
  EXPECT_EQ(world.synced(world.sync({.member = ids[1], .generation = 1}))->assignment, "a1");
  world.advance(10s);  // Sessions began anew when the group was loaded.
  EXPECT_TRUE(world.group().members().empty());
}

// Whether the first member is told its id first or is taken at once: it belongs to no generation yet.
TEST(Restart, KnowsAGroupFromItsFirstMemberOn) {
  for (const std::int16_t version : {std::int16_t{3}, std::int16_t{9}}) {
    GroupWorld world;
    world.join({.version = version});
    ASSERT_THAT(world.records(), SizeIs(1));
    world.restart();
    EXPECT_EQ(world.group().state(), ClassicState::empty);
    EXPECT_EQ(world.group().protocol_type(), std::nullopt);
    EXPECT_TRUE(world.group().members().empty());
  }
}

TEST(Restart, RebalancesAGroupThatHasBecomeTooLarge) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(3);
  world.options.size_max = 2;
  world.restart();
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
  const WaitId a = world.join({.member = ids[0]});
  const WaitId b = world.join({.member = ids[1]});
  EXPECT_EQ(world.joined(world.join({.member = ids[2]}))->error, ErrorCode::group_max_size_reached);
  ASSERT_NE(world.joined(a), nullptr);
  EXPECT_EQ(world.joined(a)->error, ErrorCode::none);
  EXPECT_EQ(world.joined(b)->error, ErrorCode::none);
}

}  // namespace
}  // namespace sluice::test
