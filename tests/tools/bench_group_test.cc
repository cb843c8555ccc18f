#include <gmock/gmock.h>

#include "client/consumer_protocol.h"
#include "tools/bench/commit_exchange.h"
#include "tools/bench/group_member.h"
#include "tools/bench_exchange.h"
#include "wire/api/consumer_group_heartbeat.h"
#include "wire/api/heartbeat.h"
#include "wire/api/join_group.h"
#include "wire/api/offset_commit.h"
#include "wire/api/sync_group.h"

namespace sluice::tools::bench {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const Time kBegin{};

Target target() {
  return {.topic = "t", .topic_id = {{std::byte{7}}}, .partitions = {}, .brokers = {}, .starts = {}, .ends = {}};
}

TEST(GroupProgress, IsTogetherWhenAllAreInOneEpochAndEveryPartitionHasAMember) {
  GroupProgress progress("g", 2, 4);
  EXPECT_FALSE(progress.together());
  progress.moved(std::nullopt, MemberState{.epoch = 1, .partitions = 4});
  EXPECT_FALSE(progress.together());
  progress.moved(std::nullopt, MemberState{.epoch = 2, .partitions = 0});
  EXPECT_FALSE(progress.together());
  progress.moved(MemberState{.epoch = 1, .partitions = 4}, MemberState{.epoch = 2, .partitions = 2});
  EXPECT_FALSE(progress.together());
  progress.moved(MemberState{.epoch = 2, .partitions = 0}, MemberState{.epoch = 2, .partitions = 2});
  EXPECT_TRUE(progress.together());
  progress.left(MemberState{.epoch = 2, .partitions = 2});
  EXPECT_FALSE(progress.together());
}

/// Answers a member's first two JoinGroups: the id, and generation 1 of "a" and "b", which "a" leads.
void join(ClassicMember& member, std::string_view id) {
  Said<wire::JoinGroupRequest> first(member);
  EXPECT_EQ(first->member_id, "");
  ASSERT_TRUE(
      answer(member,
             wire::JoinGroupResponse{
                 .error_code = ErrorCode::member_id_required, .protocol_name = std::nullopt, .member_id = id},
             first.version()));
  Said<wire::JoinGroupRequest> second(member);
  EXPECT_EQ(second->member_id, id);
  wire::JoinGroupResponse joined{
      .generation_id = 1, .protocol_type = "consumer", .protocol_name = "range", .leader = "a", .member_id = id};
  if (id == "a")
    for (const std::string_view known : {"a", "b"}) joined.members.emplace_back().member_id = known;
  ASSERT_TRUE(answer(member, joined, second.version()));
}

TEST(ClassicMember, LeadsItsGroupToAnAssignmentOfAllPartitions) {
  const Target topic = target();
  GroupProgress progress("g", 2, 3);
  ClassicMember leader(topic, progress, 100ms);
  ClassicMember follower(topic, progress, 100ms);
  join(leader, "a");
  join(follower, "b");
  Said<wire::SyncGroupRequest> led(leader);
  ASSERT_THAT(led->assignments, testing::SizeIs(2));
  EXPECT_EQ(client::decode_assignment(led->assignments[0].assignment)->size(), 2U);
  EXPECT_EQ(client::decode_assignment(led->assignments[1].assignment)->size(), 1U);
  Said<wire::SyncGroupRequest> followed(follower);
  EXPECT_TRUE(followed->assignments.empty());

  const auto sync = [](Bytes assignment) {
    return wire::SyncGroupResponse{
        .protocol_type = "consumer", .protocol_name = "range", .assignment = assignment};
  };
  const auto first = answer(leader, sync(led->assignments[0].assignment), led.version());
  EXPECT_EQ(first->requests, 0U);
  const auto second = answer(follower, sync(led->assignments[1].assignment), led.version());
  EXPECT_EQ(second->requests, 1U) << "the group has come together";

  // It rests between heartbeats, and joins again when it is told to.
  EXPECT_EQ(leader.ready(kBegin), kBegin + 100ms);
  Said<wire::HeartbeatRequest> heartbeat(leader);
  EXPECT_EQ(heartbeat->generation_id, 1);
  ASSERT_TRUE(answer(leader, wire::HeartbeatResponse{.error_code = ErrorCode::rebalance_in_progress},
                     heartbeat.version()));
  EXPECT_EQ(leader.ready(kBegin), kBegin);
  EXPECT_EQ(Said<wire::JoinGroupRequest>(leader)->member_id, "a");
}

TEST(ConsumerMember, TellsWhatItOwnsOnceItHasBeenGivenIt) {
  const Target topic = target();
  GroupProgress progress("g", 1, 2);
  ConsumerMember member(topic, progress, 100ms, "m");
  using Response = wire::ConsumerGroupHeartbeatResponse;

  Said<wire::ConsumerGroupHeartbeatRequest> joining(member);
  EXPECT_EQ(joining->member_epoch, 0);
  EXPECT_THAT(joining->subscribed_topic_names.value(), ElementsAre("t"));
  Response response{.member_id = "m", .member_epoch = 3, .assignment = Response::Assignment{}};
  response.assignment->topic_partitions.push_back(
      {.topic_id = topic.topic_id, .partitions = {PartitionIndex{0}, PartitionIndex{1}}});
  EXPECT_EQ(answer(member, response, joining.version(), kBegin)->requests, 1U);

  EXPECT_EQ(member.ready(kBegin), kBegin) << "it tells at once";
  Said<wire::ConsumerGroupHeartbeatRequest> told(member);
  EXPECT_EQ(told->member_epoch, 3);
  EXPECT_EQ(told->topic_partitions->front().partitions.size(), 2U);
  EXPECT_EQ(answer(member, Response{.member_id = "m", .member_epoch = 3}, told.version(), kBegin)->requests, 0U);
  EXPECT_EQ(member.ready(kBegin), kBegin + 100ms);

  member.leave();
  EXPECT_EQ(Said<wire::ConsumerGroupHeartbeatRequest>(member)->member_epoch, -1);
  EXPECT_EQ(answer(member, Response{.member_id = "m", .member_epoch = -1}, 1, kBegin)->requests, 1U);
  EXPECT_EQ(member.ready(kBegin), Time::max());
}

TEST(CommitExchange, CommitsGreaterOffsetsEachTime) {
  const auto exchange = CommitExchange::make(target(), {.group = "g", .member = "m", .generation = 4},
                                             {PartitionIndex{0}, PartitionIndex{5}});
  ASSERT_TRUE(exchange.has_value());
  for (std::int64_t offset = 1; offset < 3; ++offset) {
    Said<wire::OffsetCommitRequest> commit(**exchange);
    EXPECT_EQ(commit->generation_id_or_member_epoch, 4);
    ASSERT_EQ(commit->topics.front().partitions.size(), 2U);
    for (const auto& partition : commit->topics.front().partitions)
      EXPECT_EQ(partition.committed_offset, Offset{offset});
  }
  wire::OffsetCommitResponse response;
  auto& topic = response.topics.emplace_back();
  topic.topic_id = target().topic_id;
  topic.partitions.emplace_back().error_code = ErrorCode::illegal_generation;
  EXPECT_FALSE(answer(**exchange, response, CommitExchange::kVersion).has_value());
}

}  // namespace
}  // namespace sluice::tools::bench
