// Streams groups on the real node, by the messages that a client sends (KIP-1071).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/admin.h"
#include "client/node.h"
#include "server/sim_node.h"
#include "wire/api/streams_group_describe.h"
#include "wire/api/streams_group_heartbeat.h"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

class StreamsOnNode : public testing::TestWithParam<int> {
 protected:
  StreamsOnNode() : node(loop, network, GetParam()) {
    network.set_latency(1ms);
    const auto started = loop.run(node.start());
    EXPECT_TRUE(started) << started.error().what;
    config.bootstrap_servers = {node.endpoint()};
    surroundings.emplace(loop, network, config);
    connection = std::make_unique<client::Node>(*surroundings, NodeId{-1}, node.endpoint());
  }
  ~StreamsOnNode() override {
    loop.run(connection->close());
    loop.run(node.end(NodeEnd::stop));
  }

  /// A member that joins: what it reads is repartitioned and counted.
  static wire::StreamsGroupHeartbeatRequest joining() {
    wire::StreamsGroupHeartbeatRequest request;
    request.group_id = "app";
    request.member_id = "m";
    request.rebalance_timeout_ms = 60'000;
    request.process_id = "p";
    request.active_tasks.emplace();
    request.standby_tasks.emplace();
    request.warmup_tasks.emplace();
    auto& topology = request.topology.emplace();
    auto& first = topology.subtopologies.emplace_back();
    first.subtopology_id = "0";
    first.source_topics = {"lines"};
    first.repartition_sink_topics = {"app-r-repartition"};
    auto& second = topology.subtopologies.emplace_back();
    second.subtopology_id = "1";
    auto& source = second.repartition_source_topics.emplace_back();
    source.name = "app-r-repartition";
    source.topic_configs.push_back({.key = "cleanup.policy", .value = "delete", .unknown_tags = {}});
    auto& changelog = second.state_changelog_topics.emplace_back();
    changelog.name = "app-c-changelog";
    changelog.topic_configs.push_back({.key = "cleanup.policy", .value = "compact", .unknown_tags = {}});
    return request;
  }

  struct Answered {
    ErrorCode error = ErrorCode::none;
    std::string message;
    std::int32_t epoch = 0;
    std::vector<int> statuses;
    std::size_t tasks = 0;
  };
  Answered beat(const wire::StreamsGroupHeartbeatRequest& request) {
    Answered answered;
    const auto answer = loop.run(connection->ask(request, loop.now() + 1min));
    EXPECT_TRUE(answer) << answer.error().what;
    if (!answer) return answered;
    answered.error = (*answer)->error_code;
    answered.message = (*answer)->error_message.value_or("");
    answered.epoch = (*answer)->member_epoch;
    if ((*answer)->status)
      for (const auto& status : *(*answer)->status) answered.statuses.push_back(status.status_code);
    if ((*answer)->active_tasks)
      for (const auto& ids : *(*answer)->active_tasks) answered.tasks += ids.partitions.size();
    return answered;
  }
  Answered beat_again(std::int32_t epoch) {
    wire::StreamsGroupHeartbeatRequest request;
    request.group_id = "app";
    request.member_id = "m";
    request.member_epoch = epoch;
    return beat(request);
  }
  void create_topic(const std::string& name, std::int32_t partitions) {
    client::Admin admin(loop, network, config);
    const auto created = loop.run(admin.create_topics({{.name = name, .partitions = partitions, .configs = {}}}));
    EXPECT_TRUE(created.at(name)) << created.at(name).error().what;
    loop.run(admin.close());
  }
  std::size_t partitions_of(std::string_view topic) {
    std::size_t count = 0;
    for (const auto& partition : node.partitions()) count += partition->name().topic == topic ? 1 : 0;
    return count;
  }

  SimLoop loop;
  SimNetwork network{loop};
  SimNode node;
  client::ClientConfig config;
  std::optional<client::Surroundings> surroundings;
  std::unique_ptr<client::Node> connection;
};
INSTANTIATE_TEST_SUITE_P(Shards, StreamsOnNode, testing::Values(1, 3));

TEST_P(StreamsOnNode, CreatesWhatTheApplicationNeedsThenAssignsItsTasks) {
  create_topic("lines", 3);
  const Answered joined = beat(joining());
  ASSERT_EQ(joined.error, ErrorCode::none) << joined.message;
  EXPECT_THAT(joined.statuses, testing::Contains(3)) << "internal topics are missing";
  loop.advance(5s);
  EXPECT_EQ(partitions_of("app-r-repartition"), 3U);
  EXPECT_EQ(partitions_of("app-c-changelog"), 3U);
  const Answered ready = beat_again(joined.epoch);
  ASSERT_EQ(ready.error, ErrorCode::none) << ready.message;
  EXPECT_EQ(ready.tasks, 6U);
  EXPECT_THAT(ready.statuses, testing::IsEmpty());

  wire::StreamsGroupDescribeRequest request;
  request.group_ids = {"app", "nobody"};
  request.include_topology_description = true;
  const auto described = loop.run(connection->ask(request, loop.now() + 1min));
  ASSERT_TRUE(described);
  ASSERT_THAT((*described)->groups, SizeIs(2));
  const auto& group = (*described)->groups[0];
  EXPECT_EQ(group.group_state, "Stable");
  EXPECT_EQ(group.assignor_name, "sticky");
  EXPECT_EQ(group.topology->subtopologies->at(1).state_changelog_topics.at(0).partitions, 3);
  EXPECT_THAT(group.members.at(0).assignment.active_tasks, SizeIs(2));
  EXPECT_EQ(group.topology_description_status, 1) << "none is stored";
  EXPECT_EQ((*described)->groups[1].error_code, ErrorCode::group_id_not_found);
}

TEST_P(StreamsOnNode, SaysWhyATopicCannotBeCreated) {
  create_topic("lines", 1);
  wire::StreamsGroupHeartbeatRequest request = joining();
  request.topology->subtopologies[1].state_changelog_topics[0].replication_factor = 5;
  const Answered joined = beat(request);
  loop.advance(5s);
  wire::StreamsGroupHeartbeatRequest again;
  again.group_id = "app";
  again.member_id = "m";
  again.member_epoch = joined.epoch;
  const auto answer = loop.run(connection->ask(again, loop.now() + 1min));
  ASSERT_TRUE(answer);
  std::string details;
  for (const auto& status : *(*answer)->status) details += status.status_detail;
  EXPECT_THAT(details, testing::HasSubstr("; Creation failed: app-c-changelog ("));
}

TEST_P(StreamsOnNode, RefusesTopicsThatNoApplicationMayUse) {
  wire::StreamsGroupHeartbeatRequest request = joining();
  request.topology->subtopologies[0].source_topics = {"__consumer_offsets"};
  Answered answered = beat(request);
  EXPECT_EQ(answered.error, ErrorCode::streams_invalid_topology);
  EXPECT_EQ(answered.message,
            "Use of Kafka internal topics __consumer_offsets in a Kafka Streams topology is prohibited.");
  request.topology->subtopologies[0].source_topics = {"a/b"};
  EXPECT_EQ(beat(request).message, "Topic names a/b are not valid topic names.");
}

}  // namespace
}  // namespace sluice::sim
