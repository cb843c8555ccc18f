// Share groups as the broker uses them: on a loop, over a log, with a share coordinator beside them (KIP-932).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_assignor.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/group_world.h"
#include "coordinator/memory_log.h"
#include "coordinator/share_store.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class ShareGroupsTest : public testing::Test {
 protected:
  ShareGroupsTest() : store(loop), shares(loop) {
    set_topics({{"orders", 4}});
    restart();
  }
  ~ShareGroupsTest() override { loop.run(coordinator->close()); }

  void restart() {
    if (coordinator) loop.run(coordinator->close());
    coordinator = std::make_unique<GroupCoordinator>(loop, shares, GroupOptions{});
    coordinator->set_cluster(cluster, {});
    coordinator->load({0}, 1, store.open());
    loop.run_until_idle();
  }
  void set_topics(const std::map<std::string, std::int32_t>& topics) {
    cluster.image = image_of(topics, ++version);
    if (!coordinator) return;
    GroupClusterChange change;
    for (const auto& [name, partitions] : topics) change.topics.insert(name);
    coordinator->set_cluster(cluster, change);
  }

  ConsumerHeartbeatAnswer beat(std::string_view member, std::int32_t epoch,
                               std::vector<std::string_view> topics = {}) {
    wire::ShareGroupHeartbeatRequest request;
    request.group_id = "workers";
    request.member_id = member;
    request.member_epoch = epoch;
    if (!topics.empty()) request.subscribed_topic_names = topics;
    return loop.run(coordinator->share_heartbeat(request, {.client_id = "c", .host = "/h", .version = 1}));
  }
  ConsumerHeartbeatAnswer join(std::string_view member) { return beat(member, 0, {"orders"}); }
  static std::size_t count(const ConsumerHeartbeatAnswer& answer) {
    return answer.assignment ? count_partitions(*answer.assignment) : 0;
  }
  std::string state() { return loop.run(coordinator->describe_share_group("workers")).state; }

  sim::SimLoop loop;
  MemoryStore store;
  ShareStore shares;
  GroupCluster cluster;
  std::int64_t version = 0;
  std::unique_ptr<GroupCoordinator> coordinator;
};

TEST_F(ShareGroupsTest, GivesTheFirstMemberEverythingAtOnce) {
  const ConsumerHeartbeatAnswer joined = join("a");
  ASSERT_EQ(joined.error, ErrorCode::none) << joined.error_message;
  EXPECT_GT(joined.member_epoch, 0);
  EXPECT_EQ(count(joined), 4U);
  EXPECT_EQ(joined.heartbeat_interval, 5s);
  EXPECT_FALSE(beat("a", joined.member_epoch).assignment) << "it has it already";
  EXPECT_EQ(state(), "Stable");
}

TEST_F(ShareGroupsTest, SharesOutAmongMembers) {
  join("a");
  loop.advance(2s);
  const ConsumerHeartbeatAnswer b = join("b");
  EXPECT_EQ(count(b), 2U);
  loop.advance(2s);
  const DescribedConsumerGroup group = loop.run(coordinator->describe_share_group("workers"));
  EXPECT_THAT(group.members, SizeIs(2));
  EXPECT_EQ(group.assignor, "simple");
}

TEST_F(ShareGroupsTest, LetsSeveralMembersHaveOnePartition) {
  set_topics({{"orders", 1}});
  EXPECT_EQ(count(join("a")), 1U);
  loop.advance(2s);
  EXPECT_EQ(count(join("b")), 1U);
}

TEST_F(ShareGroupsTest, AssignsNothingThatTheShareCoordinatorDoesNotKnow) {
  shares.failure = ErrorCode::coordinator_not_available;
  const ConsumerHeartbeatAnswer joined = join("a");
  ASSERT_EQ(joined.error, ErrorCode::none);
  EXPECT_GT(joined.member_epoch, 0);
  EXPECT_EQ(count(joined), 0U);
  shares.failure = ErrorCode::none;
  loop.advance(15s);
  EXPECT_EQ(count(beat("a", joined.member_epoch)), 0U) << "it is not tried again so soon";
  loop.advance(16s);
  EXPECT_EQ(count(beat("a", joined.member_epoch)), 4U);
}

TEST_F(ShareGroupsTest, TakesUpPartitionsThatCome) {
  const ConsumerHeartbeatAnswer joined = join("a");
  set_topics({{"orders", 6}});
  loop.advance(5s);
  EXPECT_EQ(count(beat("a", joined.member_epoch)), 6U);
}

TEST_F(ShareGroupsTest, FencesWhoIsBehindOrAhead) {
  const std::int32_t epoch = join("a").member_epoch;
  EXPECT_EQ(beat("a", epoch + 1).error, ErrorCode::fenced_member_epoch);
  EXPECT_EQ(beat("b", epoch).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(beat("a", -2).error, ErrorCode::invalid_request);
  EXPECT_EQ(beat("", 0, {"orders"}).error, ErrorCode::invalid_request);
  EXPECT_EQ(beat("c", 0).error, ErrorCode::invalid_request) << "it subscribes to nothing";
}

TEST_F(ShareGroupsTest, LosesWhoFallsSilent) {
  join("a");
  loop.advance(44s);
  EXPECT_EQ(state(), "Stable");
  loop.advance(2s);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(count(join("b")), 4U);
}

TEST_F(ShareGroupsTest, LetsMembersLeave) {
  const std::int32_t epoch = join("a").member_epoch;
  const ConsumerHeartbeatAnswer left = beat("a", -1);
  EXPECT_EQ(left.error, ErrorCode::none);
  EXPECT_EQ(left.member_epoch, -1);
  EXPECT_EQ(beat("a", epoch).error, ErrorCode::unknown_member_id);
}

TEST_F(ShareGroupsTest, IsTheSameAfterARestart) {
  const ConsumerHeartbeatAnswer joined = join("a");
  restart();
  const ConsumerHeartbeatAnswer answer = beat("a", joined.member_epoch);
  EXPECT_EQ(answer.error, ErrorCode::none) << answer.error_message;
  EXPECT_EQ(answer.member_epoch, joined.member_epoch);
  loop.advance(46s);
  EXPECT_EQ(state(), "Empty") << "sessions begin anew, and end";
}

TEST_F(ShareGroupsTest, IsForgottenWithItsStateWhenDeleted) {
  join("a");
  EXPECT_EQ(loop.run(coordinator->delete_group("workers")), ErrorCode::non_empty_group);
  beat("a", -1);
  const SharePartitionKey key{"workers", cluster.image->topics.topic("orders")->id(), {0}};
  EXPECT_NE(shares.states.find_state(key), nullptr);
  EXPECT_EQ(loop.run(coordinator->delete_group("workers")), ErrorCode::none);
  EXPECT_EQ(shares.states.find_state(key), nullptr);
  EXPECT_EQ(loop.run(coordinator->describe_share_group("workers")).error, ErrorCode::group_id_not_found);
  restart();
  EXPECT_EQ(loop.run(coordinator->describe_share_group("workers")).error, ErrorCode::group_id_not_found);
  EXPECT_EQ(count(join("a")), 4U) << "and may be made again";
}

TEST_F(ShareGroupsTest, BeginsWhereItIsToldTo) {
  const Uuid topic = cluster.image->topics.topic("orders")->id();
  const AlteredShareOffsets altered =
      loop.run(coordinator->alter_share_offsets("workers", {{topic, {{{0}, {7}}, {{2}, {9}}}}}));
  ASSERT_EQ(altered.error, ErrorCode::none) << altered.error_message;
  EXPECT_EQ(altered.partitions.at(topic).at({2}), ErrorCode::none);
  EXPECT_EQ(state(), "Empty") << "the group was made";
  EXPECT_EQ(shares.states.find_state({"workers", topic, {2}})->start.value, 9);
  EXPECT_THAT(loop.run(coordinator->share_partitions("workers")).partitions,
              ElementsAre(Pair(topic, std::set<PartitionIndex>{{0}, {2}})));
  restart();
  EXPECT_EQ(count(join("a")), 4U) << "the others are initialised when somebody joins";
  EXPECT_EQ(shares.states.find_state({"workers", topic, {2}})->start.value, 9);
  EXPECT_EQ(shares.states.find_state({"workers", topic, {1}})->start.value, -1);
  EXPECT_EQ(loop.run(coordinator->alter_share_offsets("workers", {{topic, {{{0}, {7}}}}})).error,
            ErrorCode::non_empty_group);
}

TEST_F(ShareGroupsTest, TellsOfOffsetsThatCouldNotBeAltered) {
  const Uuid topic = cluster.image->topics.topic("orders")->id();
  shares.failure = ErrorCode::coordinator_not_available;
  const AlteredShareOffsets altered =
      loop.run(coordinator->alter_share_offsets("workers", {{topic, {{{0}, {7}}}}}));
  EXPECT_EQ(altered.error, ErrorCode::none);
  EXPECT_EQ(altered.partitions.at(topic).at({0}), ErrorCode::coordinator_not_available);
  EXPECT_THAT(loop.run(coordinator->share_partitions("workers")).partitions, IsEmpty());
  shares.failure = ErrorCode::none;
  EXPECT_EQ(
      loop.run(coordinator->alter_share_offsets("workers", {{topic, {{{0}, {7}}}}})).partitions.at(topic).at({0}),
      ErrorCode::none);
}

TEST_F(ShareGroupsTest, ForgetsOffsetsOfTopics) {
  const Uuid topic = cluster.image->topics.topic("orders")->id();
  EXPECT_EQ(loop.run(coordinator->delete_share_offsets("workers", {topic})).error, ErrorCode::group_id_not_found);
  join("a");
  EXPECT_EQ(loop.run(coordinator->delete_share_offsets("workers", {topic})).error, ErrorCode::non_empty_group);
  beat("a", -1);
  const Uuid other{.bytes = {std::byte{99}}};
  shares.failure = ErrorCode::coordinator_not_available;
  EXPECT_EQ(loop.run(coordinator->delete_share_offsets("workers", {topic})).topics.at(topic),
            ErrorCode::coordinator_not_available);
  shares.failure = ErrorCode::none;
  restart();
  const DeletedShareOffsets deleted = loop.run(coordinator->delete_share_offsets("workers", {topic, other}));
  EXPECT_EQ(deleted.topics.at(topic), ErrorCode::none) << "what was begun is brought to its end";
  EXPECT_EQ(deleted.topics.at(other), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(shares.states.find_state({"workers", topic, {0}}), nullptr);
  EXPECT_THAT(loop.run(coordinator->share_partitions("workers")).partitions, IsEmpty());
  EXPECT_EQ(loop.run(coordinator->delete_share_offsets("workers", {topic})).topics.at(topic),
            ErrorCode::unknown_topic_or_partition);
}

// Power has failed: the group's log says that the share coordinator knows the partitions, whose own log has lost
// them.
TEST_F(ShareGroupsTest, BeginsAnewWhatTheShareCoordinatorHasLost) {
  const SharePartitionKey key{"workers", cluster.image->topics.topic("orders")->id(), {2}};
  const std::int32_t epoch = join("a").member_epoch;
  shares.states.reset();
  restart();
  shares.failure = ErrorCode::coordinator_load_in_progress;
  beat("a", epoch);
  shares.failure = ErrorCode::none;
  loop.advance(2s);
  beat("a", epoch);
  loop.run_until_idle();
  ASSERT_NE(shares.states.find_state(key), nullptr);
  EXPECT_GT(shares.states.find_state(key)->state_epoch, 0);
  EXPECT_THAT(loop.run(coordinator->share_partitions("workers")).partitions,
              ElementsAre(Pair(key.topic_id, SizeIs(4))));
  loop.advance(2s);
  EXPECT_EQ(count(join("b")), 2U);
}

// So also where only the share coordinator's node has failed, though not at once.
TEST_F(ShareGroupsTest, LooksForItsStatesFromTimeToTime) {
  const SharePartitionKey key{"workers", cluster.image->topics.topic("orders")->id(), {2}};
  const std::int32_t epoch = join("a").member_epoch;
  shares.states.reset();
  for (int i = 0; i < 31; ++i) {
    loop.advance(10s);
    beat("a", epoch);
  }
  loop.run_until_idle();
  EXPECT_NE(shares.states.find_state(key), nullptr);
}

TEST_F(ShareGroupsTest, LeavesStatesAloneThatAreThere) {
  const SharePartitionKey key{"workers", cluster.image->topics.topic("orders")->id(), {2}};
  const std::int32_t epoch = join("a").member_epoch;
  ASSERT_EQ(loop.run(shares.write(key, {.state_epoch = epoch, .leader_epoch = {1}, .start = {7}, .batches = {}})),
            ErrorCode::none);
  restart();
  beat("a", epoch);
  loop.run_until_idle();
  EXPECT_EQ(shares.states.find_state(key)->start, Offset{7});
}

TEST_F(ShareGroupsTest, KeepsOtherKindsOfGroupsOut) {
  join("a");
  EXPECT_THAT(loop.run(coordinator->list()).groups, SizeIs(1));
  wire::OffsetCommitRequest commit;
  commit.group_id = "workers";
  commit.generation_id_or_member_epoch = -1;
  EXPECT_EQ(loop.run(coordinator->commit(commit, {.client_id = "c", .host = "/h", .version = 9})).error,
            ErrorCode::group_id_not_found);
}

AssignorInput members_of(const std::vector<std::string>& ids, const Uuid& topic, std::int32_t partitions) {
  AssignorInput input;
  input.is_homogeneous = true;
  for (const std::string& id : ids)
    input.members.push_back({.id = id, .instance_id = {}, .topics = {topic}, .assigned = nullptr});
  input.partition_counts[topic] = partitions;
  return input;
}

TEST(SimpleAssignor, GivesEachPartitionAMemberAndEachMemberAPartition) {
  const Uuid topic{.bytes = {std::byte{1}}};
  const std::vector<std::string> ids{"a", "b", "c"};
  for (const GroupAssignment& assignment :
       {assign_simple(members_of(ids, topic, 7)), assign_simple(members_of(ids, topic, 2))})
    for (const AssignedPartitions& member : assignment) EXPECT_THAT(member, SizeIs(1));
  const GroupAssignment seven = assign_simple(members_of(ids, topic, 7));
  std::vector<std::size_t> counts;
  for (const AssignedPartitions& member : seven) counts.push_back(count_partitions(member));
  EXPECT_THAT(counts, ElementsAre(3U, 2U, 2U));
}

TEST(SimpleAssignor, MovesNoMoreThanItMust) {
  const Uuid topic{.bytes = {std::byte{1}}};
  const std::vector<std::string> ids{"a", "b"};
  const AssignedPartitions everything{{topic, {{0}, {1}, {2}, {3}}}};
  AssignorInput input = members_of(ids, topic, 4);
  input.members[0].assigned = &everything;
  const GroupAssignment assignment = assign_simple(input);
  EXPECT_EQ(assignment[0].at(topic), (std::set<PartitionIndex>{{0}, {1}}));
  EXPECT_EQ(assignment[1].at(topic), (std::set<PartitionIndex>{{2}, {3}}));
}

}  // namespace
}  // namespace sluice::test
