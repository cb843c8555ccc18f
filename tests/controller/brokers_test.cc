// Brokers come, live and go: BrokerRegistration, BrokerHeartbeat, UnregisterBroker and AllocateProducerIds.
#include <gtest/gtest.h>

#include "controller/broker_heartbeat.h"
#include "controller/broker_registration.h"
#include "controller/cluster.h"
#include "controller/producer_ids.h"
#include "metadata/directory_id.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using test::Cluster;
using test::nodes;

constexpr std::string_view kClusterId = "Ndpvnrm4SJGDmEzD_hUojA";

/// What a broker of this program sends.
wire::BrokerRegistrationRequest registration(int node, int incarnation) {
  wire::BrokerRegistrationRequest request;
  request.broker_id = {node};
  request.cluster_id = kClusterId;
  request.incarnation_id = test::id(incarnation);
  auto& listener = request.listeners.emplace_back();
  listener.name = "PLAINTEXT";
  listener.host = "localhost";
  listener.port = 9092;
  for (const SupportedFeature& feature : supported_features()) {
    auto& range = request.features.emplace_back();
    range.name = feature.name;
    range.min_supported_version = feature.min;
    range.max_supported_version = feature.max;
  }
  request.rack = std::nullopt;
  request.log_dirs = {Cluster::directory(node)};
  return request;
}

class Brokers : public testing::Test {
 protected:
  explicit Brokers(int brokers = 0) : cluster(brokers) {}

  wire::BrokerRegistrationResponse enroll(const wire::BrokerRegistrationRequest& request,
                                          bool has_session = false) {
    const auto decision =
        register_broker(cluster.context(), request, {.cluster_id = kClusterId, .has_session = has_session});
    cluster.apply(decision);
    return *decision.answer;
  }
  HeartbeatDecision heartbeat(int node, bool want_fence, bool want_shut_down, std::int64_t offset = 1'000'000) {
    wire::BrokerHeartbeatRequest request;
    request.broker_id = {node};
    const BrokerImage* broker = cluster.image.broker({node});
    request.broker_epoch = broker == nullptr ? 0 : broker->epoch;
    request.current_metadata_offset = {offset};
    request.want_fence = want_fence;
    request.want_shut_down = want_shut_down;
    auto result = heartbeat_broker(cluster.context(), request, sessions);
    cluster.apply(result.decision);
    sessions.touch({node}, cluster.loop.now());
    sessions.set_metadata_offset({node}, {offset});
    if (result.begins_shutdown) sessions.set_shutdown_offset({node}, cluster.image.provenance.last_offset);
    return result;
  }

  Cluster cluster;
  BrokerSessions sessions{9s};
};

class ThreeBrokers : public Brokers {
 protected:
  ThreeBrokers() : Brokers(3) {
    cluster.apply(test::list(test::topic("t", test::id(1)), test::partition(test::id(1), 0, {1, 2}),
                             test::partition(test::id(1), 1, {2, 3}), test::partition(test::id(1), 2, {3})));
    auto unassigned = test::change(test::id(1), 0);
    unassigned.directories = std::vector<Uuid>(2, kDirectoryUnassigned);
    cluster.apply(test::list(unassigned));
    for (int index : {1, 2}) {
      auto change = test::change(test::id(1), index);
      change.directories =
          std::vector<Uuid>(cluster.partition_of("t", index).replicas.size(), kDirectoryUnassigned);
      cluster.apply(test::list(change));
    }
  }
};

TEST_F(Brokers, RegisterFencedWithTheOffsetOfTheirRecordAsEpoch) {
  const Offset next = cluster.context().next_offset;
  const auto response = enroll(registration(1, 51));
  EXPECT_EQ(response.error_code, ErrorCode::none);
  EXPECT_EQ(response.broker_epoch, next.value);
  const BrokerImage* broker = cluster.image.broker({1});
  ASSERT_NE(broker, nullptr);
  EXPECT_TRUE(broker->fenced);
  EXPECT_EQ(broker->epoch, next.value);
  EXPECT_EQ(broker->incarnation_id, test::id(51));
  EXPECT_EQ(broker->features.at("metadata.version").max, 33);
  EXPECT_EQ(cluster.image.provenance.last_offset, next);
}

TEST_F(Brokers, AreRefused) {
  EXPECT_EQ(enroll(registration(1, 51)).error_code, ErrorCode::none);
  auto other_cluster = registration(2, 52);
  other_cluster.cluster_id = "other";
  EXPECT_EQ(enroll(other_cluster).error_code, ErrorCode::inconsistent_cluster_id);
  auto zookeeper = registration(2, 52);
  zookeeper.is_migrating_zk_broker = true;
  EXPECT_EQ(enroll(zookeeper).error_code, ErrorCode::broker_id_not_registered);
  auto homeless = registration(2, 52);
  homeless.log_dirs.clear();
  EXPECT_EQ(enroll(homeless).error_code, ErrorCode::invalid_registration);
  auto reserved = registration(2, 52);
  reserved.log_dirs = {kDirectoryLost};
  EXPECT_EQ(enroll(reserved).error_code, ErrorCode::invalid_registration);
  auto twice = registration(2, 52);
  twice.log_dirs = {test::id(5), test::id(5)};
  EXPECT_EQ(enroll(twice).error_code, ErrorCode::invalid_registration);
  auto stolen = registration(2, 52);
  stolen.log_dirs = {Cluster::directory(1)};
  EXPECT_EQ(enroll(stolen).error_code, ErrorCode::invalid_registration);
  auto old = registration(2, 52);
  for (auto& feature : old.features)
    if (feature.name == "metadata.version") feature.max_supported_version = 30;
  EXPECT_EQ(enroll(old).error_code, ErrorCode::unsupported_version);
  auto simple = registration(2, 52);
  std::erase_if(simple.features, [](const auto& feature) { return feature.name == "group.version"; });
  EXPECT_EQ(enroll(simple).error_code, ErrorCode::unsupported_version);
  EXPECT_EQ(cluster.image.cluster.brokers().size(), 1u);
}

TEST_F(Brokers, KeepTheirEpochWhereTheSameProcessRegistersAgain) {
  const auto first = enroll(registration(1, 51));
  heartbeat(1, false, false);
  EXPECT_FALSE(cluster.image.broker({1})->fenced);
  const auto again = enroll(registration(1, 51), true);
  EXPECT_EQ(again.broker_epoch, first.broker_epoch);
  EXPECT_FALSE(cluster.image.broker({1})->fenced);
}

TEST_F(Brokers, AreNotReplacedWhileTheyLive) {
  enroll(registration(1, 51));
  heartbeat(1, false, false);
  EXPECT_EQ(enroll(registration(1, 52), true).error_code, ErrorCode::duplicate_broker_registration);
  EXPECT_EQ(enroll(registration(1, 52), false).error_code, ErrorCode::none);
  EXPECT_TRUE(cluster.image.broker({1})->fenced);
}

TEST_F(Brokers, AreLetInWhenTheyKnowThatTheyAreRegistered) {
  const std::int64_t epoch = enroll(registration(1, 51)).broker_epoch;
  const auto early = heartbeat(1, false, false, epoch - 1);
  EXPECT_FALSE((*early.decision.answer).is_caught_up);
  EXPECT_TRUE((*early.decision.answer).is_fenced);
  const auto waiting = heartbeat(1, true, false, epoch);
  EXPECT_TRUE((*waiting.decision.answer).is_fenced);
  const auto ready = heartbeat(1, false, false, epoch);
  EXPECT_TRUE((*ready.decision.answer).is_caught_up);
  EXPECT_FALSE((*ready.decision.answer).is_fenced);
  EXPECT_TRUE(cluster.image.cluster.is_active({1}));
}

TEST_F(Brokers, AreToldThatTheirEpochIsOver) {
  enroll(registration(1, 51));
  wire::BrokerHeartbeatRequest request;
  request.broker_id = {1};
  request.broker_epoch = 0;
  EXPECT_EQ((*heartbeat_broker(cluster.context(), request, sessions).decision.answer).error_code,
            ErrorCode::stale_broker_epoch);
  request.broker_id = {2};
  EXPECT_FALSE(heartbeat_broker(cluster.context(), request, sessions).accepted);
}

TEST_F(Brokers, TellOfCordonedDirectories) {
  enroll(registration(1, 51));
  wire::BrokerHeartbeatRequest request;
  request.broker_id = {1};
  request.broker_epoch = cluster.image.broker({1})->epoch;
  request.want_fence = true;
  request.cordoned_log_dirs.emplace();
  auto first = heartbeat_broker(cluster.context(), request, sessions);
  EXPECT_EQ(first.decision.records.size(), 1u);
  cluster.apply(first.decision);
  EXPECT_TRUE(cluster.image.broker({1})->cordoned_log_dirs);
  EXPECT_TRUE(heartbeat_broker(cluster.context(), request, sessions).decision.records.empty());
}

TEST_F(ThreeBrokers, LeaveInOrderBeforeTheyEnd) {
  const auto begun = heartbeat(2, false, true);
  EXPECT_TRUE(begun.begins_shutdown);
  EXPECT_FALSE((*begun.decision.answer).should_shut_down);
  EXPECT_TRUE(cluster.image.broker({2})->in_controlled_shutdown);
  EXPECT_EQ(cluster.partition_of("t", 0).isr, nodes({1}));
  EXPECT_EQ(cluster.partition_of("t", 1).leader, NodeId{3});

  // The others do not know yet that it leads nothing.
  heartbeat(1, false, false, 1);
  heartbeat(3, false, false, 1);
  EXPECT_FALSE((*heartbeat(2, false, true).decision.answer).should_shut_down);
  heartbeat(1, false, false);
  heartbeat(3, false, false);
  EXPECT_TRUE((*heartbeat(2, false, true).decision.answer).should_shut_down);
  EXPECT_TRUE(cluster.image.broker({2})->fenced);
}

TEST_F(ThreeBrokers, EndAtOnceWhereTheyLeadNothing) {
  cluster.apply(test::list(test::remove(test::id(1))));
  EXPECT_TRUE((*heartbeat(2, false, true).decision.answer).should_shut_down);
  EXPECT_TRUE((*heartbeat(2, false, true).decision.answer).should_shut_down);
}

TEST_F(ThreeBrokers, LoseTheirPartitionsWhenTheyAreFenced) {
  RecordList records;
  add_fence_records(cluster.context(), *cluster.image.broker({2}), records);
  cluster.apply(records);
  EXPECT_TRUE(cluster.image.broker({2})->fenced);
  EXPECT_EQ(cluster.partition_of("t", 0).isr, nodes({1}));
  EXPECT_EQ(cluster.partition_of("t", 1).leader, NodeId{3});
  EXPECT_EQ(cluster.partition_of("t", 2).leader, NodeId{3});
}

// What Apache Kafka does when its only replica shuts down and comes back, and what it does when it was killed.
TEST_F(ThreeBrokers, ComeBackAsTheyLeft) {
  cluster.enable_elr();
  heartbeat(3, false, true);
  EXPECT_EQ(cluster.partition_of("t", 2).leader, kNoLeader);
  EXPECT_EQ(cluster.partition_of("t", 2).elr, nodes({3}));
  EXPECT_EQ(cluster.partition_of("t", 2).last_known_elr, nodes({3}));

  auto clean = registration(3, 53);
  clean.previous_broker_epoch = cluster.image.broker({3})->epoch;
  EXPECT_EQ(enroll(clean).error_code, ErrorCode::none);
  heartbeat(3, false, false);
  EXPECT_EQ(cluster.partition_of("t", 2).leader, NodeId{3});
  EXPECT_EQ(cluster.partition_of("t", 2).isr, nodes({3}));
  EXPECT_EQ(cluster.partition_of("t", 2).leader_recovery_state, LeaderRecoveryState::recovered);

  EXPECT_EQ(enroll(registration(3, 54)).error_code, ErrorCode::none);
  EXPECT_TRUE(cluster.partition_of("t", 2).elr.empty());
  heartbeat(3, false, false);
  EXPECT_EQ(cluster.partition_of("t", 2).leader, NodeId{3});
  EXPECT_EQ(cluster.partition_of("t", 2).leader_recovery_state, LeaderRecoveryState::recovering);
}

TEST_F(ThreeBrokers, DoNotLeadWhatLiesInALostDirectory) {
  auto placed = test::change(test::id(1), 1);
  placed.directories = std::vector<Uuid>{Cluster::directory(2), Cluster::directory(3)};
  auto two = test::unfence(2, 12);
  two.fenced = 0;
  two.log_dirs = {Cluster::directory(2), test::id(70)};
  cluster.apply(test::list(placed, two));

  wire::BrokerHeartbeatRequest request;
  request.broker_id = {2};
  request.broker_epoch = 12;
  request.offline_log_dirs = {Cluster::directory(2)};
  const auto result = heartbeat_broker(cluster.context(), request, sessions);
  cluster.apply(result.decision);
  EXPECT_EQ(cluster.partition_of("t", 1).leader, NodeId{3});
  EXPECT_EQ(cluster.partition_of("t", 0).isr, nodes({1, 2}));  // Nobody has said where that replica lies.
  EXPECT_EQ(cluster.image.broker({2})->log_dirs, std::vector<Uuid>{test::id(70)});
}

TEST_F(ThreeBrokers, AreForgotten) {
  wire::UnregisterBrokerRequest request;
  request.broker_id = {2};
  cluster.apply(unregister_broker(cluster.context(), request));
  EXPECT_EQ(cluster.image.broker({2}), nullptr);
  EXPECT_EQ(cluster.partition_of("t", 0).isr, nodes({1}));
  const auto again = unregister_broker(cluster.context(), request);
  EXPECT_EQ(test::said(*again.answer), "BROKER_ID_NOT_REGISTERED: Broker ID 2 is not currently registered");
}

TEST_F(ThreeBrokers, GetProducerIdsOfTheirOwn) {
  wire::AllocateProducerIdsRequest request;
  request.broker_id = {1};
  request.broker_epoch = 11;
  auto first = allocate_producer_ids(cluster.context(), request);
  EXPECT_EQ((*first.answer).producer_id_start, ProducerId{0});
  EXPECT_EQ((*first.answer).producer_id_len, 1000);
  cluster.apply(first);
  request.broker_id = {2};
  request.broker_epoch = 12;
  auto second = allocate_producer_ids(cluster.context(), request);
  EXPECT_EQ((*second.answer).producer_id_start, ProducerId{1000});
  cluster.apply(second);
  EXPECT_EQ(cluster.image.next_producer_id, ProducerId{2000});
  request.broker_epoch = 11;
  EXPECT_EQ((*allocate_producer_ids(cluster.context(), request).answer).error_code, ErrorCode::stale_broker_epoch);

  wire::ProducerIdsRecord last;
  last.next_producer_id = {INT64_MAX - 999};
  cluster.apply(test::list(last));
  request.broker_epoch = 12;
  const auto none = allocate_producer_ids(cluster.context(), request);
  EXPECT_EQ((*none.answer).error_code, ErrorCode::unknown_server_error);
  EXPECT_TRUE(none.records.empty());
}

TEST(BrokerSessions, EndWithSilence) {
  BrokerSessions sessions(9s);
  const SteadyTime start{};
  sessions.touch({1}, start);
  sessions.touch({2}, start + 5s);
  sessions.touch_local({3});
  const auto all = [](NodeId) { return true; };
  EXPECT_EQ(sessions.find_stale(start + 9s, all), std::nullopt);
  EXPECT_EQ(sessions.find_stale(start + 20s, all), NodeId{1});
  EXPECT_EQ(sessions.find_stale(start + 20s, [](NodeId id) { return id != NodeId{1}; }), NodeId{2});
  EXPECT_TRUE(sessions.is_valid({3}, start + 1000h));
  EXPECT_FALSE(sessions.is_valid({1}, start + 20s));
  sessions.remove({1});
  sessions.remove({2});
  EXPECT_EQ(sessions.find_stale(start + 20s, all), std::nullopt);
}

}  // namespace
}  // namespace sluice
