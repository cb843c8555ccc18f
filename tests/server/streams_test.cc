// Streams groups on the real node, by the messages that a client sends (KIP-1071).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/admin.h"
#include "client/node.h"
#include "server/sim_node.h"
#include "wire/api/streams_group_describe.h"
#include "wire/api/streams_group_heartbeat.h"
#include "wire/api/streams_group_topology_description_update.h"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

class StreamsOnNode : public testing::TestWithParam<int> {
 protected:
  explicit StreamsOnNode(SimNode::Settings settings = {}) : node(loop, network, GetParam(), std::move(settings)) {
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
    bool description_required = false;
  };
  Answered beat(const wire::StreamsGroupHeartbeatRequest& request) {
    Answered answered;
    const auto answer = loop.run(connection->ask(request, loop.now() + 1min));
    EXPECT_TRUE(answer) << answer.error().what;
    if (!answer) return answered;
    answered.error = (*answer)->error_code;
    answered.message = (*answer)->error_message.value_or("");
    answered.epoch = (*answer)->member_epoch;
    answered.description_required = (*answer)->topology_description_required;
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
  static wire::StreamsGroupTopologyDescriptionUpdateRequest describing() {
    wire::StreamsGroupTopologyDescriptionUpdateRequest request;
    request.group_id = "app";
    request.member_id = "m";
    auto& subtopology = request.topology_description.subtopologies.emplace_back();
    subtopology.subtopology_id = "0";
    auto& source = subtopology.nodes.emplace_back();
    source.name = "reader";
    source.node_type = 1;
    source.source_topics = {"lines"};
    source.successors = {"writer"};
    auto& sink = subtopology.nodes.emplace_back();
    sink.name = "writer";
    sink.node_type = 3;
    sink.sink_topic = "app-r-repartition";
    auto& global = request.topology_description.global_stores.emplace_back();
    global.source.name = "global-reader";
    global.source.node_type = 1;
    global.source.source_topics = {"rates"};
    global.source.successors = {"global-keeper"};
    global.processor.name = "global-keeper";
    global.processor.node_type = 2;
    global.processor.stores = {"rates-store"};
    return request;
  }
  Answered send(const wire::StreamsGroupTopologyDescriptionUpdateRequest& request) {
    Answered answered;
    const auto answer = loop.run(connection->ask(request, loop.now() + 1min));
    EXPECT_TRUE(answer) << answer.error().what;
    if (!answer) return answered;
    answered.error = (*answer)->error_code;
    answered.message = (*answer)->error_message.value_or("");
    return answered;
  }
  auto describe(bool with_description) {
    wire::StreamsGroupDescribeRequest request;
    request.group_ids = {"app"};
    request.include_topology_description = with_description;
    return loop.run(connection->ask(request, loop.now() + 1min));
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

TEST_P(StreamsOnNode, ShowsTheDescriptionOfTheTopologyThatAMemberWasAskedFor) {
  create_topic("lines", 3);
  EXPECT_EQ(send(describing()).error, ErrorCode::group_id_not_found);
  const Answered joined = beat(joining());
  ASSERT_EQ(joined.error, ErrorCode::none) << joined.message;
  EXPECT_TRUE(joined.description_required);
  EXPECT_FALSE(beat_again(joined.epoch).description_required) << "it has been asked";
  const Answered taken = send(describing());
  EXPECT_EQ(taken.error, ErrorCode::none) << taken.message;

  const auto described = describe(true);
  ASSERT_TRUE(described);
  const auto& group = (*described)->groups.at(0);
  EXPECT_EQ(group.topology_description_status, 3) << "there is one";
  ASSERT_TRUE(group.topology_description);
  const auto& subtopology = group.topology_description->subtopologies.at(0);
  EXPECT_EQ(subtopology.subtopology_id, "0");
  ASSERT_THAT(subtopology.nodes, SizeIs(2));
  EXPECT_EQ(subtopology.nodes[0].name, "reader");
  EXPECT_THAT(subtopology.nodes[0].source_topics, testing::ElementsAre("lines"));
  EXPECT_THAT(subtopology.nodes[0].successors, testing::ElementsAre("writer"));
  EXPECT_EQ(subtopology.nodes[0].sink_topic, std::nullopt);
  EXPECT_EQ(subtopology.nodes[1].node_type, 3);
  EXPECT_EQ(subtopology.nodes[1].sink_topic, "app-r-repartition");
  const auto& global = group.topology_description->global_stores.at(0);
  EXPECT_EQ(global.source.name, "global-reader");
  EXPECT_THAT(global.processor.stores, testing::ElementsAre("rates-store"));

  const auto without = describe(false);
  ASSERT_TRUE(without);
  EXPECT_EQ((*without)->groups.at(0).topology_description_status, 0) << "nobody asked";
  EXPECT_FALSE((*without)->groups.at(0).topology_description);
}

TEST_P(StreamsOnNode, TakesNoDescriptionFromNobody) {
  auto request = describing();
  request.member_id = "";
  EXPECT_EQ(send(request).message, "MemberId can't be empty.");
  request = describing();
  request.group_id = "";
  const Answered answered = send(request);
  EXPECT_EQ(answered.error, ErrorCode::invalid_request);
  EXPECT_EQ(answered.message, "GroupId can't be empty.");
}

class StreamsWithoutDescriptions : public StreamsOnNode {
 protected:
  StreamsWithoutDescriptions() : StreamsOnNode({{"sluice.streams.topology.descriptions", "false"}}) {}
};
INSTANTIATE_TEST_SUITE_P(Shards, StreamsWithoutDescriptions, testing::Values(1));

TEST_P(StreamsWithoutDescriptions, NeitherAsksForThemNorTakesThem) {
  create_topic("lines", 3);
  EXPECT_FALSE(beat(joining()).description_required);
  EXPECT_EQ(send(describing()).error, ErrorCode::unsupported_version);
  const auto described = describe(true);
  ASSERT_TRUE(described);
  EXPECT_EQ((*described)->groups.at(0).topology_description_status, 1) << "none is stored";
}

}  // namespace
}  // namespace sluice::sim
