#include "metadata/image_records.h"

#include <gtest/gtest.h>

#include "metadata/records.h"

namespace sluice {
namespace {

using namespace test;

/// Records that leave something of every kind, and take some of it back.
RecordList everything() {
  RecordList records = list(feature("metadata.version", 33), feature("eligible.leader.replicas.version", 1),
                            feature("group.version", 1), broker(1, 4), broker(2, 5), unfence(1, 4));
  auto rack = broker(3, 8);
  rack.rack = "r1";
  rack.cordoned_log_dirs = std::vector<Uuid>{id(900)};
  wire::RegisterControllerRecord controller;
  controller.controller_id = {1};
  controller.incarnation_id = id(77);
  auto& endpoint = controller.end_points.emplace_back();
  endpoint.name = "CONTROLLER";
  endpoint.host = "127.0.0.1";
  endpoint.port = 9093;
  put(records, rack);
  put(records, controller);
  for (int number = 1; number <= 5; ++number) {
    const std::string name = "topic" + std::to_string(number);
    put(records, topic(name, id(number)));
    put(records, config(2, name, "retention.ms", std::to_string(number)));
    for (int index = 0; index < number; ++index) put(records, partition(id(number), index, {1, 2, 3}));
  }
  auto shrunk = change(id(5), 2);
  shrunk.isr = nodes({});
  shrunk.leader = {-1};
  shrunk.eligible_leader_replicas = nodes({1, 2});
  shrunk.last_known_elr = nodes({1});
  shrunk.leader_recovery_state = 1;
  put(records, shrunk);
  put(records, remove(id(3)));
  put(records, config(4, "", "min.insync.replicas", "1"));
  put(records, config(16, "m1", "interval.ms", "30000"));
  wire::ClientQuotaRecord quota;
  auto& entity = quota.entity.emplace_back();
  entity.entity_type = "client-id";
  entity.entity_name = "c1";
  quota.key = "request_percentage";
  quota.value = 50;
  put(records, quota);
  wire::ProducerIdsRecord producers;
  producers.broker_id = {1};
  producers.broker_epoch = 4;
  producers.next_producer_id = {1000};
  put(records, producers);
  wire::AccessControlEntryRecord acl;
  acl.id = id(60);
  acl.resource_name = "topic1";
  acl.principal = "User:bob";
  acl.host = "*";
  put(records, acl);
  wire::UserScramCredentialRecord scram;
  scram.name = "carol";
  scram.mechanism = 2;
  scram.salt = as_bytes("salt");
  put(records, scram);
  wire::DelegationTokenRecord token;
  token.token_id = "t1";
  token.owner = "User:bob";
  put(records, token);
  return records;
}

RecordList records_of(const MetadataImage& image, std::size_t at_once) {
  ImageRecords source(std::make_shared<MetadataImage>(image));
  RecordList records;
  while (source.next(records, at_once)) {
  }
  return records;
}

// After every prefix of the records, the snapshot of the image makes the same image again.
TEST(ImageRecords, MakeTheImageThatTheyWereTakenFrom) {
  const RecordList records = everything();
  MetadataImage image;
  for (std::size_t i = 0; i < records.size(); ++i) {
    SCOPED_TRACE(i);
    RecordList next;
    next.add_encoded(records[i]);
    image = apply(image, next);
    const MetadataImage copy = apply({}, records_of(image, 1000));
    ASSERT_TRUE(copy.same_content(image));
  }
  EXPECT_EQ(image.topics.size(), 4u);
}

TEST(ImageRecords, ComeInPiecesThatTogetherAreTheSame) {
  const MetadataImage image = apply({}, everything());
  const RecordList whole = records_of(image, 100'000);
  const RecordList pieces = records_of(image, 1);
  ASSERT_EQ(whole.size(), pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(as_text(whole[i]), as_text(pieces[i])) << i;
}

TEST(ImageRecords, BeginWithMetadataVersion) {
  const RecordList records = records_of(apply({}, everything()), 1000);
  EXPECT_EQ(as_text(records[0]), as_text(list(feature("metadata.version", 33))[0]));
}

TEST(ImageRecords, LeaveOutWhatTheVersionCannotSay) {
  const MetadataImage image = apply(apply({}, everything()), list(feature("eligible.leader.replicas.version", 0)));
  MetadataImage old = apply(image, list(feature("metadata.version", 7)));
  const MetadataImage copy = apply({}, records_of(old, 1000));
  EXPECT_TRUE(copy.cluster.controllers().empty());
  EXPECT_TRUE(copy.broker({3})->log_dirs.empty());
  EXPECT_TRUE(copy.topic(id(5))->partition({2})->elr.empty());
  EXPECT_EQ(copy.topic(id(5))->partition({2})->replicas, nodes({1, 2, 3}));
}

TEST(ImageRecords, OfNothingAreNone) { EXPECT_TRUE(records_of({}, 10).empty()); }

}  // namespace
}  // namespace sluice
