// Logs that others have written: records of newer protocols, of transactions, of unknown types.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"
#include "wire/coordinator/consumer_group_member_metadata.h"
#include "wire/coordinator/consumer_group_metadata.h"
#include "wire/coordinator/share_group_metadata.h"

namespace sluice::test {
namespace {

using testing::SizeIs;

class ReplayTest : public testing::Test {
 protected:
  /// Replays a record; false if it was passed over.
  bool replay(const Result<CoordinatorRecord>& record, std::optional<ProducerId> transaction = std::nullopt) {
    const std::optional<Bytes> value = record->value ? std::optional<Bytes>(record->value->bytes()) : std::nullopt;
    return groups.replay({{offset++}, transaction, record->key.bytes(), value});
  }
  bool replay_bytes(Bytes key, std::optional<Bytes> value) {
    return groups.replay({{offset++}, std::nullopt, key, value});
  }
  bool replay_offset(std::int64_t committed, std::optional<ProducerId> transaction = std::nullopt) {
    CommittedOffset value;
    value.offset = {committed};
    return replay(offset_record("g", "t", {0}, value), transaction);
  }
  std::int64_t committed() const {
    const CommittedOffset* found = groups.offsets().find("g", "t", {0});
    return found == nullptr ? -1 : found->offset.value;
  }
  void resume() {
    GroupEffects effects;
    GroupStep step{SteadyTime{}, WallTime{}, options, effects};
    groups.resume(step);
  }

  GroupOptions options;
  Groups groups;
  std::int64_t offset = 0;
};

TEST_F(ReplayTest, LetsTheLastRecordWin) {
  replay_offset(1);
  replay_offset(2);
  EXPECT_EQ(committed(), 2);
  replay(offset_tombstone("g", "t", {0}));
  EXPECT_EQ(committed(), -1);
}

TEST_F(ReplayTest, CommitsPendingOffsetsWithTheirTransaction) {
  replay_offset(1);
  replay_offset(2, ProducerId{9});
  EXPECT_EQ(committed(), 1);
  EXPECT_TRUE(groups.offsets().is_pending("g", "t", {0}));
  EXPECT_EQ(groups.fetch(fetch_of("g", "t", 0), true).topics[0].partitions[0].error,
            ErrorCode::unstable_offset_commit);
  EXPECT_EQ(groups.fetch(fetch_of("g", "t", 0), false).topics[0].partitions[0].offset, Offset{1});
  groups.end_transaction(ProducerId{9}, true);
  EXPECT_EQ(committed(), 2);
  EXPECT_FALSE(groups.offsets().is_pending("g", "t", {0}));
}

TEST_F(ReplayTest, ForgetsPendingOffsetsOfAnAbortedTransaction) {
  replay_offset(2, ProducerId{9});
  groups.end_transaction(ProducerId{9}, false);
  EXPECT_EQ(committed(), -1);
}

// The commit that came later in the log is the later one, though its transaction may end first.
TEST_F(ReplayTest, KeepsTheOffsetThatWasWrittenLast) {
  replay_offset(5, ProducerId{9});
  replay_offset(6);
  groups.end_transaction(ProducerId{9}, true);
  EXPECT_EQ(committed(), 6);
}

TEST_F(ReplayTest, TellsGroupsOfNewerProtocolsByTheirType) {
  wire::ConsumerGroupMetadataKey consumer{.group_id = "kip848"};
  replay(coordinator_record(consumer, wire::ConsumerGroupMetadataValue{}, 0));
  wire::ConsumerGroupMemberMetadataKey member{.group_id = "kip848", .member_id = "m"};
  replay(coordinator_record(member, wire::ConsumerGroupMemberMetadataValue{}, 0));
  wire::ShareGroupMetadataKey share{.group_id = "share"};
  replay(coordinator_record(share, wire::ShareGroupMetadataValue{}, 0));
  resume();
  const std::vector<ListedGroup> listed = groups.list();
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].id, "kip848");
  EXPECT_EQ(listed[0].type, GroupType::consumer);
  EXPECT_EQ(listed[0].protocol_type, "consumer");
  EXPECT_EQ(listed[0].state, "Reconciling");
  EXPECT_EQ(listed[1].type, GroupType::share);
  EXPECT_EQ(listed[1].state, "Empty");
  EXPECT_EQ(groups.describe("kip848").error, ErrorCode::group_id_not_found);

  replay(coordinator_tombstone(member));
  replay(coordinator_tombstone(consumer));
  EXPECT_THAT(groups.list(), SizeIs(1));
}

TEST_F(ReplayTest, PassesOverWhatItDoesNotKnow) {
  Buffer key(2);
  store(key.bytes(), 0, std::int16_t{1000});
  EXPECT_TRUE(replay_bytes(key.bytes(), as_bytes("whatever")));
  EXPECT_FALSE(replay_bytes(as_bytes("x"), std::nullopt));
  const Result<CoordinatorRecord> good = offset_record("g", "t", {0}, {});
  EXPECT_FALSE(replay_bytes(good->key.bytes(), as_bytes("bad")));
  Buffer future(2);
  store(future.bytes(), 0, std::int16_t{99});
  EXPECT_FALSE(replay_bytes(good->key.bytes(), future.bytes()));
  EXPECT_EQ(committed(), -1);
  replay_offset(3);
  EXPECT_EQ(committed(), 3);
}

TEST_F(ReplayTest, ReadsEveryVersionOfAGroup) {
  for (std::int16_t version = 0; version <= 3; ++version) {
    SCOPED_TRACE(version);
    wire::GroupMetadataValue value;
    value.protocol_type = "consumer";
    value.generation = 5;
    value.protocol = "range";
    value.leader = "m";
    value.members.push_back({.member_id = "m",
                             .group_instance_id = std::nullopt,
                             .client_id = "c",
                             .client_host = "/h",
                             .rebalance_timeout = version >= 1 ? 7 : -1,
                             .session_timeout = 9,
                             .subscription = as_bytes("s"),
                             .assignment = as_bytes("a"),
                             .unknown_tags = {}});
    replay(coordinator_record(wire::GroupMetadataKey{.group = "g"}, value, version));
    const ClassicGroup& group = groups.classic_groups().at("g");
    EXPECT_EQ(group.state(), ClassicState::stable);
    EXPECT_EQ(group.generation(), 5);
    const ClassicMember& member = *group.members().find("m");
    EXPECT_EQ(member.rebalance_timeout.count(), version >= 1 ? 7 : 9);
    EXPECT_EQ(member.assignment, "a");
    EXPECT_EQ(member.metadata("range"), "s");
    EXPECT_TRUE(group.members().is_leader("m"));
  }
}

TEST_F(ReplayTest, GoesOnWithTheClassicProtocolWhenANewerGroupIsEmpty) {
  GroupWorld world;
  const wire::ConsumerGroupMetadataKey key{.group_id = "g"};
  replay(coordinator_record(key, wire::ConsumerGroupMetadataValue{}, 0));
  replay_offset(3);
  resume();
  GroupEffects effects;
  GroupStep step{SteadyTime{}, WallTime{}, options, effects};
  const Join join;
  groups.join(step, request_of(join), {.client_id = "c", .host = "/h", .version = 9}, WaitId{1}, "m");
  EXPECT_EQ(effects.joins.at(0).answer.error, ErrorCode::member_id_required);
  // The consumer group's three are buried, then comes the classic one.
  ASSERT_THAT(effects.records, SizeIs(4));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(effects.records[i].value.has_value());
  EXPECT_EQ(committed(), 3);
  EXPECT_TRUE(groups.consumer_groups().empty());
}

TEST_F(ReplayTest, RefusesClassicMembersInAConsumerGroupWhereMigrationIsDisabled) {
  options.consumer.migration = MigrationPolicy::disabled;
  const wire::ConsumerGroupMemberMetadataKey key{.group_id = "g", .member_id = "m"};
  replay(coordinator_record(key, wire::ConsumerGroupMemberMetadataValue{}, 0));
  resume();
  GroupEffects effects;
  GroupStep step{SteadyTime{}, WallTime{}, options, effects};
  const Join join;
  groups.join(step, request_of(join), {.client_id = "c", .host = "/h", .version = 9}, WaitId{1}, "m");
  EXPECT_EQ(effects.joins.at(0).answer.error, ErrorCode::inconsistent_group_protocol);
}

}  // namespace
}  // namespace sluice::test
