// Groups that pass between the classic and the consumer protocol while they have members.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/consumer_embedding.h"
#include "coordinator/group_world.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class ConsumerMigrationTest : public testing::Test {
 protected:
  ConsumerMigrationTest() { world.set_topics({{"t", 4}}); }

  TopicsImage topics() const { return image_of({{"t", 4}})->topics; }
  Join classic(std::optional<std::string> instance = {}) const {
    Join join;
    join.instance = std::move(instance);
    join.session = 45s;
    join.protocols = {{"range", subscription({"t"})}, {"roundrobin", subscription({"t"})}};
    return join;
  }
  std::string assigned(const std::vector<std::int32_t>& partitions) const {
    return *write_assignment(partitions_of("t", partitions), topics(), 0);
  }
  /// A stable classic group of two, each with two partitions; returns their ids.
  std::vector<std::string> classic_group() {
    std::vector<WaitId> waits{world.join_twice(classic()), world.join_twice(classic())};
    world.advance(3s);
    world.advance(3s);
    std::vector<std::string> ids;
    for (const WaitId wait : waits) ids.push_back(world.joined(wait)->member_id);
    const std::int32_t generation = world.joined(waits[0])->generation;
    for (const std::string& id : ids)
      world.sync({.member = id,
                  .generation = generation,
                  .assignments = {{ids[0], assigned({0, 1})}, {ids[1], assigned({2, 3})}}});
    EXPECT_EQ(world.group().state(), ClassicState::stable);
    return ids;
  }
  /// A classic member's rebalance in a consumer group: what it is assigned then.
  AssignedPartitions rejoin(const std::string& member) {
    Join join = classic();
    join.member = member;
    const JoinAnswer* joined = world.joined(world.join(join));
    if (joined == nullptr || joined->error != ErrorCode::none) {
      ADD_FAILURE() << "the join was not answered with success";
      return {};
    }
    EXPECT_THAT(joined->members, SizeIs(0)) << "nobody leads";
    epochs[member] = joined->generation;
    const WaitId sync = world.sync({.member = member, .generation = joined->generation});
    EXPECT_EQ(world.synced(sync)->error, ErrorCode::none);
    return *read_assignment(world.synced(sync)->assignment, topics());
  }
  void expect_replays() {
    const Groups replayed = world.replayed();
    EXPECT_TRUE(replayed.consumer_groups() == world.groups().consumer_groups());
    EXPECT_EQ(replayed.classic_groups().size(), world.groups().classic_groups().size());
  }

  GroupWorld world;
  std::map<std::string, std::int32_t> epochs;
};

TEST_F(ConsumerMigrationTest, TheFirstOfTheNewProtocolMakesItAConsumerGroupInWhichTheOthersGoOn) {
  const std::vector<std::string> old = classic_group();
  const std::int32_t generation = world.group().generation();
  const ConsumerHeartbeatAnswer joined = world.beat({.member = "new"});
  EXPECT_EQ(joined.error, ErrorCode::none);
  EXPECT_EQ(joined.member_epoch, generation + 1);
  EXPECT_EQ(joined.assignment, AssignedPartitions{}) << "the others still have everything";
  EXPECT_FALSE(world.has_group());
  ASSERT_TRUE(world.has_consumers());
  EXPECT_EQ(world.consumers().classic_member_count(), 2);
  expect_replays();

  for (const std::string& member : old)
    EXPECT_EQ(world.heartbeat(member, generation), ErrorCode::rebalance_in_progress);
  for (const std::string& member : old) rejoin(member);
  for (const std::string& member : old)
    if (world.heartbeat(member, epochs[member]) != ErrorCode::none) rejoin(member);
  EXPECT_THAT(*world.beat(Beat::again("new", joined.member_epoch)).assignment, SizeIs(1));
  EXPECT_EQ(world.consumers().state(), ConsumerGroupState::stable);
  for (const std::string& member : old) EXPECT_EQ(world.heartbeat(member, epochs[member]), ErrorCode::none);
  EXPECT_TRUE(world.describe_consumers().members[0].is_classic);
  expect_replays();
}

TEST_F(ConsumerMigrationTest, WhoWaitsInTheClassicGroupIsSentToJoinAnew) {
  classic_group();
  const WaitId waiting = world.join_twice(classic());
  EXPECT_EQ(world.joined(waiting), nullptr);
  world.beat({.member = "new"});
  ASSERT_NE(world.joined(waiting), nullptr);
  EXPECT_EQ(world.joined(waiting)->error, ErrorCode::rebalance_in_progress);
}

TEST_F(ConsumerMigrationTest, TheLastOfTheNewProtocolThatGoesMakesItAClassicGroup) {
  const std::vector<std::string> old = classic_group();
  const ConsumerHeartbeatAnswer joined = world.beat({.member = "new"});
  world.beat(Beat::again("new", -1));
  EXPECT_FALSE(world.has_consumers());
  ASSERT_TRUE(world.has_group());
  EXPECT_EQ(world.group().generation(), joined.member_epoch);
  EXPECT_EQ(world.group().state(), ClassicState::preparing_rebalance);
  EXPECT_EQ(world.group().protocol_type(), "consumer");
  EXPECT_THAT(world.group().members().all(), SizeIs(2));
  expect_replays();
  EXPECT_EQ(world.heartbeat(old[0], joined.member_epoch), ErrorCode::rebalance_in_progress);
}

TEST_F(ConsumerMigrationTest, StaysAConsumerGroupWhereDowngradesAreNotAllowed) {
  world.options.consumer.migration = MigrationPolicy::upgrade;
  classic_group();
  world.beat({.member = "new"});
  world.beat(Beat::again("new", -1));
  ASSERT_TRUE(world.has_consumers());
  EXPECT_EQ(world.consumers().classic_member_count(), 2);
}

TEST_F(ConsumerMigrationTest, StaysAClassicGroupWhereUpgradesAreNotAllowed) {
  world.options.consumer.migration = MigrationPolicy::downgrade;
  classic_group();
  const ConsumerHeartbeatAnswer refused = world.beat({.member = "new"});
  EXPECT_EQ(refused.error, ErrorCode::group_id_not_found);
  EXPECT_THAT(refused.error_message, HasSubstr("online upgrade is disabled"));
  EXPECT_EQ(world.group().state(), ClassicState::stable);
}

TEST_F(ConsumerMigrationTest, AGroupThatConnectsOrStreamsIsNotMoved) {
  Join join;
  join.protocol_type = "connect";
  world.gather(1, join);
  EXPECT_THAT(world.beat({.member = "new"}).error_message, HasSubstr("consumer embedded protocol"));
  Join garbled;
  garbled.group = "h";
  world.gather(1, garbled);
  EXPECT_THAT(world.beat({.group = "h", .member = "new"}).error_message, HasSubstr("malformed"));
  EXPECT_TRUE(world.has_group("h"));
}

TEST_F(ConsumerMigrationTest, AClassicMemberMayComeAndGo) {
  world.beat({.member = "new"});
  world.advance(2s);
  const WaitId told = world.join(classic());
  ASSERT_EQ(world.joined(told)->error, ErrorCode::member_id_required);
  const std::string member = world.joined(told)->member_id;
  EXPECT_EQ(rejoin(member), AssignedPartitions{});
  world.beat(Beat::again("new", 2));
  world.beat(Beat::again("new", 2, partitions_of("t", {0, 1})));
  EXPECT_EQ(world.heartbeat(member, epochs[member]), ErrorCode::rebalance_in_progress)
      << "there is more to be had";
  EXPECT_THAT(rejoin(member).begin()->second, SizeIs(2));
  world.advance(2s);
  EXPECT_THAT(world.leave({{member, std::nullopt}, {"x", std::nullopt}}).members,
              ElementsAre(ErrorCode::none, ErrorCode::unknown_member_id));
  EXPECT_EQ(world.beat(Beat::again("new", 3)).assignment, partitions_of("t", {0, 1, 2, 3}));
  expect_replays();
}

TEST_F(ConsumerMigrationTest, AClassicMemberThatDoesNotSyncOrIsNotHeardOfIsRemoved) {
  world.beat({.member = "new"});
  world.advance(2s);
  Join join = classic();
  join.member = "silent";
  join.rebalance = 10s;
  EXPECT_EQ(world.joined(world.join(join))->error, ErrorCode::none);
  world.advance(2s);
  join.member = "lost";
  EXPECT_EQ(world.joined(world.join(join))->error, ErrorCode::none);
  const WaitId sync = world.sync({.member = "lost", .generation = world.consumers().find("lost")->epoch});
  EXPECT_EQ(world.synced(sync)->error, ErrorCode::none);
  EXPECT_THAT(world.consumers().members(), SizeIs(3));
  world.advance(8s);
  EXPECT_EQ(world.consumers().find("silent"), nullptr);
  EXPECT_NE(world.consumers().find("lost"), nullptr);
  world.beat(Beat::again("new", 2));
  world.advance(40s);
  EXPECT_EQ(world.consumers().find("lost"), nullptr);
}

TEST_F(ConsumerMigrationTest, ClassicMembersAreHeldToTheirEpochAndProtocol) {
  world.beat({.member = "new"});
  world.advance(2s);
  Join join = classic();
  join.member = "old";
  const JoinAnswer* joined = world.joined(world.join(join));
  ASSERT_EQ(joined->error, ErrorCode::none);
  const std::int32_t epoch = joined->generation;
  const auto sync = [&](Sync sync) { return world.synced(world.sync(sync))->error; };
  EXPECT_EQ(sync({.member = "old", .generation = epoch + 1}), ErrorCode::illegal_generation);
  EXPECT_EQ(sync({.member = "x", .generation = epoch}), ErrorCode::unknown_member_id);
  EXPECT_EQ(sync({.member = "new", .generation = 2}), ErrorCode::unknown_member_id);
  EXPECT_EQ(world.heartbeat("new", 2), ErrorCode::unknown_member_id);
  EXPECT_EQ(world.heartbeat("old", epoch + 1), ErrorCode::illegal_generation);
  EXPECT_EQ(world.commit({.member = "old", .generation = epoch + 1}).error, ErrorCode::illegal_generation);
  Join other = classic();
  other.protocols = {{"sticky", subscription({"t"})}};
  EXPECT_EQ(world.joined(world.join(other))->error, ErrorCode::inconsistent_group_protocol);
}

TEST_F(ConsumerMigrationTest, AStaticMemberChangesItsProtocolInPlace) {
  Beat first;
  first.member = "a";
  first.instance = "i";
  world.beat(first);
  world.advance(2s);
  world.beat({.member = "b"});
  world.advance(2s);
  // The instance comes back with the classic protocol; "b" keeps the group what it is.
  const JoinAnswer* joined = world.joined(world.join(classic("i")));
  ASSERT_NE(joined, nullptr);
  ASSERT_EQ(joined->error, ErrorCode::none);
  EXPECT_EQ(world.consumers().find("a"), nullptr);
  EXPECT_EQ(world.consumers().classic_member_count(), 1);
  expect_replays();
  // And with the consumer protocol again.
  first.member = "c";
  EXPECT_EQ(world.beat(first).error, ErrorCode::none);
  EXPECT_EQ(world.consumers().classic_member_count(), 0);
  expect_replays();
}

TEST_F(ConsumerMigrationTest, TheLastStaticMemberTakesTheGroupWithIt) {
  Beat first;
  first.member = "a";
  first.instance = "i";
  world.beat(first);
  world.advance(2s);
  const JoinAnswer* joined = world.joined(world.join(classic("i")));
  ASSERT_NE(joined, nullptr);
  ASSERT_EQ(joined->error, ErrorCode::none);
  EXPECT_FALSE(world.has_consumers());
  ASSERT_TRUE(world.has_group());
  EXPECT_EQ(world.group().state(), ClassicState::stable);
  EXPECT_EQ(world.group().generation(), joined->generation);
  const WaitId sync = world.sync({.member = joined->member_id, .generation = joined->generation, .instance = "i"});
  EXPECT_EQ(*read_assignment(world.synced(sync)->assignment, topics()), partitions_of("t", {0, 1, 2, 3}));
}

}  // namespace
}  // namespace sluice::test
