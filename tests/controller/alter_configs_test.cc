#include "controller/alter_configs.h"

#include <gtest/gtest.h>

#include "controller/cluster.h"

namespace sluice {
namespace {

using test::Cluster;
using test::said;

struct Change {
  std::string_view key;
  int operation;
  std::optional<std::string_view> value;
};
constexpr int kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3;
constexpr int kTopic = 2, kBroker = 4, kLogger = 8, kMetrics = 16, kGroup = 32;

class AlterConfigs : public testing::Test {
 protected:
  AlterConfigs() {
    cluster.apply(test::list(test::topic("orders", test::id(1)), test::partition(test::id(1), 0, {1})));
  }

  static void add(wire::IncrementalAlterConfigsRequest& request, int type, std::string_view name,
                  std::initializer_list<Change> changes) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = static_cast<std::int8_t>(type);
    resource.resource_name = name;
    for (const Change& change : changes) {
      auto& config = resource.configs.emplace_back();
      config.name = change.key;
      config.config_operation = static_cast<std::int8_t>(change.operation);
      config.value = change.value;
    }
  }
  /// Changes one resource, and says what the answer says.
  std::string alter(int type, std::string_view name, std::initializer_list<Change> changes) {
    wire::IncrementalAlterConfigsRequest request;
    add(request, type, name, changes);
    const auto decision = alter_configs(cluster.context(), request);
    const std::string answer = said((*decision.answer).responses.at(0));
    if (!answer.empty()) EXPECT_TRUE(decision.records.empty());
    cluster.apply(decision);
    return answer;
  }
  ConfigMap configs(int type, std::string_view name) const {
    return cluster.image.configs.of(static_cast<ConfigResourceType>(type), name);
  }

  Cluster cluster;
};

TEST_F(AlterConfigs, SetsAndRemoves) {
  EXPECT_EQ(alter(kTopic, "orders", {{"max.message.bytes", kSet, "2000000"}, {"retention.bytes", kSet, "-1"}}),
            "");
  EXPECT_EQ(configs(kTopic, "orders"), (ConfigMap{{"max.message.bytes", "2000000"}, {"retention.bytes", "-1"}}));
  EXPECT_EQ(alter(kTopic, "orders", {{"max.message.bytes", kDelete, std::nullopt}}), "");
  EXPECT_EQ(configs(kTopic, "orders"), (ConfigMap{{"retention.bytes", "-1"}}));
  EXPECT_EQ(alter(kBroker, "1", {{"log.cleaner.threads", kSet, "2"}}), "");
  EXPECT_EQ(alter(kBroker, "", {{"message.max.bytes", kSet, "2000000"}}), "");
  EXPECT_EQ(alter(kGroup, "g", {{"share.auto.offset.reset", kSet, "earliest"}}), "");
  EXPECT_EQ(alter(kMetrics, "m1", {{"interval.ms", kSet, "30000"}, {"match", kSet, "client_id=a.*"}}), "");
  EXPECT_EQ(configs(kMetrics, "m1").size(), 2u);
}

TEST_F(AlterConfigs, PutsToListsAndTakesFromThem) {
  EXPECT_EQ(alter(kTopic, "orders", {{"cleanup.policy", kAppend, "compact"}}), "");
  EXPECT_EQ(configs(kTopic, "orders").at("cleanup.policy"), "delete,compact");  // The default was there before.
  EXPECT_EQ(alter(kTopic, "orders", {{"cleanup.policy", kAppend, "compact"}}), "");
  EXPECT_EQ(configs(kTopic, "orders").at("cleanup.policy"), "delete,compact");
  EXPECT_EQ(alter(kTopic, "orders", {{"cleanup.policy", kSubtract, "delete"}}), "");
  EXPECT_EQ(configs(kTopic, "orders").at("cleanup.policy"), "compact");
  EXPECT_EQ(alter(kTopic, "orders", {{"retention.ms", kAppend, "1"}}),
            "INVALID_CONFIG: Can't APPEND to key retention.ms because its type is not LIST.");
}

// Brokers read files again when a key is set anew, so for them the record is written all the same.
TEST_F(AlterConfigs, WritesWhatStaysTheSameForBrokersOnly) {
  wire::IncrementalAlterConfigsRequest request;
  add(request, kTopic, "orders", {{"retention.ms", kSet, "1"}});
  add(request, kBroker, "1", {{"log.cleaner.threads", kSet, "2"}});
  const auto first = alter_configs(cluster.context(), request);
  EXPECT_EQ(first.records.size(), 2u);
  cluster.apply(first);
  EXPECT_EQ(alter_configs(cluster.context(), request).records.size(), 1u);
}

TEST_F(AlterConfigs, ChangesAResourceAsAWholeOrNotAtAll) {
  wire::IncrementalAlterConfigsRequest request;
  add(request, kTopic, "orders", {{"retention.ms", kSet, "1"}, {"nope.config", kSet, "1"}});
  add(request, kBroker, "", {{"message.max.bytes", kSet, "2000000"}});
  const auto decision = alter_configs(cluster.context(), request);
  EXPECT_EQ(said((*decision.answer).responses.at(0)), "INVALID_CONFIG: Unknown topic config name: nope.config");
  EXPECT_EQ(said((*decision.answer).responses.at(1)), "");
  cluster.apply(decision);
  EXPECT_TRUE(configs(kTopic, "orders").empty());
  EXPECT_FALSE(configs(kBroker, "").empty());
}

TEST_F(AlterConfigs, OnlyLooksWhereAskedTo) {
  wire::IncrementalAlterConfigsRequest request;
  add(request, kTopic, "orders", {{"retention.ms", kSet, "1"}});
  request.validate_only = true;
  const auto decision = alter_configs(cluster.context(), request);
  EXPECT_EQ(said((*decision.answer).responses.at(0)), "");
  EXPECT_TRUE(decision.records.empty());
}

TEST_F(AlterConfigs, SaysInKafkasWordsWhatIsWrong) {
  EXPECT_EQ(
      alter(kTopic, "orders", {{"cleanup.policy", kSet, "wrong"}}),
      "INVALID_CONFIG: Invalid value wrong for configuration cleanup.policy: String must be one of: compact, "
      "delete");
  EXPECT_EQ(alter(kTopic, "nope9", {{"retention.ms", kSet, "1"}}),
            "UNKNOWN_TOPIC_OR_PARTITION: The topic 'nope9' does not exist.");
  EXPECT_EQ(alter(kTopic, "", {{"retention.ms", kSet, "1"}}),
            "INVALID_REQUEST: Default topic resources are not allowed.");
  EXPECT_EQ(alter(kTopic, "orders", {{"retention.ms", kSet, std::nullopt}}),
            "INVALID_REQUEST: Null value not supported for : retention.ms");
  EXPECT_EQ(alter(kTopic, "orders", {{"retention.ms", kSet, "1"}, {"retention.ms", kSet, "2"}}),
            "INVALID_REQUEST: Error due to duplicate config keys");
  EXPECT_EQ(alter(kTopic, "orders", {{"retention.ms", 4, "1"}}), "INVALID_REQUEST: Unknown operation type 4");
  EXPECT_EQ(alter(kBroker, "1", {{"log.dirs", kSet, "/x"}}),
            "INVALID_REQUEST: Cannot update these configs dynamically: [log.dirs]");
  EXPECT_EQ(alter(kBroker, "1", {{"log.cleaner.threads", kSet, "x"}}),
            "INVALID_REQUEST: Invalid value x for configuration log.cleaner.threads: Not a number of type INT");
  EXPECT_EQ(alter(kBroker, "9", {{"log.cleaner.threads", kSet, "2"}}),
            "BROKER_ID_NOT_REGISTERED: No node with id 9 found.");
  EXPECT_EQ(alter(kBroker, "x", {{"log.cleaner.threads", kSet, "2"}}),
            "INVALID_REQUEST: Unable to parse broker name as a base 10 number.");
  EXPECT_EQ(alter(kGroup, "g", {{"consumer.session.timeout.ms", kSet, "1"}}),
            "INVALID_CONFIG: consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive.");
  EXPECT_EQ(alter(kGroup, "g", {{"nope", kSet, "1"}}), "INVALID_CONFIG: Unknown group config name: nope");
  EXPECT_EQ(alter(kMetrics, "m", {{"nope", kSet, "1"}}),
            "INVALID_REQUEST: Unknown client metrics configuration: nope");
  EXPECT_EQ(alter(kMetrics, "m", {{"interval.ms", kSet, "1"}}),
            "INVALID_REQUEST: Invalid value 1 for interval.ms, interval must be between 100 and 3600000 (1 hour)");
  EXPECT_EQ(alter(kMetrics, "m", {{"match", kSet, "foo=bar"}}),
            "INVALID_CONFIG: Illegal client matching pattern: foo=bar");
  EXPECT_EQ(alter(kLogger, "1", {{"x", kSet, "INFO"}}).substr(0, 15), "INVALID_REQUEST");
  EXPECT_EQ(alter(3, "x", {{"x", kSet, "y"}}), "INVALID_REQUEST: Unknown resource type 3");
}

TEST_F(AlterConfigs, RefusesAResourceThatIsNamedTwice) {
  wire::IncrementalAlterConfigsRequest request;
  add(request, kTopic, "orders", {{"retention.ms", kSet, "1"}});
  add(request, kTopic, "orders", {{"retention.ms", kSet, "2"}});
  const auto decision = alter_configs(cluster.context(), request);
  for (const auto& response : (*decision.answer).responses)
    EXPECT_EQ(said(response), "INVALID_REQUEST: Each resource must appear at most once.");
  EXPECT_TRUE(decision.records.empty());
}

TEST_F(AlterConfigs, KeepsMinInsyncReplicasInOnePlaceWhereReplicasAreEligible) {
  cluster.enable_elr();
  EXPECT_EQ(alter(kBroker, "1", {{"min.insync.replicas", kSet, "2"}}),
            "INVALID_CONFIG: Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
  EXPECT_EQ(alter(kBroker, "", {{"min.insync.replicas", kSet, "2"}}), "");
  EXPECT_EQ(alter(kBroker, "", {{"min.insync.replicas", kDelete, std::nullopt}}),
            "INVALID_CONFIG: Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
}

TEST_F(AlterConfigs, EmptiesEligibleReplicasWithMinInsyncReplicas) {
  cluster.enable_elr();
  auto change = test::change(test::id(1), 0);
  change.eligible_leader_replicas = test::nodes({1});
  cluster.apply(test::list(change));
  EXPECT_EQ(alter(kTopic, "orders", {{"min.insync.replicas", kSet, "2"}}), "");
  EXPECT_TRUE(cluster.partition_of("orders", 0).elr.empty());
}

// The older request sets a resource as a whole: what it does not name is removed.
TEST_F(AlterConfigs, ReplacesAConfigurationInTheOlderWay) {
  EXPECT_EQ(alter(kTopic, "orders", {{"retention.ms", kSet, "1"}, {"segment.bytes", kSet, "2000000"}}), "");
  wire::AlterConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = kTopic;
  resource.resource_name = "orders";
  auto& config = resource.configs.emplace_back();
  config.name = "retention.ms";
  config.value = "7";
  const auto decision = alter_configs(cluster.context(), request);
  EXPECT_EQ(said((*decision.answer).responses.at(0)), "");
  cluster.apply(decision);
  EXPECT_EQ(configs(kTopic, "orders"), (ConfigMap{{"retention.ms", "7"}}));

  config.value = std::nullopt;
  EXPECT_EQ(said((*alter_configs(cluster.context(), request).answer).responses.at(0)),
            "INVALID_REQUEST: Null value not supported for : retention.ms");
}

}  // namespace
}  // namespace sluice
