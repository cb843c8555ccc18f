// The metadata that Apache Kafka 4.4.0 wrote: we read it, and agree with Kafka's own snapshots of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "controller/node.h"
#include "metadata/image_records.h"

namespace sluice {
namespace {

using test::Node;
using Configs = ConfigMap;

Uuid uuid(std::string_view text) { return *Uuid::parse(text); }

/// The image of what a log holds before `end`.
MetadataImage replay(Node& node, raft::MetadataLog& log, Offset end) {
  MetadataReplay replayed(std::make_shared<MetadataImage>());
  raft::LogReader reader = log.read({0});
  while (true) {
    const auto batch = node.loop.run(reader.next(end));
    EXPECT_TRUE(batch) << batch.error().what;
    if (!batch || !*batch) break;
    if ((*batch)->batch.is_control()) continue;
    const auto applied = replayed.apply({.base_offset = (*batch)->batch.base_offset(),
                                         .epoch = (*batch)->batch.leader_epoch(),
                                         .append_time = (*batch)->batch.max_timestamp(),
                                         .records = (*batch)->records});
    EXPECT_TRUE(applied) << applied.error().what;
  }
  auto update = replayed.take_update();
  return update ? *update->image : MetadataImage{};
}

MetadataImage snapshot_image(Node& node, raft::MetadataLog& log, raft::SnapshotId id) {
  auto reader = node.loop.run(log.read_snapshot(id));
  EXPECT_TRUE(reader) << reader.error().what;
  MetadataDelta delta{MetadataImage{}};
  while (true) {
    const auto records = node.loop.run((*reader)->next());
    EXPECT_TRUE(records) << records.error().what;
    if (!records || !*records) break;
    for (const Bytes record : **records) {
      const auto applied = delta.apply(record);
      EXPECT_TRUE(applied) << applied.error().what;
    }
  }
  return delta.finish({});
}

std::unique_ptr<raft::MetadataLog> open_log(Node& node, const std::string& fixture) {
  test::load_fixture(node.disk, fixture, "data");
  raft::MetadataLogOptions options;
  options.log_dir = "data";
  options.local = {.id = {1}, .directory_id = uuid("eLlutDZ4RVSNEM1CIIx8Ag")};
  auto opened = node.loop.run(raft::MetadataLog::open(node.loop, node.disk, options));
  EXPECT_TRUE(opened) << opened.error().what;
  return std::move(*opened);
}

TEST(KafkaMetadata, IsReadWhole) {
  Node node;
  const auto log = open_log(node, "data");
  const MetadataImage image = replay(node, *log, log->end());
  EXPECT_EQ(image.provenance.last_offset, Offset{2032});
  EXPECT_EQ(image.metadata_version(), MetadataVersion{33});
  EXPECT_EQ(image.features.levels().size(), 6u);

  const struct {
    std::string_view name, id;
    std::size_t partitions;
    Configs configs;
  } topics[] = {
      {"orders",
       "X_NlAWkeT22UV5yknbLZ1g",
       3,
       {{"retention.bytes", "-1"}, {"retention.ms", "86400000"}, {"segment.bytes", "1048576"}}},
      {"compacted", "KvfcZCDhRMqAZaqrkCq4Hw", 1, {{"cleanup.policy", "compact"}, {"segment.bytes", "1048576"}}},
      {"tx", "YHXzgah5STSrhIXW5Y7rBQ", 1, {}},
      {"small", "LohR9ulpRuCNJeeWDBw9AQ", 1, {}},
      {"with.dot", "LOF3isGkS1WLzrnbfHrn7g", 1, {}},
      {"nope", "QciGC2DyRjyM1oTvnFeqfw", 1, {}},
      {"__consumer_offsets",
       "3r8Z9BUjQPu4EcrzTQgyIA",
       50,
       {{"cleanup.policy", "compact"}, {"compression.type", "producer"}, {"segment.bytes", "104857600"}}},
      {"__transaction_state",
       "9DNYAGLwTmah1sZPgsh3uQ",
       50,
       {{"cleanup.policy", "compact"},
        {"compression.type", "uncompressed"},
        {"min.insync.replicas", "1"},
        {"segment.bytes", "104857600"},
        {"unclean.leader.election.enable", "false"}}},
      {"__share_group_state",
       "km8xqx8pRVSJ4VJHZHAhbw",
       50,
       {{"cleanup.policy", "delete"},
        {"compression.type", "producer"},
        {"min.insync.replicas", "1"},
        {"retention.ms", "-1"},
        {"segment.bytes", "104857600"}}},
  };
  EXPECT_EQ(image.topics.size(), std::size(topics));
  for (const auto& expected : topics) {
    SCOPED_TRACE(expected.name);
    const TopicImage* topic = image.topic(expected.name);
    ASSERT_NE(topic, nullptr);
    EXPECT_EQ(topic->id(), uuid(expected.id));
    EXPECT_EQ(topic->partition_count(), expected.partitions);
    EXPECT_EQ(image.configs.of_topic(expected.name), expected.configs);
    // The node was shut down: nobody leads, and its replica may lead again.
    for (const auto& partition : topic->partitions()) {
      ASSERT_NE(partition, nullptr);
      EXPECT_EQ(partition->replicas, test::nodes({1}));
      EXPECT_EQ(partition->leader, kNoLeader);
      EXPECT_EQ(partition->elr, test::nodes({1}));
      EXPECT_EQ(partition->last_known_elr, test::nodes({1}));
      EXPECT_EQ(partition->directories, std::vector<Uuid>{uuid("eLlutDZ4RVSNEM1CIIx8Ag")});
      EXPECT_EQ(partition->leader_epoch, LeaderEpoch{1});
    }
  }
  EXPECT_EQ(image.topic("made"), nullptr);

  const BrokerImage* broker = image.broker({1});
  ASSERT_NE(broker, nullptr);
  EXPECT_EQ(broker->epoch, 20);
  EXPECT_TRUE(broker->fenced);
  EXPECT_TRUE(broker->in_controlled_shutdown);
  EXPECT_EQ(broker->endpoint("PLAINTEXT")->port, 29310);
  EXPECT_EQ(broker->cordoned_log_dirs, std::vector<Uuid>{});
  EXPECT_EQ(image.next_producer_id, ProducerId{1000});
  EXPECT_EQ(image.acls.size(), 9u);
  EXPECT_EQ(image.client_quotas.size(), 4u);
  EXPECT_EQ(image.client_quotas.find(ClientQuotaEntity{{"client-id", "c1"}, {"user", "alice"}})
                ->at("producer_byte_rate"),
            99.0);
  EXPECT_EQ(image.configs.of(ConfigResourceType::broker, ""),
            (Configs{{"message.max.bytes", "2000000"}, {"min.insync.replicas", "1"}}));
  EXPECT_EQ(image.configs.of(ConfigResourceType::broker, "1"), (Configs{{"log.cleaner.threads", "2"}}));
  EXPECT_EQ(image.configs.of(ConfigResourceType::group, "g-share"),
            (Configs{{"share.auto.offset.reset", "earliest"}}));
  EXPECT_EQ(image.configs.of(ConfigResourceType::client_metrics, "m1").size(), 3u);
  ASSERT_TRUE(node.loop.run(log->close()));
}

// Kafka wrote snapshots of the same log: what we make of the log up to there is what we make of the snapshot.
TEST(KafkaMetadata, IsTheSameFromTheLogAsFromKafkasSnapshots) {
  Node node;
  const auto log = open_log(node, "dynamic");
  for (const raft::SnapshotId id : {raft::SnapshotId{{2309}, {2}}, raft::SnapshotId{{2716}, {2}}}) {
    SCOPED_TRACE(id.text());
    const MetadataImage from_log = replay(node, *log, id.end);
    const MetadataImage from_snapshot = snapshot_image(node, *log, id);
    EXPECT_EQ(from_log.provenance.last_offset, id.end - 1);
    EXPECT_TRUE(from_log.features == from_snapshot.features);
    EXPECT_TRUE(from_log.cluster == from_snapshot.cluster);
    EXPECT_TRUE(from_log.topics == from_snapshot.topics);
    EXPECT_TRUE(from_log.configs == from_snapshot.configs);
    EXPECT_TRUE(from_log.client_quotas == from_snapshot.client_quotas);
    EXPECT_TRUE(from_log.acls == from_snapshot.acls);
    EXPECT_TRUE(from_log.scram == from_snapshot.scram);
    EXPECT_TRUE(from_log.same_content(from_snapshot));
    EXPECT_GE(from_snapshot.topics.size(), 9u);
  }
  EXPECT_EQ(snapshot_image(node, *log, {{2716}, {2}}).scram.size(), 2u);
  ASSERT_TRUE(node.loop.run(log->close()));
}

// Our snapshot of Kafka's image holds the records that Kafka's holds; their order within a kind is free.
TEST(KafkaMetadata, GoesIntoTheRecordsThatKafkaWrites) {
  Node node;
  const auto log = open_log(node, "dynamic");
  const raft::SnapshotId id{{2716}, {2}};
  const auto image = std::make_shared<MetadataImage>(snapshot_image(node, *log, id));
  std::multiset<std::string> ours, kafkas;
  ImageRecords source(image);
  RecordList records;
  while (source.next(records, 1000)) {
  }
  for (const Bytes record : records.values()) ours.emplace(as_text(record));
  auto reader = node.loop.run(log->read_snapshot(id));
  for (auto next = node.loop.run((*reader)->next()); next && *next; next = node.loop.run((*reader)->next()))
    for (const Bytes record : **next) kafkas.emplace(as_text(record));
  EXPECT_EQ(ours.size(), kafkas.size());
  std::vector<std::string> differing;
  std::ranges::set_symmetric_difference(ours, kafkas, std::back_inserter(differing));
  // Brokers and controllers list their features in no order.
  EXPECT_LE(differing.size(), 4u);
  for (const std::string& record : differing) EXPECT_TRUE(record[1] == 0 || record[1] == 27) << int{record[1]};
  ASSERT_TRUE(node.loop.run(log->close()));
}

TEST(KafkaMetadata, IsGoneOnWith) {
  Node node;
  test::load_fixture(node.disk, "dynamic", "data");
  node.start();
  EXPECT_EQ(node.controller->log().epoch(), LeaderEpoch{3});
  EXPECT_TRUE(node.image().broker({1})->fenced);
  node.start_broker(2035);  // The epoch that Kafka's mark of a clean shutdown has.
  const TopicImage* orders = node.image().topic("orders");
  ASSERT_NE(orders, nullptr);
  for (const auto& partition : orders->partitions()) {
    EXPECT_EQ(partition->leader, NodeId{1});
    EXPECT_EQ(partition->isr, test::nodes({1}));
    EXPECT_TRUE(partition->elr.empty());
    EXPECT_TRUE(partition->last_known_elr.empty());
    EXPECT_EQ(partition->leader_recovery_state, LeaderRecoveryState::recovered);
  }
  EXPECT_EQ(node.create("new", 2), "");
  node.stop();
  node.start();
  EXPECT_NE(node.image().topic("new"), nullptr);
  EXPECT_NE(node.image().topic("orders"), nullptr);
}

}  // namespace
}  // namespace sluice
