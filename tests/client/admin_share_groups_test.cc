// The admin's view of share groups: everything is asked of the group's coordinator.
#include "client/admin.h"
#include "client/cluster_fixture.h"
#include "wire/api/alter_share_group_offsets.h"
#include "wire/api/delete_share_group_offsets.h"
#include "wire/api/describe_share_group_offsets.h"
#include "wire/api/share_group_describe.h"

namespace sluice::client {
namespace {

using wire::AlterShareGroupOffsetsRequest;
using wire::AlterShareGroupOffsetsResponse;
using wire::DeleteShareGroupOffsetsRequest;
using wire::DeleteShareGroupOffsetsResponse;
using wire::DescribeShareGroupOffsetsRequest;
using wire::DescribeShareGroupOffsetsResponse;
using wire::ShareGroupDescribeRequest;
using wire::ShareGroupDescribeResponse;

const TopicPartition kFirst{"orders", PartitionIndex{0}};
const TopicPartition kSecond{"orders", PartitionIndex{1}};

class AdminShareGroupsTest : public ClusterFixture {
 protected:
  AdminShareGroupsTest() { cluster_.coordinator = NodeId{2}; }
  ~AdminShareGroupsTest() override { loop_.run(admin_.close()); }
  Admin admin_{loop_, network_, cluster_.client_config()};
};

TEST_F(AdminShareGroupsTest, DescribesGroupsWithTheirMembers) {
  int asked = 0;
  cluster_.on<ShareGroupDescribeRequest>([&](NodeId broker, const ShareGroupDescribeRequest& request) {
    EXPECT_EQ(broker, NodeId{2});
    ShareGroupDescribeResponse response;
    auto& group = response.groups.emplace_back();
    group.group_id = request.group_ids.at(0) == "g" ? "g" : "nope";
    if (group.group_id == "nope") group.error_code = ErrorCode::group_id_not_found;
    if (++asked == 1) group.error_code = ErrorCode::coordinator_load_in_progress;
    group.group_state = "Stable";
    group.group_epoch = 4;
    auto& member = group.members.emplace_back();
    member.member_id = "m";
    member.member_epoch = 3;
    member.assignment.topic_partitions.push_back(
        {.topic_id = {}, .topic_name = "orders", .partitions = {PartitionIndex{1}}, .unknown_tags = {}});
    return response;
  });
  const auto described = loop_.run(admin_.describe_share_groups({"g", "nope"}));
  ASSERT_TRUE(described.at("g")) << described.at("g").error().what;
  EXPECT_EQ(described.at("g")->type, "share");
  EXPECT_EQ(described.at("g")->epoch, 4);
  EXPECT_EQ(described.at("g")->coordinator, NodeId{2});
  EXPECT_EQ(described.at("g")->members.at(0).epoch, 3);
  EXPECT_EQ(described.at("g")->members.at(0).assignment, std::vector<TopicPartition>{kSecond});
  EXPECT_EQ(described.at("nope").error().code, ErrorCode::group_id_not_found);
}

// A partition that nobody has read yet has no start, and an old broker tells no lag.
TEST_F(AdminShareGroupsTest, ListsHowFarAGroupIs) {
  cluster_.on<DescribeShareGroupOffsetsRequest>([&](NodeId, const DescribeShareGroupOffsetsRequest& request) {
    EXPECT_FALSE(request.groups.at(0).topics.has_value());
    DescribeShareGroupOffsetsResponse response;
    auto& group = response.groups.emplace_back();
    group.group_id = "g";
    auto& topic = group.topics.emplace_back();
    topic.topic_name = "orders";
    topic.partitions.push_back({.partition_index = PartitionIndex{0},
                                .start_offset = Offset{7},
                                .leader_epoch = LeaderEpoch{1},
                                .lag = 3,
                                .unknown_tags = {}});
    topic.partitions.push_back({.partition_index = PartitionIndex{1},
                                .start_offset = Offset{-1},
                                .leader_epoch = LeaderEpoch{0},
                                .unknown_tags = {}});
    return response;
  });
  const auto offsets = loop_.run(admin_.list_share_group_offsets("g"));
  ASSERT_TRUE(offsets) << offsets.error().what;
  EXPECT_EQ(offsets->at(kFirst).start, Offset{7});
  EXPECT_EQ(offsets->at(kFirst).lag, 3);
  EXPECT_EQ(offsets->at(kSecond).start, std::nullopt);
  EXPECT_EQ(offsets->at(kSecond).lag, std::nullopt);
}

TEST_F(AdminShareGroupsTest, MovesAGroup) {
  cluster_.on<AlterShareGroupOffsetsRequest>([&](NodeId, const AlterShareGroupOffsetsRequest& request) {
    AlterShareGroupOffsetsResponse response;
    EXPECT_EQ(request.topics.size(), 1U);
    auto& topic = response.responses.emplace_back();
    topic.topic_name = "orders";
    for (const auto& partition : request.topics.at(0).partitions)
      topic.partitions.push_back({.partition_index = partition.partition_index,
                                  .error_code = partition.start_offset == Offset{5}
                                                    ? ErrorCode::none
                                                    : ErrorCode::unknown_topic_or_partition,
                                  .unknown_tags = {}});
    return response;
  });
  const auto altered =
      loop_.run(admin_.alter_share_group_offsets("g", {{kFirst, Offset{5}}, {kSecond, Offset{6}}}));
  ASSERT_TRUE(altered) << altered.error().what;
  EXPECT_TRUE(altered->at(kFirst));
  EXPECT_EQ(altered->at(kSecond).error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(AdminShareGroupsTest, DeletesOffsetsUnlessTheGroupHasMembers) {
  ErrorCode whole = ErrorCode::none;
  cluster_.on<DeleteShareGroupOffsetsRequest>([&](NodeId, const DeleteShareGroupOffsetsRequest&) {
    DeleteShareGroupOffsetsResponse response;
    response.error_code = whole;
    response.responses.push_back({.topic_name = "orders", .topic_id = {}, .unknown_tags = {}});
    response.responses.push_back({.topic_name = "other",
                                  .topic_id = {},
                                  .error_code = ErrorCode::unknown_topic_or_partition,
                                  .unknown_tags = {}});
    return response;
  });
  const auto deleted = loop_.run(admin_.delete_share_group_offsets("g", {"orders", "other"}));
  ASSERT_TRUE(deleted) << deleted.error().what;
  EXPECT_TRUE(deleted->at("orders"));
  EXPECT_EQ(deleted->at("other").error().code, ErrorCode::unknown_topic_or_partition);
  whole = ErrorCode::non_empty_group;
  EXPECT_EQ(loop_.run(admin_.delete_share_group_offsets("g", {"orders"})).error().code,
            ErrorCode::non_empty_group);
}

}  // namespace
}  // namespace sluice::client
