// The admin's view of streams groups: their coordinator describes them.
#include "client/admin.h"
#include "client/cluster_fixture.h"
#include "wire/api/streams_group_describe.h"

namespace sluice::client {
namespace {

using wire::StreamsGroupDescribeRequest;
using wire::StreamsGroupDescribeResponse;

class AdminStreamsGroupsTest : public ClusterFixture {
 protected:
  AdminStreamsGroupsTest() { cluster_.coordinator = NodeId{2}; }
  ~AdminStreamsGroupsTest() override { loop_.run(admin_.close()); }
  Admin admin_{loop_, network_, cluster_.client_config()};
};

void fill(StreamsGroupDescribeResponse::DescribedGroup& group) {
  group.group_state = "Stable";
  group.group_epoch = 4;
  group.assignment_epoch = 3;
  group.topology.emplace();
  group.topology->epoch = 1;
  auto& subtopology = group.topology->subtopologies.emplace().emplace_back();
  subtopology.subtopology_id = "0";
  subtopology.source_topics = {"lines"};
  subtopology.repartition_source_topics.emplace_back().name = "g-by-word-repartition";
  subtopology.state_changelog_topics.emplace_back().name = "g-counts-changelog";
  auto& member = group.members.emplace_back();
  member.member_id = "m";
  member.member_epoch = 3;
  member.process_id = "p";
  member.assignment.active_tasks.push_back(
      {.subtopology_id = "0", .partitions = {PartitionIndex{1}, PartitionIndex{0}}, .unknown_tags = {}});
  member.target_assignment.standby_tasks.push_back(
      {.subtopology_id = "0", .partitions = {PartitionIndex{1}}, .unknown_tags = {}});
}

// The first answer is that of a coordinator that is still loading: it is asked again.
TEST_F(AdminStreamsGroupsTest, DescribesGroupsWithTopologyAndTasks) {
  int asked = 0;
  cluster_.on<StreamsGroupDescribeRequest>([&](NodeId broker, const StreamsGroupDescribeRequest& request) {
    EXPECT_EQ(broker, NodeId{2});
    StreamsGroupDescribeResponse response;
    auto& group = response.groups.emplace_back();
    group.group_id = request.group_ids.at(0) == "g" ? "g" : "nope";
    if (group.group_id == "nope") group.error_code = ErrorCode::group_id_not_found;
    if (++asked == 1) group.error_code = ErrorCode::coordinator_load_in_progress;
    if (group.error_code == ErrorCode::none) fill(group);
    return response;
  });
  const auto described = loop_.run(admin_.describe_streams_groups({"g", "nope"}));
  ASSERT_TRUE(described.at("g")) << described.at("g").error().what;
  const StreamsGroupDescription& group = *described.at("g");
  EXPECT_EQ(std::tuple(group.state, group.epoch, group.assignment_epoch, group.topology_epoch, group.coordinator),
            std::tuple("Stable", 4, 3, 1, NodeId{2}));
  const StreamsSubtopology& subtopology = group.subtopologies.at(0);
  EXPECT_EQ(subtopology.source_topics, std::vector<std::string>{"lines"});
  EXPECT_EQ(subtopology.repartition_source_topics, std::vector<std::string>{"g-by-word-repartition"});
  EXPECT_EQ(subtopology.state_changelog_topics, std::vector<std::string>{"g-counts-changelog"});
  const StreamsGroupMember& member = group.members.at(0);
  EXPECT_EQ(member.assignment.active.at(0).partitions, (std::vector{PartitionIndex{1}, PartitionIndex{0}}));
  EXPECT_TRUE(member.assignment.standby.empty());
  EXPECT_EQ(member.target_assignment.standby.at(0).subtopology_id, "0");
  EXPECT_EQ(described.at("nope").error().code, ErrorCode::group_id_not_found);
}

}  // namespace
}  // namespace sluice::client
