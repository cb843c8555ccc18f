// Transactions of our own client on the real node: what readers of committed records see, whatever befalls the
// node.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "client/admin.h"
#include "client/consumer.h"
#include "client/node.h"
#include "client/producer.h"
#include "server/sim_node.h"
#include "wire/api/write_txn_markers.h"

namespace sluice::sim {
namespace {

using namespace std::chrono_literals;
using client::Admin;
using client::Consumer;
using client::Producer;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kPartitions = 3;

class TransactionsOnNode : public testing::Test {
 protected:
  TransactionsOnNode(int shards, std::uint64_t seed) : loop(seed), node(loop, network, shards) {
    node.disk().set_latency(1ms);
    network.set_latency(1ms);
    start();
    Admin admin(loop, network, client_config());
    const auto created =
        loop.run(admin.create_topics({{.name = "orders", .partitions = kPartitions, .configs = {}}}));
    EXPECT_TRUE(created.at("orders")) << created.at("orders").error().what;
    loop.run(admin.close());
  }
  ~TransactionsOnNode() override {
    for (auto& producer : producers) loop.run(producer->close(loop.now()));
    end(NodeEnd::stop);
  }

  void start() {
    const auto started = loop.run(node.start());
    ASSERT_TRUE(started) << started.error().what;
  }
  void end(NodeEnd how) { loop.run(node.end(how)); }
  void restart(NodeEnd how) {
    end(how);
    start();
  }

  client::ClientConfig client_config() const {
    client::ClientConfig config;
    config.bootstrap_servers = {node.endpoint()};
    return config;
  }
  /// A producer that has taken `id` over.
  Producer& producer(const std::string& id) {
    client::ProducerConfig config;
    config.client = client_config();
    config.transactional_id = id;
    config.max_block = 20s;
    Producer& made = *producers.emplace_back(std::make_unique<Producer>(loop, network, config));
    const auto initialized = loop.run(made.init_transactions());
    EXPECT_TRUE(initialized) << initialized.error().what;
    return made;
  }
  /// False where the record was not delivered.
  bool send(Producer& producer, int partition, const std::string& value) {
    const auto delivered = loop.run(
        producer.deliver({.topic = "orders", .partition = PartitionIndex{partition}, .value = as_bytes(value)}));
    return delivered.has_value();
  }

  /// All that is seen now.
  std::vector<std::string> read(int partition, client::IsolationLevel isolation) {
    client::ConsumerConfig config;
    config.client = client_config();
    config.isolation_level = isolation;
    config.auto_offset_reset = {client::OffsetReset::Kind::earliest};
    Consumer consumer(loop, network, config);
    EXPECT_TRUE(consumer.assign({{"orders", PartitionIndex{partition}}}));
    std::vector<std::string> values;
    for (int idle = 0; idle < 5;) {
      const auto polled = loop.run(consumer.poll(300ms));
      EXPECT_TRUE(polled);
      ++idle;
      if (!polled) continue;
      for (const auto& records : polled->partitions())
        for (const auto& record : records.records) {
          values.emplace_back(as_text(*record.value));
          idle = 0;
        }
    }
    loop.run(consumer.close());
    return values;
  }
  std::vector<std::string> committed(int partition) {
    return read(partition, client::IsolationLevel::read_committed);
  }
  std::vector<std::string> written(int partition) {
    return read(partition, client::IsolationLevel::read_uncommitted);
  }

  SimLoop loop;
  SimNetwork network{loop};
  SimNode node;
  std::vector<std::unique_ptr<Producer>> producers;
};

class NodeTransactions : public TransactionsOnNode, public testing::WithParamInterface<int> {
 protected:
  NodeTransactions() : TransactionsOnNode(GetParam(), 7) {}
};
INSTANTIATE_TEST_SUITE_P(Shards, NodeTransactions, testing::Values(1, 3));

TEST_P(NodeTransactions, CommittedOnesAreSeenAndAbortedOnesAreNot) {
  Producer& orders = producer("x");
  ASSERT_TRUE(orders.begin_transaction());
  EXPECT_TRUE(send(orders, 0, "a"));
  EXPECT_TRUE(send(orders, 1, "b"));
  EXPECT_THAT(committed(0), IsEmpty());
  ASSERT_TRUE(loop.run(orders.commit_transaction()));
  ASSERT_TRUE(orders.begin_transaction());
  EXPECT_TRUE(send(orders, 0, "regretted"));
  ASSERT_TRUE(loop.run(orders.abort_transaction()));
  ASSERT_TRUE(orders.begin_transaction());
  EXPECT_TRUE(send(orders, 0, "c"));
  ASSERT_TRUE(loop.run(orders.commit_transaction()));
  EXPECT_THAT(committed(0), ElementsAre("a", "c"));
  EXPECT_THAT(committed(1), ElementsAre("b"));
  EXPECT_THAT(written(0), ElementsAre("a", "regretted", "c"));
}

TEST_P(NodeTransactions, WhatACrashCutOffIsAbortedByTheNextProducer) {
  Producer& first = producer("x");
  ASSERT_TRUE(first.begin_transaction());
  EXPECT_TRUE(send(first, 0, "lost"));
  restart(NodeEnd::kill);
  EXPECT_THAT(committed(0), IsEmpty());
  Producer& second = producer("x");
  ASSERT_TRUE(second.begin_transaction());
  EXPECT_TRUE(send(second, 0, "kept"));
  ASSERT_TRUE(loop.run(second.commit_transaction()));
  EXPECT_THAT(committed(0), ElementsAre("kept"));
  const auto late = loop.run(first.commit_transaction());
  ASSERT_FALSE(late);
}

TEST_P(NodeTransactions, AnOpenTransactionOutlastsARestart) {
  Producer& orders = producer("x");
  ASSERT_TRUE(orders.begin_transaction());
  EXPECT_TRUE(send(orders, 0, "before"));
  restart(NodeEnd::stop);
  EXPECT_TRUE(send(orders, 1, "after"));
  ASSERT_TRUE(loop.run(orders.commit_transaction()));
  EXPECT_THAT(committed(0), ElementsAre("before"));
  EXPECT_THAT(committed(1), ElementsAre("after"));
}

TEST_P(NodeTransactions, OffsetsCountWithTheirTransaction) {
  const client::TopicPartition partition{"orders", PartitionIndex{0}};
  const auto committed_offset = [&]() -> std::int64_t {
    Admin admin(loop, network, client_config());
    const auto offsets = loop.run(admin.list_group_offsets("readers"));
    loop.run(admin.close());
    if (!offsets || !offsets->contains(partition)) return -1;
    return offsets->at(partition).offset.value;
  };
  Producer& orders = producer("x");
  const auto commit = [&](std::int64_t offset, bool keep) {
    EXPECT_TRUE(orders.begin_transaction());
    const client::Offsets offsets{{partition, {.offset = Offset{offset}}}};
    const auto sent = loop.run(orders.send_offsets_to_transaction(offsets, {.group_id = "readers"}));
    EXPECT_TRUE(sent) << sent.error().what;
    EXPECT_TRUE(loop.run(keep ? orders.commit_transaction() : orders.abort_transaction()));
  };
  commit(5, true);
  EXPECT_EQ(committed_offset(), 5);
  commit(9, false);
  EXPECT_EQ(committed_offset(), 5);
  restart(NodeEnd::kill);
  EXPECT_EQ(committed_offset(), 5);
  commit(7, true);
  EXPECT_EQ(committed_offset(), 7);
}

// A marker that was sent twice comes late when the producer's next transaction is open, which is not its to end.
TEST_P(NodeTransactions, ALateMarkerDoesNotEndTheNextTransaction) {
  const client::TopicPartition partition{"orders", PartitionIndex{0}};
  Admin admin(loop, network, client_config());
  const auto write_marker = [&](const client::ActiveProducer& ended, std::int8_t version) {
    wire::WriteTxnMarkersRequest request;
    auto& marker = request.markers.emplace_back();
    marker.producer_id = ended.id;
    marker.producer_epoch = {static_cast<std::int16_t>(ended.epoch)};
    marker.topics.push_back({.name = "orders", .partition_indexes = {PartitionIndex{0}}, .unknown_tags = {}});
    marker.transaction_version = version;
    const client::ClientConfig config = client_config();
    client::Surroundings surroundings(loop, network, config);
    client::Node asked(surroundings, NodeId{-1}, node.endpoint());
    const auto answer = loop.run(asked.ask(request, loop.now() + 1min));
    loop.run(asked.close());
    return (*answer)->markers.at(0).topics.at(0).partitions.at(0).error_code;
  };
  Producer& orders = producer("x");
  for (const std::string value : {"a", "b"}) {
    ASSERT_TRUE(orders.begin_transaction());
    EXPECT_TRUE(send(orders, 0, value));
    const auto known = loop.run(admin.describe_producers({partition}));
    ASSERT_TRUE(known.at(partition));
    EXPECT_EQ(write_marker(known.at(partition)->at(0), 2), ErrorCode::invalid_producer_epoch);
    EXPECT_TRUE(send(orders, 0, value + "+"));
    ASSERT_TRUE(loop.run(orders.commit_transaction()));
  }
  EXPECT_THAT(committed(0), ElementsAre("a", "a+", "b", "b+"));
  // Who ends a hanging transaction by hand does not say which version it goes by.
  ASSERT_TRUE(orders.begin_transaction());
  EXPECT_TRUE(send(orders, 0, "hangs"));
  const auto known = loop.run(admin.describe_producers({partition}));
  EXPECT_EQ(write_marker(known.at(partition)->at(0), 0), ErrorCode::none);
  EXPECT_THAT(committed(0), ElementsAre("a", "a+", "b", "b+"));
  loop.run(admin.close());
}

/// How a transaction ended, as far as its producer knows.
enum class Told { committed, aborted, nothing };

class RandomNodeTransactions : public TransactionsOnNode, public testing::WithParamInterface<int> {
 protected:
  RandomNodeTransactions() : TransactionsOnNode(1 + GetParam() % 3, static_cast<std::uint64_t>(GetParam())) {}
};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomNodeTransactions, testing::Range(1, 21));

// The node is killed and stopped at random moments; every transaction is seen as a whole or not at all, in the way
// that its producer was told.
TEST_P(RandomNodeTransactions, EndWholeWhateverBefallsTheNode) {
  std::map<int, Told> told;
  std::map<int, std::set<int>> delivered;  // By transaction: partitions.
  Producer* orders = &producer("x");
  for (int number = 0; number < 40; ++number) {
    told[number] = Told::nothing;
    if (!orders->begin_transaction()) {
      orders = &producer("x");
      ASSERT_TRUE(orders->begin_transaction());
    }
    bool all = true;
    for (int partition = 0; partition < kPartitions; ++partition) {
      if (loop.seeded().one_in(3)) continue;
      const bool sent = send(*orders, partition, fmt::format("{}", number));
      if (sent) delivered[number].insert(partition);
      all = all && sent;
      if (loop.seeded().one_in(8)) restart(loop.seeded().one_in(2) ? NodeEnd::kill : NodeEnd::stop);
    }
    const bool commit = all && !loop.seeded().one_in(4);
    const auto outcome = loop.run(commit ? orders->commit_transaction() : orders->abort_transaction());
    if (outcome) told[number] = commit ? Told::committed : Told::aborted;
    if (loop.seeded().one_in(6)) restart(NodeEnd::kill);
    if (!outcome) orders = &producer("x");
  }
  producer("x");  // Ends what may be open.
  std::map<int, std::set<int>> seen;
  for (int partition = 0; partition < kPartitions; ++partition)
    for (const std::string& value : committed(partition))
      EXPECT_TRUE(seen[std::stoi(value)].insert(partition).second) << value << " is seen twice in " << partition;
  int committed_ones = 0;
  for (const auto& [number, outcome] : told) {
    SCOPED_TRACE(fmt::format("transaction {}", number));
    if (outcome == Told::committed) {
      EXPECT_EQ(seen[number], delivered[number]);
    }
    if (outcome == Told::aborted) {
      EXPECT_THAT(seen[number], IsEmpty());
    }
    if (outcome == Told::nothing && !seen[number].empty()) {
      EXPECT_EQ(seen[number], delivered[number]);
    }
    committed_ones += outcome == Told::committed ? 1 : 0;
  }
  EXPECT_GT(committed_ones, 10) << "the run was too unlucky to show anything";
}

}  // namespace
}  // namespace sluice::sim
