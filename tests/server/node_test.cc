// The real node on a virtual disk and network, with real clients.
#include <gtest/gtest.h>

#include "client/admin.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "server/sim_node.h"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using client::Admin;
using client::Consumer;
using client::Producer;

class NodeTest : public testing::TestWithParam<int> {
 protected:
  ~NodeTest() override { end(NodeEnd::stop); }

  void start() {
    const auto started = loop.run(node.start());
    ASSERT_TRUE(started) << started.error().what;
  }
  void end(NodeEnd how) { loop.run(node.end(how)); }

  client::ClientConfig client_config() const {
    client::ClientConfig config;
    config.bootstrap_servers = {node.endpoint()};
    return config;
  }
  void create(const std::string& topic, int partitions, std::map<std::string, std::string> configs = {}) {
    Admin admin(loop, network, client_config());
    const auto created =
        loop.run(admin.create_topics({{.name = topic, .partitions = partitions, .configs = std::move(configs)}}));
    EXPECT_TRUE(created.at(topic)) << created.at(topic).error().what;
    loop.run(admin.close());
  }
  void produce(const std::string& topic, int partition, std::vector<std::string> values) {
    client::ProducerConfig config;
    config.client = client_config();
    Producer producer(loop, network, config);
    for (const std::string& value : values) {
      const auto delivered = loop.run(
          producer.deliver({.topic = topic, .partition = PartitionIndex{partition}, .value = as_bytes(value)}));
      EXPECT_TRUE(delivered) << delivered.error().what;
    }
    loop.run(producer.close());
  }
  std::vector<std::string> consume(const std::string& topic, int partition, std::size_t count) {
    client::ConsumerConfig config;
    config.client = client_config();
    config.auto_offset_reset = {client::OffsetReset::Kind::earliest};
    Consumer consumer(loop, network, config);
    EXPECT_TRUE(consumer.assign({{topic, PartitionIndex{partition}}}));
    std::vector<std::string> values;
    for (int polls = 0; values.size() < count && polls < 100; ++polls) {
      const auto polled = loop.run(consumer.poll(100ms));
      if (!polled) {
        ADD_FAILURE() << polled.error().what;
        break;
      }
      for (const auto& partition_records : polled->partitions())
        for (const auto& record : partition_records.records) values.emplace_back(as_text(*record.value));
    }
    loop.run(consumer.close());
    return values;
  }

  SimLoop loop{7};
  SimNetwork network{loop};
  SimNode node{loop, network, GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Shards, NodeTest, testing::Values(1, 3));

TEST_P(NodeTest, ServesWhatItWasGivenAlsoAfterARestart) {
  node.disk().set_latency(1ms);
  network.set_latency(1ms);
  start();
  create("orders", 3);
  produce("orders", 1, {"a", "b", "c"});
  EXPECT_EQ(consume("orders", 1, 3), (std::vector<std::string>{"a", "b", "c"}));
  end(NodeEnd::stop);
  start();
  produce("orders", 1, {"d"});
  EXPECT_EQ(consume("orders", 1, 4), (std::vector<std::string>{"a", "b", "c", "d"}));
}

TEST_P(NodeTest, KeepsWhatItAcknowledgedWhenItIsKilled) {
  node.disk().set_latency(1ms);
  start();
  create("orders", 1);
  produce("orders", 0, {"a", "b", "c"});
  end(NodeEnd::kill);
  start();
  EXPECT_EQ(consume("orders", 0, 3), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_P(NodeTest, KeepsWhatItFlushedWhenPowerFails) {
  node.disk().set_latency(1ms);
  start();
  create("orders", 1, {{"flush.messages", "1"}});
  produce("orders", 0, {"a", "b", "c"});
  end(NodeEnd::power);
  start();
  EXPECT_EQ(consume("orders", 0, 3), (std::vector<std::string>{"a", "b", "c"}));
}

// What checkpoints say of a topic that was deleted is not said of the next one of its name.
TEST_P(NodeTest, BeginsATopicAnewThatWasDeleted) {
  node.disk().set_latency(1ms);
  start();
  create("orders", 1);
  produce("orders", 0, {"a", "b", "c"});
  Admin admin(loop, network, client_config());
  EXPECT_TRUE(loop.run(admin.delete_records({{{"orders", {0}}, Offset{2}}})).at({"orders", {0}}));
  loop.advance(10s);  // Checkpoints are written.
  EXPECT_TRUE(loop.run(admin.delete_topics({"orders"})).at("orders"));
  create("orders", 1);
  EXPECT_EQ(
      loop.run(admin.list_offsets({{{"orders", {0}}, client::offset_at::kEarliest}})).at({"orders", {0}})->offset,
      Offset{0});
  loop.run(admin.close());
  end(NodeEnd::kill);
  start();
  produce("orders", 0, {"d"});
  EXPECT_EQ(consume("orders", 0, 1), (std::vector<std::string>{"d"}));
  Admin later(loop, network, client_config());
  EXPECT_EQ(
      loop.run(later.list_offsets({{{"orders", {0}}, client::offset_at::kEarliest}})).at({"orders", {0}})->offset,
      Offset{0});
  loop.run(later.close());
}

// Directories that were renamed or made may be as they were before.
TEST_P(NodeTest, TellsATopicFromADeletedOneThatAPowerFailureBringsBack) {
  for (int round = 0; round < 8; ++round) {
    start();
    create("orders", 1, {{"flush.messages", "1"}});
    produce("orders", 0, {"a", "b"});
    Admin admin(loop, network, client_config());
    EXPECT_TRUE(loop.run(admin.delete_topics({"orders"})).at("orders"));
    loop.run(admin.close());
    create("orders", 1);
    end(NodeEnd::power);
    start();
    produce("orders", 0, {"c"});
    EXPECT_EQ(consume("orders", 0, 1), (std::vector<std::string>{"c"}));
    Admin last(loop, network, client_config());
    EXPECT_TRUE(loop.run(last.delete_topics({"orders"})).at("orders"));
    loop.run(last.close());
    end(NodeEnd::stop);
  }
}

// Clients wait while the disk is full, readers read on, and everything comes right by itself.
TEST_P(NodeTest, TakesWritesAgainWhenTheDiskHasRoom) {
  node.disk().set_latency(1ms);
  node.disk().set_capacity(std::uint64_t{4} << 30);
  start();
  create("orders", 1);
  produce("orders", 0, {"a"});
  const std::uint64_t rest = (std::uint64_t{4} << 30) - node.disk().used() - (1 << 20);
  {
    const auto ballast = loop.run(node.disk().open("ballast", OpenMode::replace));
    ASSERT_TRUE(loop.run((*ballast)->allocate(rest)));
  }
  loop.advance(1s);
  client::ProducerConfig config;
  config.client = client_config();
  config.client.request_timeout = 1s;
  config.delivery_timeout = 3s;
  Producer impatient(loop, network, config);
  const auto refused =
      loop.run(impatient.deliver({.topic = "orders", .partition = PartitionIndex{0}, .value = as_bytes("no")}));
  ASSERT_FALSE(refused);
  loop.run(impatient.close());
  EXPECT_EQ(consume("orders", 0, 1), (std::vector<std::string>{"a"}));
  create("more", 1);  // The node's own records are still written.

  config.delivery_timeout = 60s;
  Producer patient(loop, network, config);
  TaskGroup tasks(loop);
  struct Send {
    static Task<void> send(Producer* producer, bool* delivered) {
      const auto outcome =
          co_await producer->deliver({.topic = "orders", .partition = PartitionIndex{0}, .value = as_bytes("b")});
      *delivered = outcome.has_value();
    }
  };
  bool delivered = false;
  tasks.start(Send::send(&patient, &delivered));
  loop.advance(5s);
  EXPECT_FALSE(delivered);
  ASSERT_TRUE(loop.run(node.disk().remove("ballast")));
  loop.advance(10s);
  EXPECT_TRUE(delivered);
  loop.run(patient.close());
  loop.run(tasks.close());
  EXPECT_EQ(consume("orders", 0, 2), (std::vector<std::string>{"a", "b"}));
}

TEST_P(NodeTest, KeepsEverythingWhenPowerFailsWhereItSyncs) {
  node.set("sluice.durability", "sync");
  node.disk().set_latency(1ms);
  start();
  create("orders", 1);
  produce("orders", 0, {"a", "b", "c"});
  end(NodeEnd::power);
  start();
  EXPECT_EQ(consume("orders", 0, 3), (std::vector<std::string>{"a", "b", "c"}));
}

// After a crash a partition that somebody asks for does not wait for all the others to be recovered.
TEST_P(NodeTest, RecoversFirstWhatIsAskedFor) {
  start();
  create("orders", 400);
  produce("orders", 399, {"a"});
  produce("orders", 0, {"b"});
  end(NodeEnd::kill);
  node.disk().set_latency(400ms);
  const auto started = loop.run(node.start(SimNode::Readiness::serving));
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_LT(node.partitions().size(), 300u);
  EXPECT_EQ(consume("orders", 399, 1), (std::vector<std::string>{"a"}));
  EXPECT_LT(node.partitions().size(), 390u);
  node.disk().set_latency(5ms);
  // One that goes before it was ever opened is gone; one that comes meanwhile is there.
  create("more", 1);
  Admin admin(loop, network, client_config());
  EXPECT_TRUE(loop.run(admin.delete_topics({"orders"})).at("orders"));
  loop.run(admin.close());
  produce("more", 0, {"c"});
  EXPECT_EQ(consume("more", 0, 1), (std::vector<std::string>{"c"}));
  loop.advance(120s);
  EXPECT_EQ(node.partitions().size(), 1u);
  for (const std::string& file : node.disk().files("data")) EXPECT_FALSE(file.starts_with("orders-")) << file;
}

// Stopped before all was recovered, a node does not take the rest for closed, nor forget where their logs begin.
TEST_P(NodeTest, MayBeStoppedWhileItRecovers) {
  start();
  create("orders", 100);
  produce("orders", 99, {"a", "b", "c"});
  Admin admin(loop, network, client_config());
  EXPECT_TRUE(loop.run(admin.delete_records({{{"orders", {99}}, Offset{2}}})).at({"orders", {99}}));
  loop.run(admin.close());
  loop.advance(10s);
  end(NodeEnd::kill);
  for (int i = 0; i < 3; ++i) {
    node.disk().set_latency(400ms);
    ASSERT_TRUE(loop.run(node.start(SimNode::Readiness::serving)));
    loop.advance(6s);  // Checkpoints are written.
    end(i == 1 ? NodeEnd::kill : NodeEnd::stop);
  }
  node.disk().set_latency(0ms);
  start();
  EXPECT_EQ(consume("orders", 99, 1), (std::vector<std::string>{"c"}));
}

}  // namespace
}  // namespace sluice::sim
