#include "controller/controller.h"

#include <gtest/gtest.h>

#include "controller/node.h"
#include "metadata/image_records.h"
#include "raft/power.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::Node;

TEST(Controller, BeginsACluster) {
  Node node;
  node.format();
  node.start();
  const MetadataImage& image = node.image();
  EXPECT_EQ(image.metadata_version(), kMetadataVersionLatest);
  EXPECT_TRUE(image.elr_enabled());
  EXPECT_EQ(image.features.levels().size(), 6u);
  EXPECT_EQ(image.configs.of(ConfigResourceType::broker, ""), (ConfigMap{{"min.insync.replicas", "1"}}));
  ASSERT_NE(image.cluster.controller({1}), nullptr);
  EXPECT_EQ(image.cluster.controller({1})->incarnation_id, node.options.incarnation_id);
  EXPECT_EQ(image.cluster.controller({1})->endpoints.front().name, "CONTROLLER");
  // Leader, quorum version and voters; then as Kafka's first controller writes: nine records and its registration.
  EXPECT_EQ(image.provenance.last_offset, Offset{12});
  EXPECT_EQ(image.provenance.last_epoch, LeaderEpoch{1});
}

TEST(Controller, LetsTheBrokerOfItsProcessIn) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  EXPECT_TRUE(node.image().cluster.is_active({1}));
  EXPECT_EQ(node.image().broker({1})->epoch, node.epoch);
  EXPECT_EQ(node.image().broker({1})->log_dirs, std::vector<Uuid>{node.directory_id});
  // It needs no heartbeats.
  node.loop.advance(1h);
  EXPECT_TRUE(node.image().cluster.is_active({1}));
}

TEST(Controller, AnswersWhenTheImageIsPublished) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  const std::size_t before = node.published.size();
  EXPECT_EQ(node.create("orders", 3), "");
  ASSERT_EQ(node.published.size(), before + 1);
  const MetadataUpdate& update = node.published.back();
  EXPECT_EQ(update.image, node.controller->image());
  ASSERT_EQ(update.changes.topics.size(), 1u);
  EXPECT_TRUE(update.changes.topics[0].created());
  EXPECT_EQ(update.image->topic("orders")->partition({2})->directories, std::vector<Uuid>{node.directory_id});
  EXPECT_EQ(node.create("orders"), "TOPIC_ALREADY_EXISTS: Topic 'orders' already exists.");
  EXPECT_EQ(node.published.size(), before + 1);
}

// Whoever comes second decides on what the first has made.
TEST(Controller, TakesRequestsOneAfterTheOther) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  node.disk.set_latency(1ms);
  wire::CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = "same";
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  std::vector<ErrorCode> codes;
  auto create = [](Controller* controller, const wire::CreateTopicsRequest* wanted,
                   std::vector<ErrorCode>* into) -> Task<void> {
    const auto answer = co_await controller->create_topics(*wanted);
    into->push_back(answer->topics.at(0).error_code);
  };
  TaskGroup group(node.loop);
  for (int i = 0; i < 3; ++i) group.start(create(node.controller.get(), &request, &codes));
  while (codes.size() < 3) node.loop.advance(1ms);
  node.loop.run(group.close());
  EXPECT_EQ(codes, (std::vector<ErrorCode>{ErrorCode::none, ErrorCode::topic_already_exists,
                                           ErrorCode::topic_already_exists}));
}

TEST(Controller, GoesByWhatWasSetForBrokers) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  EXPECT_EQ(node.set(ConfigResourceType::broker, "", "min.insync.replicas", "1"), "");
  EXPECT_EQ(node.set(ConfigResourceType::topic, "nope", "retention.ms", "1"),
            "UNKNOWN_TOPIC_OR_PARTITION: The topic 'nope' does not exist.");
  ASSERT_EQ(node.create("orders"), "");
  EXPECT_EQ(node.set(ConfigResourceType::topic, "orders", "retention.ms", "5"), "");
  EXPECT_EQ(node.image().configs.of_topic("orders").at("retention.ms"), "5");
}

TEST(Controller, ComesBackWithAllThatItHeld) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  ASSERT_EQ(node.create("orders", 3), "");
  ASSERT_EQ(node.set(ConfigResourceType::topic, "orders", "retention.ms", "5"), "");
  ASSERT_TRUE(node.loop.run(node.controller->shut_down_local_broker()));
  EXPECT_TRUE(node.image().broker({1})->fenced);
  const MetadataImagePointer before = node.controller->image();
  node.stop();

  node.start();
  EXPECT_EQ(node.controller->log().epoch(), LeaderEpoch{2});
  EXPECT_TRUE(node.image().topics == before->topics);
  EXPECT_TRUE(node.image().configs == before->configs);
  EXPECT_EQ(node.image().topic("orders")->partition({0})->leader, kNoLeader);
  node.start_broker(node.epoch);
  EXPECT_EQ(node.image().topic("orders")->partition({0})->leader, NodeId{1});
  EXPECT_EQ(node.image().topic("orders")->partition({0})->leader_recovery_state, LeaderRecoveryState::recovered);
}

// A broker of the same process died with it: it need not wait for the old one's session to end.
TEST(Controller, TakesItsBrokerBackAtOnceAfterACrash) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  ASSERT_EQ(node.create("orders"), "");
  node.abandon();
  node.start();
  EXPECT_FALSE(node.image().broker({1})->fenced);
  node.start_broker();
  EXPECT_EQ(node.image().topic("orders")->partition({0})->leader, NodeId{1});
}

// What was published last and what the log gives again are the same, however far it had come.
TEST(Controller, ReplaysToTheImageThatItShowed) {
  for (int steps = 0; steps < 12; ++steps) {
    SCOPED_TRACE(steps);
    Node node;
    node.format();
    node.start();
    node.start_broker();
    for (int i = 0; i < steps; ++i) {
      const std::string topic = "t" + std::to_string(i % 5);
      if (node.image().topic(topic) == nullptr)
        ASSERT_EQ(node.create(topic, 1 + i % 3), "");
      else
        ASSERT_EQ(node.set(ConfigResourceType::topic, topic, "retention.ms", std::to_string(i)), "");
      if (i % 4 == 3) ASSERT_TRUE(node.loop.run(node.controller->write_snapshot()));
    }
    const MetadataImagePointer before = node.controller->image();
    node.abandon();
    node.start();
    ASSERT_FALSE(node.published.empty());
    MetadataImage found = *node.controller->image();
    found.cluster = before->cluster;  // Its own registration is a new one.
    EXPECT_TRUE(found.same_content(*before));
  }
}

// A broker sets aside the logs that the first image does not know: it must be the whole, and told as such.
TEST(Controller, PublishesFirstWhatSnapshotAndLogHoldTogether) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  ASSERT_EQ(node.create("in-snapshot"), "");
  ASSERT_TRUE(node.loop.run(node.controller->write_snapshot()));
  ASSERT_EQ(node.create("behind-it"), "");
  node.abandon();
  node.start();
  ASSERT_FALSE(node.published.empty());
  const MetadataUpdate& first = node.published.front();
  for (const char* topic : {"in-snapshot", "behind-it"}) {
    EXPECT_NE(first.image->topic(topic), nullptr) << topic;
    EXPECT_TRUE(std::ranges::any_of(first.changes.topics, [topic](const TopicChange& change) {
      return change.created() && change.name() == topic;
    })) << topic;
  }
}

TEST(Controller, WritesSnapshotsWhenEnoughHasComeTogether) {
  Node node;
  node.options.snapshot_bytes = 2000;
  node.format();
  node.start();
  node.start_broker();
  EXPECT_EQ(node.controller->log().latest_snapshot(), std::nullopt);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(node.create("topic" + std::to_string(i), 2), "");
  node.loop.advance(2s);
  const auto snapshot = node.controller->log().latest_snapshot();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->end, node.image().provenance.last_offset + 1);
  node.loop.advance(10s);
  EXPECT_EQ(node.controller->log().latest_snapshot(), snapshot);
}

TEST(Controller, WritesSnapshotsNowAndThen) {
  Node node;
  node.options.snapshot_interval = 1h;
  node.format();
  node.start();
  node.start_broker();
  node.loop.advance(30min);
  EXPECT_EQ(node.controller->log().latest_snapshot(), std::nullopt);
  node.loop.advance(31min);
  const auto first = node.controller->log().latest_snapshot();
  ASSERT_TRUE(first);
  node.loop.advance(3h);
  EXPECT_EQ(node.controller->log().latest_snapshot(), first);  // Nothing has changed since.
}

TEST(Controller, FencesBrokersThatFallSilent) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  wire::BrokerRegistrationRequest request;
  request.broker_id = {2};
  request.cluster_id = "cluster";
  request.incarnation_id = test::id(5);
  for (const SupportedFeature& feature : supported_features()) {
    auto& range = request.features.emplace_back();
    range.name = feature.name;
    range.min_supported_version = feature.min;
    range.max_supported_version = feature.max;
  }
  request.rack = std::nullopt;
  request.log_dirs = {test::id(6)};
  const auto registered = node.loop.run(node.controller->register_broker(request));
  ASSERT_EQ(registered->error_code, ErrorCode::none);
  wire::BrokerHeartbeatRequest heartbeat;
  heartbeat.broker_id = {2};
  heartbeat.broker_epoch = registered->broker_epoch;
  heartbeat.current_metadata_offset = {registered->broker_epoch};
  EXPECT_FALSE(node.loop.run(node.controller->heartbeat_broker(heartbeat))->is_fenced);
  node.loop.advance(8s);
  EXPECT_TRUE(node.image().cluster.is_active({2}));
  EXPECT_FALSE(node.loop.run(node.controller->heartbeat_broker(heartbeat))->is_fenced);
  node.loop.advance(8s);
  EXPECT_TRUE(node.image().cluster.is_active({2}));
  node.loop.advance(3s);
  EXPECT_FALSE(node.image().cluster.is_active({2}));
  EXPECT_TRUE(node.image().cluster.is_active({1}));
}

TEST(Controller, SaysSoWhenItsDiskFails) {
  Node node;
  node.format();
  node.start();
  node.start_broker();
  node.disk.inject({.call = sim::DiskCall::sync, .path_contains = ".log", .error_number = EIO});
  EXPECT_EQ(node.create("orders").substr(0, 19), "KAFKA_STORAGE_ERROR");
  node.disk.heal();
  EXPECT_EQ(node.create("orders").substr(0, 19), "KAFKA_STORAGE_ERROR");
  EXPECT_EQ(node.image().topic("orders"), nullptr);
}

TEST(Controller, BeginsAtAnOlderVersionWhereItIsFormattedSo) {
  Node node;
  node.format({12});  // Before metadata transactions.
  node.start();
  node.start_broker();
  EXPECT_EQ(node.image().metadata_version(), MetadataVersion{12});
  EXPECT_TRUE(node.image().cluster.controllers().empty());
  ASSERT_EQ(node.create("orders"), "");
  node.stop();
  node.start();
  EXPECT_NE(node.image().topic("orders"), nullptr);
}

/// Creates topics until the power fails; what was answered is noted.
Task<void> work(Node* node, std::vector<std::string>* made) {
  auto opened = co_await Controller::open(node->loop, node->disk, node->options);
  if (!opened) co_return;
  const std::unique_ptr<Controller> controller = std::move(*opened);
  const LocalBroker broker{.incarnation_id = test::id(static_cast<int>(made->size()) + 1),
                           .endpoints = {},
                           .rack = std::nullopt,
                           .log_dirs = {node->directory_id},
                           .previous_epoch = -1};
  const auto registered = co_await controller->register_local_broker(broker);
  if (registered) {
    [[maybe_unused]] const auto unfenced = co_await controller->unfence_local_broker();
    for (int i = 0; i < 6; ++i) {
      const std::string name = "topic" + std::to_string(made->size());
      wire::CreateTopicsRequest request;
      auto& topic = request.topics.emplace_back();
      topic.name = name;
      topic.num_partitions = 2;
      topic.replication_factor = 1;
      const auto answer = co_await controller->create_topics(request);
      const ErrorCode code = answer->topics.at(0).error_code;
      if (code != ErrorCode::none && code != ErrorCode::topic_already_exists) break;
      made->push_back(name);
      if (i != 3) continue;
      const auto written = co_await controller->write_snapshot();
      if (!written) break;
    }
  }
  [[maybe_unused]] const auto closed = co_await controller->close();
}

// Power fails at any moment, the first start included; what was answered is there afterwards.
TEST(Controller, LosesNothingThatItAnswered) {
  for (int step = 0; step < 80; ++step) {
    SCOPED_TRACE(step);
    Node node(static_cast<std::uint64_t>(step) + 1);
    node.format();
    const auto meta = node.loop.run(MetaProperties::read(node.disk, "data"));
    node.directory_id = *(*meta)->directory_id;
    node.options.cluster_id = "cluster";
    node.options.log.log_dir = "data";
    node.options.log.local = {.id = {1}, .directory_id = node.directory_id};
    node.disk.set_latency(500us);
    std::vector<std::string> made;
    for (int life = 0; life < 2; ++life) {
      TaskGroup group(node.loop);
      const SteadyTime at = node.loop.now() + std::chrono::microseconds(500 * step + 41 * life);
      group.start(test::lose_power_at(&node.disk, at, &group));
      node.options.log.log.health = std::make_shared<DirectoryHealth>();
      node.loop.run(work(&node, &made));
      node.loop.run(group.close());
      test::restore_power(node.disk);
    }
    node.disk.set_latency(0ns);
    node.start();
    for (const std::string& topic : made) {
      ASSERT_NE(node.image().topic(topic), nullptr) << topic << " is gone";
      EXPECT_EQ(node.image().topic(topic)->partition_count(), 2u);
    }
    EXPECT_TRUE(node.image().features.metadata_version());
    node.start_broker();
    EXPECT_EQ(node.create("after"), "");
  }
}

}  // namespace
}  // namespace sluice
