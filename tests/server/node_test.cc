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

}  // namespace
}  // namespace sluice::sim
