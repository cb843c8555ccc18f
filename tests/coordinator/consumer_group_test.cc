// Groups of the consumer protocol: members come, are brought to what they are to have, and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class ConsumerGroupTest : public testing::Test {
 protected:
  ConsumerGroupTest() { world.set_topics({{"t", 4}, {"u", 2}}); }

  /// Joins and returns the answer, which must be no error.
  ConsumerHeartbeatAnswer join(const std::string& member, Beat beat = {}) {
    beat.member = member;
    ConsumerHeartbeatAnswer answer = world.beat(beat);
    EXPECT_EQ(answer.error, ErrorCode::none) << answer.error_message;
    return answer;
  }
  ConsumerHeartbeatAnswer beat(const std::string& member, std::int32_t epoch,
                               std::optional<AssignedPartitions> owned = {}) {
    return world.beat(Beat::again(member, epoch, std::move(owned)));
  }
  ConsumerHeartbeatAnswer leave(const std::string& member, std::int32_t epoch = -1,
                                std::optional<std::string> instance = {}) {
    Beat beat = Beat::again(member, epoch);
    beat.instance = std::move(instance);
    return world.beat(beat);
  }
  std::string state() { return std::string(name(world.consumers().state())); }
  void expect_replays() {
    const Groups replayed = world.replayed();
    EXPECT_TRUE(replayed.consumer_groups() == world.groups().consumer_groups());
  }

  GroupWorld world;
};

TEST_F(ConsumerGroupTest, TheFirstMemberGetsEverythingAtOnce) {
  const ConsumerHeartbeatAnswer answer = join("a");
  EXPECT_EQ(answer.member_id, "a");
  EXPECT_EQ(answer.member_epoch, 2);
  EXPECT_EQ(answer.heartbeat_interval, 5s);
  EXPECT_EQ(answer.assignment, partitions_of("t", {0, 1, 2, 3}));
  EXPECT_EQ(state(), "Stable");
  EXPECT_THAT(world.records(), SizeIs(5));  // Member, epoch, target, its epoch, assignment.
  expect_replays();
}

TEST_F(ConsumerGroupTest, AnIdIsMadeForWhoBringsNoneInTheFirstVersion) {
  Beat beat;
  beat.version = 0;
  const ConsumerHeartbeatAnswer answer = world.beat(beat);
  EXPECT_EQ(answer.error, ErrorCode::none);
  EXPECT_FALSE(answer.member_id.empty());
  beat.version = 1;
  EXPECT_EQ(world.beat(beat).error, ErrorCode::invalid_request);
}

TEST_F(ConsumerGroupTest, AHeartbeatThatSaysNothingNewWritesNothingAndRepeatsNothing) {
  join("a");
  const std::size_t records = world.records().size();
  const ConsumerHeartbeatAnswer answer = beat("a", 2);
  EXPECT_EQ(answer.member_epoch, 2);
  EXPECT_FALSE(answer.assignment.has_value());
  EXPECT_THAT(world.records(), SizeIs(records));
  Beat full;
  full.member = "a";
  full.epoch = 2;
  full.owned = partitions_of("t", {0, 1, 2, 3});
  EXPECT_EQ(world.beat(full).assignment, partitions_of("t", {0, 1, 2, 3})) << "a full request gets a full answer";
}

TEST_F(ConsumerGroupTest, ASecondMemberGetsWhatTheFirstHasGivenUp) {
  join("a");
  world.advance(2s);
  const ConsumerHeartbeatAnswer joined = join("b");
  EXPECT_EQ(joined.member_epoch, 3);
  EXPECT_EQ(joined.assignment, AssignedPartitions{});
  EXPECT_EQ(state(), "Reconciling");

  const ConsumerHeartbeatAnswer asked = beat("a", 2);
  EXPECT_EQ(asked.member_epoch, 2) << "it has not given up yet";
  EXPECT_EQ(asked.assignment, partitions_of("t", {0, 1}));
  EXPECT_EQ(world.consumers().find("a")->state, MemberState::unrevoked_partitions);
  EXPECT_FALSE(beat("b", 3).assignment.has_value()) << "the other still holds them";
  EXPECT_EQ(beat("a", 2, partitions_of("t", {0, 1, 2})).member_epoch, 2) << "it still has one";

  EXPECT_EQ(beat("a", 2, partitions_of("t", {0, 1})).member_epoch, 3);
  EXPECT_EQ(beat("b", 3).assignment, partitions_of("t", {2, 3}));
  EXPECT_EQ(state(), "Stable");
  expect_replays();
}

// KIP-1263: within a second of the last assignment nothing is assigned anew, so that many who come at once cost
// one assignment.
TEST_F(ConsumerGroupTest, ChangesAreGatheredForASecond) {
  join("a");
  world.advance(500ms);
  const ConsumerHeartbeatAnswer early = join("b");
  EXPECT_EQ(early.member_epoch, 2) << "the epoch of the last assignment";
  EXPECT_EQ(state(), "Assigning");
  world.advance(500ms);
  EXPECT_EQ(beat("b", 2).member_epoch, 3);
  EXPECT_EQ(state(), "Reconciling");
}

TEST_F(ConsumerGroupTest, WhatALeaverHadGoesToTheOthers) {
  join("a");
  world.advance(2s);
  join("b");
  beat("a", 2);
  beat("a", 2, partitions_of("t", {0, 1}));
  beat("b", 3);
  world.advance(2s);
  const ConsumerHeartbeatAnswer left = leave("a");
  EXPECT_EQ(left.member_epoch, -1);
  EXPECT_EQ(beat("b", 3).assignment, partitions_of("t", {0, 1, 2, 3}));
  EXPECT_EQ(leave("a").error, ErrorCode::unknown_member_id);
  leave("b");
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(world.consumers().metadata_hash(), 0);
  expect_replays();
  EXPECT_EQ(join("c").assignment, partitions_of("t", {0, 1, 2, 3})) << "nobody has to wait in an empty group";
}

TEST_F(ConsumerGroupTest, WhoIsNotHeardOfIsRemovedWhenItsSessionEnds) {
  join("a");
  world.advance(44'999ms);
  EXPECT_EQ(state(), "Stable");
  beat("a", 2);
  world.advance(45s);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(beat("a", 2).error, ErrorCode::unknown_member_id);
}

TEST_F(ConsumerGroupTest, WhoDoesNotGiveUpInTimeIsRemoved) {
  join("a");
  world.advance(2s);
  join("b");
  beat("a", 2);  // From here on it has its rebalance timeout, which is a minute.
  for (int i = 0; i < 59; ++i) {
    world.advance(1s);
    ASSERT_EQ(beat("a", 2).error, ErrorCode::none) << "after " << i << " s";
    ASSERT_EQ(beat("b", 3).error, ErrorCode::none);
  }
  world.advance(2s);
  EXPECT_EQ(beat("a", 2).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(beat("b", 3).assignment, partitions_of("t", {0, 1, 2, 3}));
}

TEST_F(ConsumerGroupTest, TheWatchGoesOnAfterARestart) {
  join("a");
  world.advance(2s);
  join("b");
  beat("a", 2);
  world.restart();
  world.advance(44s);
  EXPECT_EQ(beat("b", 3).error, ErrorCode::none);
  world.advance(2s);
  EXPECT_EQ(beat("a", 2).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(beat("b", 3).error, ErrorCode::none);
}

TEST_F(ConsumerGroupTest, AnEpochThatIsNotTheMembersIsFenced) {
  join("a");
  world.advance(2s);
  join("b");
  beat("a", 2);
  beat("a", 2, partitions_of("t", {0, 1}));  // Its epoch is 3 now; say that it did not hear of it.
  EXPECT_EQ(beat("a", 4).error, ErrorCode::fenced_member_epoch);
  EXPECT_EQ(beat("a", 1).error, ErrorCode::fenced_member_epoch);
  EXPECT_EQ(beat("a", 2, partitions_of("t", {0, 1, 2})).error, ErrorCode::fenced_member_epoch)
      << "it holds too much";
  EXPECT_EQ(beat("a", 2).error, ErrorCode::fenced_member_epoch) << "it may hold too much";
  EXPECT_EQ(beat("a", 2, partitions_of("t", {0})).member_epoch, 3);
  EXPECT_EQ(beat("x", 3).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(join("a").member_epoch, 3) << "it may begin anew";
}

TEST_F(ConsumerGroupTest, OfWhatDoesNotExistNothingIsToBeHad) {
  EXPECT_EQ(beat("a", 2).error, ErrorCode::group_id_not_found);
  EXPECT_EQ(leave("a").error, ErrorCode::group_id_not_found);
  Beat wish;
  wish.topics = {{"gone"}};
  EXPECT_EQ(join("a", wish).assignment, AssignedPartitions{});
  world.set_topics({{"t", 4}, {"gone", 1}});
  world.advance(2s);
  EXPECT_EQ(beat("a", 2).assignment, partitions_of("gone", {0})) << "it exists now";
}

TEST_F(ConsumerGroupTest, GrowsAndShrinksWithItsTopics) {
  Beat wish;
  wish.topics = {{"t", "u"}};
  join("a", wish);
  world.advance(2s);
  world.set_topics({{"t", 5}, {"u", 2}, {"v", 3}});
  AssignedPartitions all = partitions_of("t", {0, 1, 2, 3, 4});
  all.merge(partitions_of("u", {0, 1}));
  EXPECT_EQ(beat("a", 2).assignment, all);
  world.advance(2s);
  world.set_topics({{"u", 2}, {"v", 3}});
  EXPECT_EQ(beat("a", 3).assignment, partitions_of("u", {0, 1}));
  EXPECT_EQ(beat("a", 3, partitions_of("u", {0, 1})).member_epoch, 4);
  expect_replays();
}

TEST_F(ConsumerGroupTest, AChangeOfOtherTopicsIsNotLookedAt) {
  join("a");
  world.advance(2s);
  const std::size_t records = world.records().size();
  world.set_topics({{"t", 4}, {"v", 1}});
  beat("a", 2);
  EXPECT_THAT(world.records(), SizeIs(records));
}

TEST_F(ConsumerGroupTest, GivesUpAtOnceWhatIsNotSubscribedToAnyMore) {
  join("a");
  Beat wish = Beat::again("a", 2);
  wish.topics = {{"u"}};
  const ConsumerHeartbeatAnswer answer = world.beat(wish);  // Too early for a new assignment.
  EXPECT_EQ(answer.assignment, AssignedPartitions{});
  EXPECT_EQ(answer.member_epoch, 2);
  world.advance(1s);
  EXPECT_EQ(beat("a", 2, AssignedPartitions{}).assignment, partitions_of("u", {0, 1}));
  expect_replays();
}

TEST_F(ConsumerGroupTest, ExpressionsFindTopicsAndFindNewOnes) {
  Beat wish;
  wish.topics.reset();
  wish.pattern = "t.*|v";
  const ConsumerHeartbeatAnswer answer = join("a", wish);
  EXPECT_EQ(answer.member_epoch, 1);
  EXPECT_EQ(answer.assignment, AssignedPartitions{}) << "topics are looked through after the answer";
  world.advance(0ms);
  EXPECT_EQ(beat("a", 1).assignment, partitions_of("t", {0, 1, 2, 3}));
  expect_replays();

  world.set_topics({{"t", 4}, {"v", 1}});
  world.advance(11s);
  beat("a", 2);
  world.advance(0ms);
  AssignedPartitions all = partitions_of("t", {0, 1, 2, 3});
  all.merge(partitions_of("v", {0}));
  EXPECT_EQ(beat("a", 2).assignment, all);
  expect_replays();

  leave("a");
  EXPECT_TRUE(world.consumers().subscriptions().resolved().empty());
  EXPECT_TRUE(world.consumers().subscriptions().topics().empty());
  expect_replays();
}

TEST_F(ConsumerGroupTest, AnExpressionMatchesWholeNamesAndMustBeOne) {
  Beat wish;
  wish.member = "a";
  wish.topics.reset();
  wish.pattern = "(";
  const ConsumerHeartbeatAnswer answer = world.beat(wish);
  EXPECT_EQ(answer.error, ErrorCode::invalid_regular_expression);
  EXPECT_THAT(answer.error_message, HasSubstr("SubscribedTopicRegex `(` is not a valid regular expression"));
  EXPECT_FALSE(world.has_consumers()) << "who is refused leaves nothing behind";
  world.set_topics({{"tt", 1}, {"t", 1}});
  wish.pattern = "t";
  world.beat(wish);
  world.advance(0ms);
  EXPECT_EQ(beat("a", 1).assignment, partitions_of("t", {0}));
}

TEST_F(ConsumerGroupTest, AMemberThatIsOfTheOtherSubscriptionHasNoneOfIt) {
  Beat named;
  named.topics = {{"u"}};
  join("a", named);
  world.advance(2s);
  Beat matching;
  matching.topics = {std::vector<std::string>{}};
  matching.pattern = "t";
  join("b", matching);
  world.advance(2s);
  beat("b", 2);
  EXPECT_EQ(world.consumers().target("a"), partitions_of("u", {0, 1}));
  EXPECT_EQ(world.consumers().target("b"), partitions_of("t", {0, 1, 2, 3}));
}

TEST_F(ConsumerGroupTest, AStaticMemberThatComesBackFindsItsPartitions) {
  Beat first;
  first.instance = "i";
  join("a", first);
  EXPECT_EQ(world.beat({.member = "b", .instance = "i"}).error, ErrorCode::unreleased_instance_id);
  EXPECT_EQ(leave("a", -2, "i").member_epoch, -2);
  EXPECT_EQ(state(), "Reconciling");
  const ConsumerHeartbeatAnswer back = join("b", first);
  EXPECT_EQ(back.member_epoch, 2) << "no rebalance";
  EXPECT_EQ(back.assignment, partitions_of("t", {0, 1, 2, 3}));
  EXPECT_THAT(world.consumers().members(), SizeIs(1));
  Beat old = Beat::again("a", 2);
  old.instance = "i";
  EXPECT_EQ(world.beat(old).error, ErrorCode::fenced_instance_id);
  EXPECT_EQ(leave("a", -2, "x").error, ErrorCode::unknown_member_id);
  EXPECT_EQ(leave("b", -2).error, ErrorCode::invalid_request);
  expect_replays();
}

TEST_F(ConsumerGroupTest, AStaticMemberThatDoesNotComeBackIsRemoved) {
  Beat first;
  first.instance = "i";
  join("a", first);
  leave("a", -2, "i");
  world.advance(45s);
  EXPECT_EQ(state(), "Empty");
}

TEST_F(ConsumerGroupTest, IsFullWithAsManyAsItMayHave) {
  world.options.consumer.size_max = 1;
  Beat first;
  first.instance = "i";
  join("a", first);
  EXPECT_EQ(world.beat({.member = "b"}).error, ErrorCode::group_max_size_reached);
  leave("a", -2, "i");
  EXPECT_EQ(join("b", first).error, ErrorCode::none) << "it takes the place of the one that it was";
}

TEST_F(ConsumerGroupTest, WhatARequestMustHaveIsAskedFor) {
  const auto message = [this](Beat beat) {
    const ConsumerHeartbeatAnswer answer = world.beat(beat);
    EXPECT_EQ(answer.error, ErrorCode::invalid_request);
    return answer.error_message;
  };
  EXPECT_EQ(message({.group = " ", .member = "a"}), "GroupId can't be empty.");
  EXPECT_EQ(message({.member = ""}), "MemberId can't be empty.");
  EXPECT_EQ(message({.member = "a", .instance = ""}), "InstanceId can't be empty.");
  EXPECT_EQ(message({.member = "a", .rebalance = -1ms}), "RebalanceTimeoutMs must be provided in first request.");
  EXPECT_EQ(message({.member = "a", .topics = std::nullopt}),
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
  EXPECT_EQ(message({.member = "a", .owned = partitions_of("t", {0})}),
            "TopicPartitions must be empty when (re-)joining.");
  EXPECT_EQ(message({.member = "a", .owned = std::nullopt}), "TopicPartitions must be empty when (re-)joining.");
  EXPECT_EQ(message({.member = "a", .epoch = -3}), "MemberEpoch is invalid.");
  const ConsumerHeartbeatAnswer answer = world.beat({.member = "a", .assignor = "mine"});
  EXPECT_EQ(answer.error, ErrorCode::unsupported_assignor);
  EXPECT_EQ(answer.error_message, "ServerAssignor mine is not supported. Supported assignors: uniform, range.");
}

TEST_F(ConsumerGroupTest, TheAssignorIsTheOneThatMostWant) {
  Beat range;
  range.topics = {{"t", "u"}};
  range.assignor = "range";
  join("a", range);
  world.advance(2s);
  join("b", range);
  EXPECT_EQ(world.describe_consumers().assignor, "range");
  AssignedPartitions first = partitions_of("t", {0, 1});
  first.merge(partitions_of("u", {0}));
  EXPECT_EQ(world.consumers().target("a"), first);
}

TEST_F(ConsumerGroupTest, SettingsOfTheGroupHold) {
  auto settings = std::make_shared<GroupSettings>(*default_group_settings());
  GroupConfig own = settings->defaults;
  own.consumer = {.session_timeout = 60s, .heartbeat_interval = 7s, .assignment_interval = 0ms};
  settings->groups.emplace("g", own);
  world.set_settings(settings);
  EXPECT_EQ(join("a").heartbeat_interval, 7s);
  EXPECT_EQ(join("b").member_epoch, 3) << "there is no interval to wait for";
  world.advance(59s);
  EXPECT_EQ(state(), "Reconciling");
  world.advance(1s);
  EXPECT_EQ(state(), "Empty");
}

TEST_F(ConsumerGroupTest, IsListedDescribedAndDeleted) {
  join("a");
  const std::vector<ListedGroup> listed = world.groups().list();
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].type, GroupType::consumer);
  EXPECT_EQ(listed[0].protocol_type, "consumer");
  EXPECT_EQ(listed[0].state, "Stable");
  EXPECT_EQ(world.groups().describe("g").error_message, "Group g is not a classic group.");

  const DescribedConsumerGroup described = world.describe_consumers();
  EXPECT_EQ(described.epoch, 2);
  EXPECT_EQ(described.assignment_epoch, 2);
  EXPECT_EQ(described.assignor, "uniform");
  ASSERT_THAT(described.members, SizeIs(1));
  EXPECT_EQ(described.members[0].client_host, "/127.0.0.1");
  EXPECT_THAT(described.members[0].topics, ElementsAre("t"));
  ASSERT_THAT(described.members[0].assigned, SizeIs(1));
  EXPECT_EQ(described.members[0].assigned[0].topic, "t");
  EXPECT_THAT(described.members[0].target[0].partitions, SizeIs(4));
  EXPECT_EQ(world.describe_consumers("other").error_message, "Group other not found.");

  EXPECT_EQ(world.delete_group(), ErrorCode::non_empty_group);
  leave("a");
  EXPECT_EQ(world.delete_group(), ErrorCode::none);
  EXPECT_FALSE(world.has_consumers());
  expect_replays();
}

TEST_F(ConsumerGroupTest, TakesTheNameOfAnEmptyClassicGroupAndKeepsItsOffsets) {
  world.commit({.topic = "t", .partition = 1, .offset = 7});
  EXPECT_TRUE(world.has_group());
  join("a");
  EXPECT_FALSE(world.has_group());
  EXPECT_EQ(world.fetch("t", 1), 7);
  expect_replays();
}

TEST_F(ConsumerGroupTest, GivesItsNameToClassicMembersWhenItIsEmpty) {
  join("a");
  leave("a");
  const JoinAnswer* answer = world.joined(world.join({}));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->error, ErrorCode::member_id_required);
  EXPECT_FALSE(world.has_consumers());
  const Groups replayed = world.replayed();
  EXPECT_TRUE(replayed.consumer_groups().empty());
  EXPECT_THAT(replayed.classic_groups(), SizeIs(1));
}

// KIP-1251: a member whose epoch has moved on may still commit what it held in the epoch that it knows.
TEST_F(ConsumerGroupTest, CommitsAreOfMembersAndOfTheirEpochs) {
  join("a");
  const auto commit = [this](const std::string& member, std::int32_t epoch, std::int32_t partition = 0) {
    const OffsetsAnswer answer =
        world.commit({.member = member, .generation = epoch, .partition = partition, .offset = 1});
    return answer.error != ErrorCode::none ? answer.error : answer.partitions.at(0);
  };
  EXPECT_EQ(commit("a", 2), ErrorCode::none);
  EXPECT_EQ(commit("a", 3), ErrorCode::stale_member_epoch);
  EXPECT_EQ(commit("x", 2), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit("", -1), ErrorCode::unknown_member_id) << "an administrator may only while nobody reads";
  EXPECT_EQ(world.commit({.member = "a", .generation = 2, .version = 8}).error, ErrorCode::unsupported_version);
  world.advance(2s);
  join("b");
  beat("a", 2);
  beat("a", 2, partitions_of("t", {0, 1}));
  EXPECT_EQ(world.consumers().find("a")->epoch, 3);
  EXPECT_EQ(commit("a", 2), ErrorCode::stale_member_epoch) << "of a topic without an id nothing is known";
  leave("a");
  leave("b");
  EXPECT_EQ(commit("", -1), ErrorCode::none);
}

TEST_F(ConsumerGroupTest, FetchesOfMembersNeedTheirEpoch) {
  join("a");
  auto request = fetch_of("g", "t", 0);
  EXPECT_EQ(world.groups().fetch(request, false).error, ErrorCode::none) << "who does not say who it is may";
  request.member_id = "a";
  request.member_epoch = 2;
  EXPECT_EQ(world.groups().fetch(request, false).error, ErrorCode::none);
  request.member_epoch = 1;
  EXPECT_EQ(world.groups().fetch(request, false).error, ErrorCode::stale_member_epoch);
  request.member_id = "x";
  EXPECT_EQ(world.groups().fetch(request, false).error, ErrorCode::unknown_member_id);
}

TEST_F(ConsumerGroupTest, OffsetsOfTopicsThatAreReadAreNotDeleted) {
  join("a");
  world.commit({.member = "a", .generation = 2, .topic = "t", .offset = 1});
  world.commit({.member = "a", .generation = 2, .topic = "u", .offset = 1});
  EXPECT_THAT(world.delete_offset("t", 0).partitions, ElementsAre(ErrorCode::group_subscribed_to_topic));
  EXPECT_THAT(world.delete_offset("u", 0).partitions, ElementsAre(ErrorCode::none));
  EXPECT_EQ(world.fetch("u", 0), -1);
}

}  // namespace
}  // namespace sluice::test
