// The offsets of a share group: told, moved and deleted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/share_member.h"

namespace sluice::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ShareOffsetsOnNode : public ShareOnNode {};
INSTANTIATE_TEST_SUITE_P(Shards, ShareOffsetsOnNode, testing::Values(1, 3));

TEST_P(ShareOffsetsOnNode, TellsOffsetsAndLag) {
  EXPECT_EQ(offset_of_group(), std::nullopt) << "there is no group";
  const auto a = member("a");
  ASSERT_EQ(a->beat(), 1U);
  EXPECT_EQ(offset_of_group(), std::pair(std::int64_t{-1}, std::int64_t{-1})) << "nobody has fetched";
  a->fetch();
  send(4);
  EXPECT_THAT(a->fetch(1s).values, testing::SizeIs(4));
  EXPECT_EQ(a->acknowledge({2, 2}, 1), ErrorCode::none);
  EXPECT_EQ(offset_of_group(), std::pair(std::int64_t{0}, std::int64_t{3})) << "one behind the offset is done";
  EXPECT_EQ(a->acknowledge({0, 1}, 1), ErrorCode::none);
  EXPECT_EQ(a->acknowledge({3, 3}, 1), ErrorCode::none);
  EXPECT_EQ(offset_of_group(), std::pair(std::int64_t{3}, std::int64_t{0})) << "and so is the one at the offset";
}

TEST_P(ShareOffsetsOnNode, DescribesWhatIsAskedForEvenIfThereIsNothing) {
  wire::DescribeShareGroupOffsetsRequest request;
  auto& group = request.groups.emplace_back();
  group.group_id = "workers";
  auto& topics = group.topics.emplace();
  topics.push_back({.topic_name = "orders", .partitions = {{0}, {5}}, .unknown_tags = {}});
  topics.push_back({.topic_name = "nothing", .partitions = {{0}}, .unknown_tags = {}});
  const auto answer = ask(request);
  const auto& described = answer->groups.at(0);
  EXPECT_EQ(described.error_code, ErrorCode::none);
  ASSERT_THAT(described.topics, testing::SizeIs(2));
  for (const auto& of_topic : described.topics)
    for (const auto& partition : of_topic.partitions) {
      EXPECT_EQ(partition.start_offset.value, -1);
      EXPECT_EQ(partition.lag, -1);
      EXPECT_EQ(partition.error_code, ErrorCode::none);
    }
}

TEST_P(ShareOffsetsOnNode, GoesBackAndForthWithItsOffset) {
  send(4);
  EXPECT_EQ(alter(2), std::pair(ErrorCode::none, ErrorCode::none)) << "and makes the group";
  EXPECT_EQ(offset_of_group(), std::pair(std::int64_t{2}, std::int64_t{2}));
  const auto a = member("a");
  EXPECT_EQ(a->beat(), 1U);
  EXPECT_THAT(a->fetch(1s).values, ElementsAre("v2", "v3"));
  EXPECT_EQ(a->acknowledge({2, 3}, 1), ErrorCode::none);
  EXPECT_EQ(alter(0).first, ErrorCode::non_empty_group);
  a->leave();
  EXPECT_EQ(alter(0, "nothing").second, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(alter(0, "orders", 1).second, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(alter(1), std::pair(ErrorCode::none, ErrorCode::none));
  EXPECT_EQ(alter(0), std::pair(ErrorCode::none, ErrorCode::none)) << "of what nobody has taken up yet";
  EXPECT_EQ(a->beat(), 1U);
  EXPECT_THAT(a->fetch(1s).values, ElementsAre("v0", "v1", "v2", "v3"));
}

TEST_P(ShareOffsetsOnNode, ForgetsItsOffsets) {
  send(1);
  EXPECT_EQ(delete_offsets().first, ErrorCode::group_id_not_found);
  EXPECT_EQ(alter(0).second, ErrorCode::none);
  const auto a = member("a");
  a->beat();
  EXPECT_EQ(delete_offsets().first, ErrorCode::non_empty_group);
  a->leave();
  EXPECT_EQ(delete_offsets("nothing").second, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(delete_offsets(), std::pair(ErrorCode::none, ErrorCode::none));
  EXPECT_EQ(offset_of_group(), std::nullopt);
  EXPECT_EQ(delete_offsets().second, ErrorCode::unknown_topic_or_partition) << "there is nothing left to delete";
  EXPECT_EQ(a->beat(), 1U);
  EXPECT_THAT(a->fetch().values, IsEmpty()) << "it begins as a new group does, at the end";
}

TEST_P(ShareOffsetsOnNode, IsDeletedWithItsOffsets) {
  EXPECT_EQ(alter(0).second, ErrorCode::none);
  wire::DeleteGroupsRequest request;
  request.groups_names.push_back("workers");
  EXPECT_EQ(ask(request)->results.at(0).error_code, ErrorCode::none);
  wire::ReadShareGroupStateSummaryRequest read;
  read.group_id = "workers";
  auto& one = read.topics.emplace_back();
  one.topic_id = topic;
  one.partitions.emplace_back();
  EXPECT_EQ(ask(read)->results.at(0).partitions.at(0).start_offset.value, -1);
}

}  // namespace
}  // namespace sluice::sim
