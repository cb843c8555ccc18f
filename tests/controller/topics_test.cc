// CreateTopics, DeleteTopics and CreatePartitions: what is decided, and what is said where it is refused.
#include <gtest/gtest.h>

#include "controller/cluster.h"
#include "controller/create_partitions.h"
#include "controller/create_topics.h"
#include "controller/delete_topics.h"
#include "wire/metadata/clear_elr_record.h"

namespace sluice {
namespace {

using test::Cluster;
using test::nodes;
using test::said;

/// A request for topics.
struct Wanted {
  wire::CreateTopicsRequest request;

  wire::CreateTopicsRequest::CreatableTopic& topic(std::string_view name, std::int32_t partitions = -1,
                                                   std::int16_t replication_factor = -1) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = replication_factor;
    return topic;
  }
};

void add_config(wire::CreateTopicsRequest::CreatableTopic& topic, std::string_view key,
                std::optional<std::string_view> value) {
  auto& config = topic.configs.emplace_back();
  config.name = key;
  config.value = value;
}

void assign(wire::CreateTopicsRequest::CreatableTopic& topic, int index, std::initializer_list<int> brokers) {
  auto& assignment = topic.assignments.emplace_back();
  assignment.partition_index = {index};
  assignment.broker_ids = nodes(brokers);
}

/// What is said of one topic.
std::string refusal(Cluster& cluster, const Wanted& wanted) {
  const auto decision = create_topics(cluster.context(), wanted.request, {});
  EXPECT_TRUE(decision.records.empty());
  return said((*decision.answer).topics.at(0));
}

TEST(CreateTopics, MakesTopicsThatAreThereAfterwards) {
  Cluster cluster;
  Wanted wanted;
  add_config(wanted.topic("orders", 3, 2), "retention.ms", "86400000");
  wanted.topic("small", 1, 1);
  const auto decision = create_topics(cluster.context(), wanted.request, {});
  const auto& results = (*decision.answer).topics;
  EXPECT_EQ(said(results.at(0)), "");
  EXPECT_EQ(results.at(0).num_partitions, 3);
  EXPECT_EQ(results.at(0).replication_factor, 2);
  EXPECT_NE(results.at(0).topic_id, results.at(1).topic_id);
  EXPECT_EQ(decision.grouping, raft::Grouping::atomic);

  cluster.apply(decision);
  const TopicImage* orders = cluster.image.topic("orders");
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->id(), results.at(0).topic_id);
  ASSERT_EQ(orders->partition_count(), 3u);
  for (const auto& partition : orders->partitions()) {
    EXPECT_EQ(partition->replicas.size(), 2u);
    EXPECT_EQ(partition->isr, partition->replicas);
    EXPECT_EQ(partition->leader, partition->replicas.front());
    EXPECT_EQ(partition->leader_epoch, LeaderEpoch{0});
    EXPECT_EQ(partition->directories.front(), Cluster::directory(partition->leader.value));
  }
  EXPECT_EQ(cluster.image.configs.of_topic("orders").at("retention.ms"), "86400000");
}

TEST(CreateTopics, TakesTheBrokersDefaults) {
  Cluster cluster;
  cluster.set("num.partitions", "5");
  cluster.set("default.replication.factor", "3");
  Wanted wanted;
  wanted.topic("t");
  cluster.apply(create_topics(cluster.context(), wanted.request, {}));
  EXPECT_EQ(cluster.image.topic("t")->partition_count(), 5u);
  EXPECT_EQ(cluster.partition_of("t", 0).replicas.size(), 3u);
}

TEST(CreateTopics, TakesReplicasAsTheyAreGiven) {
  Cluster cluster;
  cluster.fence(3);
  Wanted wanted;
  auto& topic = wanted.topic("t");
  assign(topic, 1, {2, 1});
  assign(topic, 0, {3, 2});
  cluster.apply(create_topics(cluster.context(), wanted.request, {}));
  EXPECT_EQ(cluster.partition_of("t", 1).replicas, nodes({2, 1}));
  EXPECT_EQ(cluster.partition_of("t", 1).leader, NodeId{2});
  EXPECT_EQ(cluster.partition_of("t", 0).isr, nodes({2}));
  EXPECT_EQ(cluster.partition_of("t", 0).leader, NodeId{2});
}

TEST(CreateTopics, OnlyLooksWhereAskedTo) {
  Cluster cluster;
  Wanted wanted;
  wanted.topic("t", 2, 1);
  wanted.request.validate_only = true;
  const auto decision = create_topics(cluster.context(), wanted.request, {});
  EXPECT_TRUE(decision.records.empty());
  EXPECT_EQ((*decision.answer).topics.at(0).num_partitions, 2);
}

TEST(CreateTopics, MakesTheGoodOnesAmongTheBad) {
  Cluster cluster;
  Wanted wanted;
  wanted.topic("bad/name", 1, 1);
  wanted.topic("good", 1, 1);
  wanted.topic("twice", 1, 1);
  wanted.topic("twice", 1, 1);
  const auto decision = create_topics(cluster.context(), wanted.request, {});
  const auto& results = (*decision.answer).topics;
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0].name, "bad/name");
  EXPECT_EQ(said(results[0]).substr(0, 23), "INVALID_TOPIC_EXCEPTION");
  EXPECT_EQ(said(results[1]), "");
  EXPECT_EQ(said(results[2]), "INVALID_REQUEST: Duplicate topic name.");
  cluster.apply(decision);
  EXPECT_EQ(cluster.image.topics.size(), 1u);
}

TEST(CreateTopics, SaysWhyANameCannotBe) {
  Cluster cluster;
  cluster.apply(test::list(test::topic("with.dot", test::id(1)), test::topic("made", test::id(2))));
  const auto refused = [&cluster](std::string_view name) {
    Wanted wanted;
    wanted.topic(name, 1, 1);
    return refusal(cluster, wanted);
  };
  EXPECT_EQ(refused("made"), "TOPIC_ALREADY_EXISTS: Topic 'made' already exists.");
  EXPECT_EQ(refused("with_dot"),
            "INVALID_TOPIC_EXCEPTION: Topic 'with_dot' collides with existing topic: with.dot");
  EXPECT_EQ(refused("__cluster_metadata"),
            "INVALID_REQUEST: Creation of internal topic __cluster_metadata is prohibited.");
  Wanted two;
  two.topic("a.b", 1, 1);
  two.topic("a_b", 1, 1);
  const auto decision = create_topics(cluster.context(), two.request, {});
  EXPECT_EQ(said((*decision.answer).topics.at(1)),
            "INVALID_TOPIC_EXCEPTION: Topic 'a_b' collides with existing topic: a.b");
}

TEST(CreateTopics, SaysWhyNumbersCannotBe) {
  Cluster cluster(1);
  const auto refused = [&cluster](std::int32_t partitions, std::int16_t replication_factor) {
    Wanted wanted;
    wanted.topic("t", partitions, replication_factor);
    return refusal(cluster, wanted);
  };
  EXPECT_EQ(refused(0, 1), "INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value.");
  EXPECT_EQ(refused(-2, 1), "INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value.");
  EXPECT_EQ(
      refused(1, 0),
      "INVALID_REPLICATION_FACTOR: Replication factor must be larger than 0, or -1 to use the default value.");
  EXPECT_EQ(
      refused(1, 3),
      "INVALID_REPLICATION_FACTOR: Unable to replicate the partition 3 time(s): The target replication factor "
      "of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log "
      "directories cordoned.");
  EXPECT_EQ(refused(10'001, 1), "POLICY_VIOLATION: Excessively large number of partitions per request.");
  EXPECT_EQ(refused(2'147'483'647, 1), "POLICY_VIOLATION: Excessively large number of partitions per request.");
}

TEST(CreateTopics, SaysWhyAnAssignmentCannotBe) {
  Cluster cluster;
  using Assignments = std::vector<std::pair<int, std::vector<int>>>;
  const auto refused = [&cluster](const Assignments& assignments, std::int32_t partitions = -1) {
    Wanted wanted;
    auto& topic = wanted.topic("t", partitions);
    for (const auto& [index, brokers] : assignments) {
      auto& assignment = topic.assignments.emplace_back();
      assignment.partition_index = {index};
      for (const int node : brokers) assignment.broker_ids.push_back({node});
    }
    return refusal(cluster, wanted);
  };
  EXPECT_EQ(refused({{0, {1}}}, 1),
            "INVALID_REQUEST: A manual partition assignment was specified, but numPartitions was not set to -1.");
  EXPECT_EQ(refused({{0, {7}}}),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes broker 7, but no such broker is "
            "registered.");
  EXPECT_EQ(refused({{0, {1, 1}}}),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes the broker 1 more than once.");
  EXPECT_EQ(refused({{0, {}}}),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes an empty replica list.");
  EXPECT_EQ(
      refused({{0, {1, 2}}, {1, {3}}}),
      "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes a partition with 1 replica(s), but "
      "this is not consistent with previous partitions, which have 2 replica(s).");
  EXPECT_EQ(refused({{0, {1}}, {0, {2}}}),
            "INVALID_REPLICA_ASSIGNMENT: Found multiple manual partition assignments for partition 0");
  EXPECT_EQ(refused({{0, {1}}, {2, {2}}}),
            "INVALID_REPLICA_ASSIGNMENT: partitions should be a consecutive 0-based integer sequence");
  EXPECT_EQ(refused({{-1, {1}}}),
            "INVALID_REPLICA_ASSIGNMENT: partitions should be a consecutive 0-based integer sequence");
  cluster.fence(1);
  EXPECT_EQ(
      refused({{0, {1}}}),
      "INVALID_REPLICA_ASSIGNMENT: All brokers specified in the manual partition assignment for partition 0 are "
      "fenced or in controlled shutdown.");
}

TEST(CreateTopics, SaysWhyAConfigurationCannotBe) {
  Cluster cluster;
  const auto refused = [&cluster](std::string_view key, std::optional<std::string_view> value) {
    Wanted wanted;
    add_config(wanted.topic("t", 1, 1), key, value);
    return refusal(cluster, wanted);
  };
  EXPECT_EQ(refused("nope", "1"), "INVALID_CONFIG: Unknown topic config name: nope");
  EXPECT_EQ(refused("retention.ms", "x"),
            "INVALID_CONFIG: Invalid value x for configuration retention.ms: Not a number of type LONG");
  EXPECT_EQ(refused("cleanup.policy", "foo"),
            "INVALID_CONFIG: Invalid value foo for configuration cleanup.policy: String must be one of: compact, "
            "delete");
  EXPECT_EQ(refused("retention.ms", std::nullopt),
            "INVALID_CONFIG: Null value not supported for topic configs: retention.ms");
  EXPECT_EQ(refused("retention.ms", std::string(40'000, '1')),
            "INVALID_CONFIG: The configuration value cannot be added because it exceeds the maximum value size of "
            "32767 bytes.");
}

// As Kafka does it: the topic is made with no eligible replicas for min.insync.replicas to be about.
TEST(CreateTopics, ClearsEligibleReplicasWithMinInsyncReplicas) {
  Cluster cluster;
  cluster.enable_elr();
  Wanted wanted;
  add_config(wanted.topic("t", 1, 1), "min.insync.replicas", "1");
  const auto decision = create_topics(cluster.context(), wanted.request, {});
  ASSERT_EQ(decision.records.size(), 4u);
  Bytes third = decision.records[2];
  EXPECT_EQ(read_record_head(third)->type, wire::ClearElrRecord::kType);
  cluster.apply(decision);
}

TEST(CreateTopics, DescribesWhatItMade) {
  Cluster cluster;
  const BrokerLayers layers(cluster.config);
  Wanted wanted;
  add_config(wanted.topic("t", 1, 1), "retention.ms", "5");
  CreateTopicsOptions options{.layers = &layers, .may_describe_configs = {}};
  const auto decision = create_topics(cluster.context(), wanted.request, options);
  const auto& configs = (*decision.answer).topics.at(0).configs;
  ASSERT_TRUE(configs);
  const auto found = std::ranges::find(*configs, "retention.ms", [](const auto& config) { return config.name; });
  ASSERT_NE(found, configs->end());
  EXPECT_EQ(found->value, "5");
  EXPECT_EQ(found->config_source, 1);

  options.may_describe_configs = [](std::string_view) { return false; };
  const auto hidden = create_topics(cluster.context(), wanted.request, options);
  const auto& result = (*hidden.answer).topics.at(0);
  EXPECT_EQ(said(result), "");
  EXPECT_EQ(result.topic_config_error_code, ErrorCode::topic_authorization_failed);
  EXPECT_EQ(result.configs, std::nullopt);
  EXPECT_EQ(result.num_partitions, -1);
}

TEST(DeleteTopics, FindsThemByNameAndById) {
  Cluster cluster;
  cluster.apply(
      test::list(test::topic("a", test::id(1)), test::topic("b", test::id(2)), test::topic("c", test::id(3))));
  wire::DeleteTopicsRequest request;
  request.topic_names = {"a"};
  request.topics.emplace_back().topic_id = test::id(2);
  const auto decision = delete_topics(cluster.context(), request);
  const auto& results = (*decision.answer).responses;
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].topic_id, test::id(1));
  EXPECT_EQ(results[1].name, "b");
  cluster.apply(decision);
  EXPECT_EQ(cluster.image.topics.size(), 1u);
}

TEST(DeleteTopics, SaysWhatItCannotFind) {
  Cluster cluster;
  cluster.apply(test::list(test::topic("a", test::id(1))));
  wire::DeleteTopicsRequest request;
  request.topic_names = {"nope", "twice", "twice", "a"};
  request.topics.emplace_back().topic_id = test::id(9);
  request.topics.emplace_back().topic_id = test::id(1);
  request.topics.emplace_back();
  auto& both = request.topics.emplace_back();
  both.name = "x";
  both.topic_id = test::id(5);
  const auto decision = delete_topics(cluster.context(), request);
  std::vector<std::string> said_of;
  for (const auto& result : (*decision.answer).responses) said_of.push_back(said(result));
  EXPECT_EQ(said_of[0].substr(0, 26), "UNKNOWN_TOPIC_OR_PARTITION");
  EXPECT_EQ(said_of[1], "INVALID_REQUEST: Duplicate topic name.");
  EXPECT_EQ(said_of[3], "INVALID_REQUEST: The provided topic name maps to an ID that was already supplied.");
  EXPECT_EQ(said_of[4].substr(0, 16), "UNKNOWN_TOPIC_ID");
  EXPECT_EQ(said_of[5], "");
  EXPECT_EQ(said_of[6], "INVALID_REQUEST: Neither topic name nor id were specified.");
  EXPECT_EQ(said_of[7], "INVALID_REQUEST: You may not specify both topic name and topic id.");
  EXPECT_EQ(decision.records.size(), 1u);
}

TEST(DeleteTopics, IsForbiddenWhereTheConfigurationSaysSo) {
  Cluster cluster;
  cluster.apply(test::list(test::topic("a", test::id(1))));
  cluster.set("delete.topic.enable", "false");
  wire::DeleteTopicsRequest request;
  request.topic_names = {"a"};
  const auto decision = delete_topics(cluster.context(), request);
  EXPECT_EQ(said((*decision.answer).responses.at(0)), "TOPIC_DELETION_DISABLED: Topic deletion is disabled.");
  EXPECT_TRUE(decision.records.empty());
}

/// Brokers of each new partition.
using Replicas = std::vector<std::vector<int>>;

struct Growing {
  Cluster cluster;
  Growing() {
    cluster.apply(test::list(test::topic("made", test::id(1)), test::partition(test::id(1), 0, {1, 2})));
  }
  Decision<wire::CreatePartitionsResponse> grow(std::string_view name, std::int32_t count,
                                                std::optional<Replicas> assignments = {}) {
    wire::CreatePartitionsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.count = count;
    topic.assignments.reset();
    if (assignments) {
      topic.assignments.emplace();
      for (const auto& brokers : *assignments) {
        auto& assignment = topic.assignments->emplace_back();
        for (const int node : brokers) assignment.broker_ids.push_back({node});
      }
    }
    return create_partitions(cluster.context(), request);
  }
  std::string refused(std::string_view name, std::int32_t count, std::optional<Replicas> assignments = {}) {
    const auto decision = grow(name, count, std::move(assignments));
    EXPECT_TRUE(decision.records.empty());
    return said((*decision.answer).results.at(0));
  }
};

TEST(CreatePartitions, AddsThemBehindTheOthers) {
  Growing growing;
  growing.cluster.apply(growing.grow("made", 4));
  ASSERT_EQ(growing.cluster.image.topic("made")->partition_count(), 4u);
  EXPECT_EQ(growing.cluster.partition_of("made", 3).replicas.size(), 2u);
  growing.cluster.apply(growing.grow("made", 5, Replicas{{3, 1}}));
  EXPECT_EQ(growing.cluster.partition_of("made", 4).replicas, nodes({3, 1}));
}

TEST(CreatePartitions, SaysWhyNot) {
  Growing growing;
  growing.cluster.apply(growing.grow("made", 4));
  EXPECT_EQ(growing.refused("made", 4), "INVALID_PARTITIONS: Topic already has 4 partition(s).");
  EXPECT_EQ(growing.refused("made", 2),
            "INVALID_PARTITIONS: The topic made currently has 4 partition(s); 2 would not be an increase.");
  EXPECT_EQ(growing.refused("nope", 2).substr(0, 26), "UNKNOWN_TOPIC_OR_PARTITION");
  EXPECT_EQ(
      growing.refused("made", 6, Replicas{{1, 2}}),
      "INVALID_REPLICA_ASSIGNMENT: Attempted to add 2 additional partition(s), but only 1 assignment(s) were "
      "specified.");
  EXPECT_EQ(growing.refused("made", 5, Replicas{{7, 1}}),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes broker 7, but no such broker is "
            "registered.");
  EXPECT_EQ(growing.refused("made", 20'000),
            "POLICY_VIOLATION: Excessively large number of additional partitions per request.");
}

}  // namespace
}  // namespace sluice
