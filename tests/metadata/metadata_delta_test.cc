#include "metadata/metadata_delta.h"

#include <gtest/gtest.h>

#include "metadata/directory_id.h"
#include "metadata/records.h"
#include "wire/metadata/clear_elr_record.h"
#include "wire/metadata/fence_broker_record.h"
#include "wire/metadata/no_op_record.h"
#include "wire/metadata/remove_access_control_entry_record.h"
#include "wire/metadata/remove_delegation_token_record.h"
#include "wire/metadata/remove_user_scram_credential_record.h"
#include "wire/metadata/unfence_broker_record.h"
#include "wire/metadata/unregister_controller_record.h"

namespace sluice {
namespace {

using namespace test;

const Uuid kOrders = id(1);

MetadataImage with_orders() {
  return apply({}, list(topic("orders", kOrders), config(2, "orders", "retention.ms", "1000"),
                        partition(kOrders, 0, {1, 2, 3}), partition(kOrders, 1, {2, 3, 1})));
}

TEST(MetadataDelta, MakesTopicsThatAreFoundByNameAndById) {
  const MetadataImage image = with_orders();
  const TopicImage* topic = image.topic("orders");
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(image.topic(kOrders), topic);
  EXPECT_EQ(topic->id(), kOrders);
  ASSERT_EQ(topic->partition_count(), 2u);
  EXPECT_EQ(topic->partition({1})->replicas, nodes({2, 3, 1}));
  EXPECT_EQ(topic->partition({1})->leader, NodeId{2});
  EXPECT_EQ(topic->partition({2}), nullptr);
  EXPECT_EQ(topic->partition({-1}), nullptr);
  EXPECT_EQ(image.topic("Orders"), nullptr);
  EXPECT_EQ(*image.configs.find(ConfigResourceType::topic, "orders", "retention.ms"), "1000");
}

TEST(MetadataDelta, ChangesOnePartitionAndSharesTheOthers) {
  const MetadataImage before = with_orders();
  auto record = change(kOrders, 0);
  record.isr = nodes({2});
  record.leader = {2};
  const MetadataImage after = apply(before, list(record));

  const PartitionImage& changed = *after.topic(kOrders)->partition({0});
  EXPECT_EQ(changed.leader, NodeId{2});
  EXPECT_EQ(changed.leader_epoch, LeaderEpoch{1});
  EXPECT_EQ(changed.partition_epoch, 1);
  EXPECT_EQ(changed.isr, nodes({2}));
  EXPECT_EQ(changed.replicas, nodes({1, 2, 3}));
  EXPECT_EQ(before.topic(kOrders)->partition({0})->leader, NodeId{1});
  EXPECT_EQ(before.topic(kOrders)->partition({1}), after.topic(kOrders)->partition({1}));
}

// A leader that is named again begins a new epoch: that is how one is asked for.
TEST(MetadataDelta, CountsTheLeadersEpochOnlyWhenALeaderIsNamed) {
  auto same = change(kOrders, 0);
  same.leader = {1};
  auto unchanged = change(kOrders, 0);
  unchanged.isr = nodes({1, 2});
  const MetadataImage image = apply(with_orders(), list(same, unchanged));
  const PartitionImage& partition = *image.topic(kOrders)->partition({0});
  EXPECT_EQ(partition.leader_epoch, LeaderEpoch{1});
  EXPECT_EQ(partition.partition_epoch, 2);
}

TEST(MetadataDelta, ForgetsATopicWithItsConfiguration) {
  const MetadataImage image = apply(with_orders(), list(remove(kOrders)));
  EXPECT_EQ(image.topic("orders"), nullptr);
  EXPECT_EQ(image.topic(kOrders), nullptr);
  EXPECT_TRUE(image.configs.of_topic("orders").empty());
  EXPECT_EQ(image.topics.size(), 0u);
}

TEST(MetadataDelta, TakesATopicOfTheSameNameInTheSameRun) {
  const Uuid second = id(2);
  const MetadataImage image =
      apply(with_orders(), list(remove(kOrders), topic("orders", second), partition(second, 0, {1})));
  ASSERT_NE(image.topic("orders"), nullptr);
  EXPECT_EQ(image.topic("orders")->id(), second);
  EXPECT_EQ(image.topic("orders")->partition_count(), 1u);
  EXPECT_TRUE(image.configs.of_topic("orders").empty());
}

TEST(MetadataDelta, RemovesAConfigurationWithItsLastKey) {
  const MetadataImage image =
      apply(with_orders(), list(config(2, "orders", "retention.ms", std::nullopt),
                                config(4, "", "message.max.bytes", "7"), config(4, "1", "x", "y")));
  EXPECT_TRUE(image.configs.of_topic("orders").empty());
  EXPECT_EQ(image.configs.map().size(), 2u);
  EXPECT_EQ(image.configs.of(ConfigResourceType::broker, "").at("message.max.bytes"), "7");
}

// Records from before KIP-858 have no directories: each replica then counts as not yet assigned to one.
TEST(MetadataDelta, ReadsPartitionsWithoutDirectories) {
  auto old = partition(kOrders, 0, {1, 2});
  old.directories.clear();
  RecordList records = list(topic("orders", kOrders));
  records.add(old, 0);
  const MetadataImage image = apply({}, records);
  EXPECT_EQ(image.topic(kOrders)->partition({0})->directories, std::vector<Uuid>(2, kDirectoryMigrating));
}

TEST(MetadataDelta, FollowsABrokerThroughItsLife) {
  MetadataImage image = apply({}, list(broker(1, 20)));
  EXPECT_TRUE(image.broker({1})->fenced);
  EXPECT_EQ(image.broker({1})->endpoint("PLAINTEXT")->port, 9093);

  image = apply(image, list(unfence(1, 20)));
  EXPECT_TRUE(image.cluster.is_active({1}));

  auto ending = unfence(1, 20);
  ending.fenced = 0;
  ending.in_controlled_shutdown = 1;
  image = apply(image, list(ending));
  EXPECT_FALSE(image.cluster.is_active({1}));
  EXPECT_FALSE(image.broker({1})->fenced);

  auto directories = unfence(1, 20);
  directories.fenced = 1;
  directories.log_dirs = {id(7), id(6)};
  directories.cordoned_log_dirs = std::vector<Uuid>{id(6)};
  image = apply(image, list(directories));
  EXPECT_TRUE(image.broker({1})->fenced);
  EXPECT_EQ(image.broker({1})->log_dirs, (std::vector<Uuid>{id(6), id(7)}));
  EXPECT_EQ(image.broker({1})->cordoned_log_dirs, std::vector<Uuid>{id(6)});

  image = apply(image, list(broker(1, 30)));
  EXPECT_EQ(image.broker({1})->epoch, 30);
  EXPECT_FALSE(image.broker({1})->in_controlled_shutdown);

  wire::UnregisterBrokerRecord gone;
  gone.broker_id = {1};
  gone.broker_epoch = 30;
  EXPECT_EQ(apply(image, list(gone)).broker({1}), nullptr);
}

TEST(MetadataDelta, TakesTheOlderWaysToFence) {
  wire::UnfenceBrokerRecord unfence_record;
  unfence_record.id = {1};
  unfence_record.epoch = 20;
  wire::FenceBrokerRecord fence_record;
  fence_record.id = {1};
  fence_record.epoch = 20;
  MetadataImage image = apply({}, list(broker(1, 20), unfence_record));
  EXPECT_FALSE(image.broker({1})->fenced);
  image = apply(image, list(fence_record));
  EXPECT_TRUE(image.broker({1})->fenced);
}

TEST(MetadataDelta, EmptiesEligibleReplicasOfOneTopicOrAll) {
  const Uuid other = id(2);
  auto first = partition(kOrders, 0, {1});
  first.eligible_leader_replicas = nodes({1});
  first.last_known_elr = nodes({1});
  auto second = partition(other, 0, {1});
  second.eligible_leader_replicas = nodes({1});
  const MetadataImage before = apply({}, list(topic("orders", kOrders), first, topic("other", other), second));

  wire::ClearElrRecord one;
  one.topic_name = "orders";
  const MetadataImage after = apply(before, list(one));
  EXPECT_TRUE(after.topic(kOrders)->partition({0})->elr.empty());
  EXPECT_TRUE(after.topic(kOrders)->partition({0})->last_known_elr.empty());
  EXPECT_EQ(after.topic(other)->partition({0})->elr, nodes({1}));

  EXPECT_TRUE(apply(before, list(wire::ClearElrRecord{})).topic(other)->partition({0})->elr.empty());
}

TEST(MetadataDelta, KeepsFeaturesThatAreNotAtLevelZero) {
  MetadataImage image = apply({}, list(feature("metadata.version", 33), feature("group.version", 1)));
  EXPECT_EQ(image.metadata_version(), MetadataVersion{33});
  EXPECT_EQ(image.features.level("group.version"), 1);
  image = apply(image, list(feature("group.version", 0)));
  EXPECT_EQ(image.features.level("group.version"), 0);
  EXPECT_EQ(image.features.levels().size(), 1u);
}

// What is not understood here is kept whole all the same: acls, quotas, credentials, tokens.
TEST(MetadataDelta, KeepsAndRemovesWhatOthersUnderstand) {
  wire::AccessControlEntryRecord acl;
  acl.id = id(50);
  acl.resource_name = "orders";
  acl.principal = "User:bob";
  acl.host = "*";
  wire::ClientQuotaRecord quota;
  auto& user = quota.entity.emplace_back();
  user.entity_type = "user";
  user.entity_name = std::nullopt;
  quota.key = "producer_byte_rate";
  quota.value = 10.5;
  wire::UserScramCredentialRecord scram;
  scram.name = "carol";
  scram.mechanism = 1;
  scram.salt = as_bytes("salt");
  scram.iterations = 4096;
  wire::DelegationTokenRecord token;
  token.owner = "User:bob";
  token.token_id = "t1";
  token.renewers = {"User:a", "User:b"};
  MetadataImage image = apply({}, list(acl, quota, scram, token));

  EXPECT_EQ(image.acls.find(id(50))->principal, "User:bob");
  const ClientQuotaEntity entity{{"user", std::nullopt}};
  EXPECT_EQ(image.client_quotas.find(entity)->at("producer_byte_rate"), 10.5);
  const ScramCredentialImage* credential = image.scram.find(ScramUser{1, "carol"});
  ASSERT_NE(credential, nullptr);
  EXPECT_EQ(as_text(credential->salt), "salt");
  EXPECT_EQ(image.delegation_tokens.find(std::string_view("t1"))->renewers.size(), 2u);

  wire::RemoveAccessControlEntryRecord no_acl;
  no_acl.id = id(50);
  quota.remove = true;
  wire::RemoveUserScramCredentialRecord no_scram;
  no_scram.name = "carol";
  no_scram.mechanism = 1;
  wire::RemoveDelegationTokenRecord no_token;
  no_token.token_id = "t1";
  image = apply(image, list(no_acl, quota, no_scram, no_token));
  EXPECT_TRUE(image.acls.empty());
  EXPECT_TRUE(image.client_quotas.empty());
  EXPECT_TRUE(image.scram.empty());
  EXPECT_TRUE(image.delegation_tokens.empty());
}

TEST(MetadataDelta, RefusesRecordsOfWhatIsNotThere) {
  const MetadataImage image = apply(with_orders(), list(broker(1, 20)));
  EXPECT_EQ(refusal(image, list(topic("orders", id(9)))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(topic("new", kOrders))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(partition(id(9), 0, {1}))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(change(kOrders, 2))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(remove(id(9)))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(unfence(2, 20))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(unfence(1, 21))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(wire::UnregisterControllerRecord{})), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(wire::RemoveAccessControlEntryRecord{})), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(feature("metadata.version", 34))), Errc::unsupported_version);
}

TEST(MetadataDelta, RefusesNumbersThatCannotBe) {
  const MetadataImage image = with_orders();
  EXPECT_EQ(refusal(image, list(partition(kOrders, -1, {1}))), Errc::corrupt);
  EXPECT_EQ(refusal(image, list(partition(kOrders, 2'000'000'000, {1}))), Errc::corrupt);
  auto directories = partition(kOrders, 2, {1});
  directories.directories = {id(1), id(2)};
  EXPECT_EQ(refusal(image, list(directories)), Errc::corrupt);
  auto recovery = partition(kOrders, 2, {1});
  recovery.leader_recovery_state = 2;
  EXPECT_EQ(refusal(image, list(recovery)), Errc::corrupt);
}

TEST(MetadataDelta, RefusesBytesThatAreNoRecord) {
  const auto refused = [](std::initializer_list<int> bytes) -> std::optional<Errc> {
    std::vector<std::byte> record;
    for (const int byte : bytes) record.push_back(static_cast<std::byte>(byte));
    MetadataDelta delta(MetadataImage{});
    const auto applied = delta.apply(Bytes(record));
    return applied ? std::nullopt : std::optional(applied.error().code);
  };
  EXPECT_EQ(refused({0x01, 0x14, 0x00, 0x00}), std::nullopt);  // A no-op, as Kafka writes it.
  EXPECT_EQ(refused({}), Errc::corrupt);
  EXPECT_EQ(refused({0x01, 0x14}), Errc::corrupt);
  EXPECT_EQ(refused({0x02, 0x14, 0x00, 0x00}), Errc::unsupported_version);
  EXPECT_EQ(refused({0x01, 0x7f, 0x00, 0x00}), Errc::unsupported_version);
  EXPECT_EQ(refused({0x01, 0x14, 0x01, 0x00}), Errc::unsupported_version);
  EXPECT_EQ(refused({0x01, 0x14, 0x00, 0x00, 0x00}), Errc::corrupt);
  EXPECT_EQ(refused({0x01, 0xff, 0xff, 0xff, 0x0f, 0x00}), Errc::corrupt);
}

}  // namespace
}  // namespace sluice
