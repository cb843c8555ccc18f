// Committing, reading, deleting and expiring offsets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(OffsetCommit, StoresWhatConsumersWithoutAGroupCommit) {
  GroupWorld world;
  EXPECT_THAT(world.commit({.offset = 5}).partitions, ElementsAre(ErrorCode::none));
  EXPECT_EQ(world.fetch("t", 0), 5);
  EXPECT_EQ(world.fetch("t", 1), -1);
  EXPECT_EQ(world.fetch("t", 0, "other"), -1);
  EXPECT_EQ(world.group().state(), ClassicState::empty);
  EXPECT_EQ(world.group().protocol_type(), std::nullopt);
  world.restart();
  EXPECT_EQ(world.fetch("t", 0), 5);
  EXPECT_TRUE(world.has_group());
}

TEST(OffsetCommit, AsksMembersForTheirGeneration) {
  GroupWorld world;
  const std::string id = world.gather(1).front();
  EXPECT_EQ(world.commit({.member = id, .generation = 1, .offset = 5}).error, ErrorCode::none);
  EXPECT_EQ(world.commit({.member = id, .generation = 0}).error, ErrorCode::illegal_generation);
  EXPECT_EQ(world.commit({.member = "other", .generation = 1}).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(world.commit({}).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(world.fetch("t", 0), 5);
}

TEST(OffsetCommit, MustWaitForTheAssignment) {
  GroupWorld world;
  const WaitId wait = world.join_twice({});
  world.advance(10s);
  const std::string id = world.joined(wait)->member_id;
  EXPECT_EQ(world.commit({.member = id, .generation = 1}).error, ErrorCode::rebalance_in_progress);
}

// While members gather for the next generation, those of the last one hand in what they have read.
TEST(OffsetCommit, IsTakenWhileARebalanceIsPrepared) {
  GroupWorld world;
  const std::string id = world.gather(1).front();
  world.join_twice({});
  EXPECT_EQ(world.commit({.member = id, .generation = 1, .offset = 9}).error, ErrorCode::none);
  EXPECT_EQ(world.fetch("t", 0), 9);
}

TEST(OffsetCommit, CountsAsBeingHeard) {
  GroupWorld world;
  const std::string id = world.gather(1).front();
  for (int i = 0; i < 5; ++i) {
    world.advance(8s);
    EXPECT_EQ(world.commit({.member = id, .generation = 1}).error, ErrorCode::none);
  }
}

TEST(OffsetCommit, DoesNotKnowMembersOfAGroupThatDoesNotExist) {
  GroupWorld world;
  EXPECT_EQ(world.commit({.member = "m", .generation = 1, .version = 8}).error, ErrorCode::illegal_generation);
  EXPECT_EQ(world.commit({.member = "m", .generation = 1, .version = 9}).error, ErrorCode::group_id_not_found);
  EXPECT_FALSE(world.has_group());
}

TEST(OffsetCommit, LimitsMetadata) {
  GroupWorld world;
  world.options.offset_metadata_bytes_max = 4;
  EXPECT_THAT(world.commit({.metadata = "12345"}).partitions, ElementsAre(ErrorCode::offset_metadata_too_large));
  EXPECT_FALSE(world.has_group());
  EXPECT_THAT(world.commit({.metadata = "1234"}).partitions, ElementsAre(ErrorCode::none));
}

TEST(OffsetFetch, ShowsAllThatAGroupHas) {
  GroupWorld world;
  world.commit({.topic = "b", .partition = 1, .offset = 3, .metadata = "m"});
  world.commit({.topic = "a", .partition = 0, .offset = 1});
  wire::OffsetFetchRequest::OffsetFetchRequestGroup request;
  request.group_id = "g";
  request.topics.reset();
  const FetchAnswer all = world.groups().fetch(request, false);
  ASSERT_THAT(all.topics, SizeIs(2));
  EXPECT_EQ(all.topics[0].name, "a");
  EXPECT_EQ(all.topics[1].partitions[0].partition, PartitionIndex{1});
  EXPECT_EQ(all.topics[1].partitions[0].offset, Offset{3});
  EXPECT_EQ(all.topics[1].partitions[0].metadata, "m");
}

TEST(OffsetDelete, SparesTopicsThatMembersRead) {
  GroupWorld world;
  const std::string id = world.gather(1, {.protocols = {{"range", subscription({"t"})}}}).front();
  world.commit({.member = id, .generation = 1, .topic = "t", .offset = 1});
  world.commit({.member = id, .generation = 1, .topic = "old", .offset = 1});
  EXPECT_THAT(world.delete_offset("t", 0).partitions, ElementsAre(ErrorCode::group_subscribed_to_topic));
  EXPECT_THAT(world.delete_offset("old", 0).partitions, ElementsAre(ErrorCode::none));
  EXPECT_THAT(world.delete_offset("never", 0).partitions, ElementsAre(ErrorCode::none));
  EXPECT_EQ(world.fetch("t", 0), 1);
  EXPECT_EQ(world.fetch("old", 0), -1);
  EXPECT_EQ(world.delete_offset("t", 0, "none").error, ErrorCode::group_id_not_found);
  world.restart();
  EXPECT_EQ(world.fetch("old", 0), -1);
}

TEST(OffsetDelete, RefusesGroupsWhoseMembersItCannotRead) {
  GroupWorld world;
  world.gather(1, {.protocol_type = "connect"});
  EXPECT_EQ(world.delete_offset("t", 0).error, ErrorCode::non_empty_group);
}

TEST(DeleteGroups, TakesTheOffsetsAlong) {
  GroupWorld world;
  world.commit({.offset = 5});
  EXPECT_EQ(world.delete_group(), ErrorCode::none);
  EXPECT_EQ(world.delete_group(), ErrorCode::group_id_not_found);
  EXPECT_EQ(world.fetch("t", 0), -1);
  world.restart();
  EXPECT_FALSE(world.has_group());
  EXPECT_EQ(world.fetch("t", 0), -1);
}

TEST(DeleteGroups, RefusesAGroupWithMembers) {
  GroupWorld world;
  const std::string id = world.gather(1).front();
  EXPECT_EQ(world.delete_group(), ErrorCode::non_empty_group);
  world.leave({{id, std::nullopt}});
  EXPECT_EQ(world.delete_group(), ErrorCode::none);
}

TEST(DescribeGroups, ShowsMembersAndTheirAssignments) {
  GroupWorld world;
  const std::vector<std::string> ids = world.gather(2);
  DescribedGroup group = world.groups().describe("g");
  EXPECT_EQ(group.state, "Stable");
  EXPECT_EQ(group.protocol_type, "consumer");
  EXPECT_EQ(group.protocol, "range");
  ASSERT_THAT(group.members, SizeIs(2));
  EXPECT_EQ(group.members[0].metadata, "topics");
  EXPECT_EQ(group.members[0].client_host, "/127.0.0.1");
  world.join({.member = ids[0]});
  group = world.groups().describe("g");
  EXPECT_EQ(group.state, "PreparingRebalance");
  EXPECT_EQ(group.protocol, "");
  EXPECT_EQ(group.members[0].metadata, "");
  EXPECT_EQ(world.groups().describe("none").error, ErrorCode::group_id_not_found);
  EXPECT_EQ(world.groups().describe("none").state, "Dead");
}

// --- Expiry ---

class Expiry : public testing::Test {
 protected:
  Expiry() { world.options.offsets_retention = std::chrono::minutes(10); }
  GroupWorld world;
};

TEST_F(Expiry, CountsFromTheCommitForConsumersWithoutAGroup) {
  world.commit({.partition = 0});
  world.advance(5min);
  world.commit({.partition = 1});
  world.advance(5min);
  world.expire_offsets();
  EXPECT_EQ(world.fetch("t", 0), -1);
  EXPECT_EQ(world.fetch("t", 1), 0);
  EXPECT_TRUE(world.has_group());
  world.advance(5min);
  world.expire_offsets();
  EXPECT_FALSE(world.has_group());
  world.restart();
  EXPECT_FALSE(world.has_group());
}

TEST_F(Expiry, CountsFromTheLastMemberLeaving) {
  const std::string id =
      world.gather(1, {.session = 1800s, .protocols = {{"range", subscription({"t"})}}}).front();
  world.commit({.member = id, .generation = 1});
  world.advance(20min);
  world.expire_offsets();
  EXPECT_EQ(world.fetch("t", 0), 0);
  world.leave({{id, std::nullopt}});
  world.restart();
  world.advance(10min - 1ms);
  world.expire_offsets();
  EXPECT_EQ(world.fetch("t", 0), 0);
  world.advance(1ms);
  world.expire_offsets();
  EXPECT_FALSE(world.has_group());
}

TEST_F(Expiry, TakesTopicsThatNobodyReadsAnyMoreFromAGroupWithMembers) {
  const std::string id =
      world.gather(1, {.session = 1800s, .protocols = {{"range", subscription({"t"})}}}).front();
  world.commit({.member = id, .generation = 1, .topic = "t"});
  world.commit({.member = id, .generation = 1, .topic = "old"});
  world.advance(10min);
  world.expire_offsets();
  EXPECT_EQ(world.fetch("t", 0), 0);
  EXPECT_EQ(world.fetch("old", 0), -1);
}

TEST_F(Expiry, KeepsToTheRetentionThatAnOldClientAskedFor) {
  world.commit({.retention = 60s, .version = 4});
  world.advance(60s - 1ms);
  world.restart();
  world.expire_offsets();
  EXPECT_EQ(world.fetch("t", 0), 0);
  world.advance(1ms);
  world.expire_offsets();
  EXPECT_EQ(world.fetch("t", 0), -1);
}

TEST_F(Expiry, LeavesAGroupAloneThatSomebodyIsAboutToJoin) {
  world.join({.session = 1800s});
  world.advance(20min);
  world.expire_offsets();
  EXPECT_TRUE(world.has_group());
}

}  // namespace
}  // namespace sluice::test
