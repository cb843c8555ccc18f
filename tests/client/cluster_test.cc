#include "client/cluster.h"

#include <algorithm>

#include "client/cluster_fixture.h"
#include "wire/api/list_offsets.h"

namespace sluice::client {
namespace {

class ClusterTest : public ClusterFixture {
 protected:
  ~ClusterTest() override {
    if (client_) loop_.run(client_->close());
  }
  Cluster& client(ClientConfig config) {
    client_ = std::make_unique<Cluster>(loop_, network_, std::move(config));
    return *client_;
  }
  Cluster& client() { return client(cluster_.client_config()); }
  SteadyTime in(std::chrono::nanoseconds time) { return loop_.now() + time; }

  std::unique_ptr<Cluster> client_;
};

TEST_F(ClusterTest, LearnsBrokersAndLeaders) {
  cluster_.create_topic("orders", 3);
  const Outcome<TopicInfo> topic = loop_.run(client().topic("orders", in(10s)));
  ASSERT_TRUE(topic) << topic.error().what;
  EXPECT_EQ(topic->partitions.size(), 3U);
  EXPECT_EQ(topic->find(PartitionIndex{2})->leader, NodeId{3});
  EXPECT_EQ(client_->view().brokers().size(), 3U);
  EXPECT_EQ(client_->view().cluster_id(), "fake-cluster");
  const auto node = loop_.run(client_->node(NodeId{3}, in(1s)));
  ASSERT_TRUE(node);
  EXPECT_EQ((*node)->id(), NodeId{3});
}

// One clear error, at the deadline and not before, and it says who was asked and what came of it.
TEST_F(ClusterTest, SaysThatNobodyAnswers) {
  for (int id = 1; id <= 3; ++id) cluster_.stop_broker(NodeId{id});
  const SteadyTime before = loop_.now();
  const auto node = loop_.run(client().any_node(in(5s)));
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, ErrorCode::request_timed_out);
  EXPECT_NE(node.error().what.find("fake:9001, fake:9002, fake:9003"), std::string::npos) << node.error().what;
  EXPECT_NE(node.error().what.find("refused"), std::string::npos) << node.error().what;
  EXPECT_GE(loop_.now() - before, 4s);
  EXPECT_LE(loop_.now() - before, 6s);
}

/// Asks for a node several times, and notes each answer.
Task<void> ask(Cluster& cluster, SteadyTime deadline, std::vector<std::string> names,
               std::vector<std::string>& log) {
  for (const std::string& name : names) {
    const auto node = co_await cluster.node(NodeId{3}, deadline);
    EXPECT_TRUE(node);
    log.push_back(name);
  }
}

// Requests leave in the order in which their senders get the node: who asks at the moment at which it has been
// connected goes behind those who have waited for that.
TEST_F(ClusterTest, GivesANodeToThoseWhoWaitInTheirOrder) {
  Cluster& cluster = client();
  ASSERT_TRUE(loop_.run(cluster.update(in(5s))));
  std::vector<std::string> answered;
  TaskGroup group(loop_);
  group.start(ask(cluster, in(5s), {"first", "first again"}, answered));
  group.start(ask(cluster, in(5s), {"second"}, answered));
  loop_.advance(1s);
  EXPECT_EQ(answered, (std::vector<std::string>{"first", "second", "first again"}));
  loop_.run(group.close());
}

TEST_F(ClusterTest, GoesToTheNextServerWhenOneIsDown) {
  cluster_.stop_broker(NodeId{1});
  cluster_.stop_broker(NodeId{2});
  const auto node = loop_.run(client().any_node(in(5s)));
  ASSERT_TRUE(node) << node.error().what;
  EXPECT_EQ((*node)->endpoint().port, 9003);
}

TEST_F(ClusterTest, ConnectsAgainAfterTheConnectionBroke) {
  Cluster& cluster = client();
  ASSERT_TRUE(loop_.run(cluster.update(in(5s))));
  ASSERT_TRUE(loop_.run(cluster.node(NodeId{2}, in(5s))));
  network_.break_connections();
  loop_.run_until_idle();
  const auto again = loop_.run(cluster.node(NodeId{2}, in(5s)));
  EXPECT_TRUE(again) << again.error().what;
}

// A node that is down is tried again after waits that grow, not as fast as one can.
TEST_F(ClusterTest, WaitsLongerAndLongerBetweenAttempts) {
  ClientConfig config = cluster_.client_config();
  config.bootstrap_servers.resize(1);
  cluster_.stop_broker(NodeId{1});
  const auto node = loop_.run(client(config).any_node(in(20s)));
  EXPECT_FALSE(node);
  cluster_.start_broker(NodeId{1});
  const SteadyTime before = loop_.now();
  EXPECT_TRUE(loop_.run(client_->any_node(in(20s))));
  EXPECT_LE(loop_.now() - before, 1'300ms) << "longer than reconnect.backoff.max.ms";
}

// A broker that knows only older versions of ApiVersions says so in the oldest one's words.
TEST_F(ClusterTest, SpeaksTheVersionThatBothKnow) {
  cluster_.limit_versions(ApiKey::api_versions, {0, 2});
  cluster_.limit_versions(ApiKey::metadata, {1, 5});
  cluster_.create_topic("orders", 1);
  ASSERT_TRUE(loop_.run(client().topic("orders", in(10s))));
  const auto api_versions = cluster_.versions_seen(ApiKey::api_versions);
  ASSERT_GE(api_versions.size(), 2U);
  EXPECT_EQ(api_versions[0], 4);
  EXPECT_EQ(api_versions[1], 2);
  EXPECT_EQ(cluster_.versions_seen(ApiKey::metadata).front(), 5);
}

TEST_F(ClusterTest, RefusesABrokerThatIsTooNew) {
  cluster_.limit_versions(ApiKey::metadata, {100, 101});
  const auto updated = loop_.run(client().update(in(10s)));
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, ErrorCode::unsupported_version);
}

TEST_F(ClusterTest, WaitsForATopicThatComesAndReportsOneThatDoesNot) {
  const Started<Outcome<TopicInfo>> waiting(loop_, client().topic("later", in(10s)));
  loop_.advance(3s);
  EXPECT_FALSE(waiting.done());
  cluster_.create_topic("later", 1);
  loop_.advance(1s);
  ASSERT_TRUE(waiting.done());
  EXPECT_TRUE(*waiting);

  const auto never = loop_.run(client_->topic("never", in(2s)));
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(ClusterTest, DoesNotWaitForATopicThatItMayNotSee) {
  cluster_.inject({.api = ApiKey::metadata, .error = ErrorCode::topic_authorization_failed, .times = 10});
  cluster_.create_topic("secret", 1);
  const SteadyTime before = loop_.now();
  const auto topic = loop_.run(client().topic("secret", in(30s)));
  ASSERT_FALSE(topic);
  EXPECT_EQ(topic.error().code, ErrorCode::topic_authorization_failed);
  EXPECT_LE(loop_.now() - before, 1s);
}

// A broker that has not heard of an election yet does not make the client forget it.
TEST_F(ClusterTest, KeepsTheLeaderOfTheYoungerEpoch) {
  cluster_.create_topic("orders", 1);
  ASSERT_TRUE(loop_.run(client().topic("orders", in(10s))));
  const TopicPartition partition{"orders", PartitionIndex{0}};
  EXPECT_TRUE(client_->update_leader(partition, NodeId{2}, LeaderEpoch{3}));
  EXPECT_FALSE(client_->update_leader(partition, NodeId{1}, LeaderEpoch{2}));
  ASSERT_TRUE(loop_.run(client_->update(in(10s))));
  EXPECT_EQ(client_->view().find_partition(partition)->leader, NodeId{2});
}

TEST_F(ClusterTest, FindsACoordinatorThatIsNotThereYet) {
  cluster_.inject({.api = ApiKey::find_coordinator, .error = ErrorCode::coordinator_not_available, .times = 3});
  cluster_.coordinator = NodeId{2};
  const auto node = loop_.run(client().coordinator(CoordinatorType::group, "readers", in(10s)));
  ASSERT_TRUE(node) << node.error().what;
  EXPECT_EQ((*node)->id(), NodeId{2});
  EXPECT_EQ(cluster_.count(ApiKey::find_coordinator), 4);
}

TEST_F(ClusterTest, AsksForMetadataAgainWhenTheyAreOld) {
  cluster_.create_topic("orders", 1);
  ASSERT_TRUE(loop_.run(client().topic("orders", in(10s))));
  const int before = cluster_.count(ApiKey::metadata);
  loop_.advance(client_->config().metadata_max_age + 1s);
  EXPECT_GT(cluster_.count(ApiKey::metadata), before);
}

// A node that does not answer in time is dead to the client: the connection is given up, others are asked.
TEST_F(ClusterTest, GivesUpAConnectionThatIsSilent) {
  cluster_.inject({.api = ApiKey::metadata, .kind = FakeFault::Kind::silence});
  const SteadyTime before = loop_.now();
  EXPECT_TRUE(loop_.run(client().update(in(60s))));
  EXPECT_GE(loop_.now() - before, client_->config().request_timeout);
  EXPECT_LE(loop_.now() - before, client_->config().request_timeout + 2s);
}

TEST_F(ClusterTest, EndsAllWaitsWhenItIsClosed) {
  for (int id = 1; id <= 3; ++id) cluster_.stop_broker(NodeId{id});
  const Started<Outcome<TopicInfo>> topic(loop_, client().topic("orders", in(600s)));
  const Started<Outcome<std::shared_ptr<Node>>> node(loop_, client_->any_node(in(600s)));
  client_->stop();
  loop_.run_until_idle();
  EXPECT_TRUE(topic.done());
  EXPECT_TRUE(node.done());
}

}  // namespace
}  // namespace sluice::client
