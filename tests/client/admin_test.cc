#include "client/admin.h"

#include "client/cluster_fixture.h"

namespace sluice::client {
namespace {

class AdminTest : public ClusterFixture {
 protected:
  ~AdminTest() override { loop_.run(admin_.close()); }
  Admin admin_{loop_, network_, cluster_.client_config()};
};

TEST_F(AdminTest, CreatesAndDescribesTopics) {
  cluster_.create_topic("there", 1);
  const auto created = loop_.run(admin_.create_topics(
      {{.name = "new", .partitions = 4, .replication_factor = 1}, {.name = "there", .partitions = 1}}));
  ASSERT_TRUE(created.at("new")) << created.at("new").error().what;
  EXPECT_EQ(created.at("new")->partitions, 4);
  EXPECT_EQ(created.at("there").error().code, ErrorCode::topic_already_exists);
  const auto described = loop_.run(admin_.describe_topics({"new", "nowhere"}));
  EXPECT_EQ(described.at("new")->partitions.size(), 4U);
  EXPECT_EQ(described.at("nowhere").error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(loop_.run(admin_.list_topics())->size(), 2U);
}

// The controller has changed: asked again, and topics that were done are not asked for twice.
TEST_F(AdminTest, AsksTheControllerAgain) {
  cluster_.inject({.api = ApiKey::create_topics, .error = ErrorCode::not_controller, .times = 2});
  const auto created = loop_.run(admin_.create_topics({{.name = "new", .partitions = 1}}));
  EXPECT_TRUE(created.at("new")) << created.at("new").error().what;
  EXPECT_EQ(cluster_.count(ApiKey::create_topics), 3);
}

TEST_F(AdminTest, AsksEachLeaderAboutItsPartitions) {
  cluster_.create_topic("orders", 3);
  for (int i = 0; i < 3; ++i) cluster_.log("orders", i).append_records({"a", "b"});
  std::map<TopicPartition, std::int64_t> times;
  for (int i = 0; i < 3; ++i) times.emplace(TopicPartition{"orders", PartitionIndex{i}}, offset_at::kLatest);
  times.emplace(TopicPartition{"orders", PartitionIndex{3}}, offset_at::kLatest);
  cluster_.inject({.api = ApiKey::list_offsets, .error = ErrorCode::not_leader_or_follower});
  const auto listed = loop_.run(admin_.list_offsets(times));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(listed.at({"orders", PartitionIndex{i}})->offset, Offset{2});
  EXPECT_EQ(listed.at({"orders", PartitionIndex{3}}).error().code, ErrorCode::unknown_topic_or_partition);

  const auto deleted = loop_.run(admin_.delete_records({{{"orders", PartitionIndex{1}}, Offset{1}}}));
  EXPECT_EQ(*deleted.at({"orders", PartitionIndex{1}}), Offset{1});
}

TEST_F(AdminTest, ReadsAndChangesAGroupsOffsets) {
  cluster_.create_topic("orders", 1);
  const TopicPartition partition{"orders", PartitionIndex{0}};
  const auto altered = loop_.run(admin_.alter_group_offsets("readers", {{partition, {.offset = Offset{5}}}}));
  ASSERT_TRUE(altered.at(partition)) << altered.at(partition).error().what;
  const auto listed = loop_.run(admin_.list_group_offsets("readers", std::set<TopicPartition>{partition}));
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->at(partition).offset, Offset{5});
}

TEST_F(AdminTest, ReadsAndChangesQuotas) {
  const QuotaEntity alice{{"user", "alice"}};
  const QuotaEntity everyone{{"user", std::nullopt}};
  ASSERT_TRUE(loop_.run(admin_.alter_quotas(alice, {{"producer_byte_rate", 1024}, {"request_percentage", 50}})));
  ASSERT_TRUE(loop_.run(admin_.alter_quotas(everyone, {{"consumer_byte_rate", 1.5}})));
  ASSERT_TRUE(
      loop_.run(admin_.alter_quotas({{"user", "alice"}, {"client-id", "c"}}, {{"producer_byte_rate", 1}})));
  ASSERT_TRUE(loop_.run(admin_.alter_quotas(alice, {{"request_percentage", std::nullopt}})));

  using All = std::map<QuotaEntity, Quotas>;
  const QuotaFilter any{.kind = "user", .match = QuotaMatch::any, .name = {}};
  EXPECT_EQ(loop_.run(admin_.describe_quotas({any}, true)),
            (All{{alice, {{"producer_byte_rate", 1024}}}, {everyone, {{"consumer_byte_rate", 1.5}}}}));
  EXPECT_EQ(loop_.run(admin_.describe_quotas({any}, false))->size(), 3U);
  const QuotaFilter by_default{.kind = "user", .match = QuotaMatch::default_name, .name = {}};
  EXPECT_EQ(loop_.run(admin_.describe_quotas({by_default}, true))->size(), 1U);
  const QuotaFilter exact{.kind = "user", .match = QuotaMatch::exact, .name = "alice"};
  EXPECT_EQ(loop_.run(admin_.describe_quotas({exact}, true)), (All{{alice, {{"producer_byte_rate", 1024}}}}));

  cluster_.inject({.api = ApiKey::alter_client_quotas, .error = ErrorCode::invalid_request});
  EXPECT_EQ(loop_.run(admin_.alter_quotas(alice, {{"bogus", 1}})).error().code, ErrorCode::invalid_request);
}

TEST_F(AdminTest, ReadsAndChangesCredentials) {
  const SaltedPassword password{.iterations = 4096, .salt = {std::byte{1}}, .password = {std::byte{2}}};
  ASSERT_TRUE(loop_.run(admin_.alter_scram_credentials("alice", {{1, password}, {2, password}})));
  EXPECT_EQ(cluster_.passwords.at("alice").at(2).password, password.password);
  ASSERT_TRUE(loop_.run(admin_.alter_scram_credentials("alice", {{2, std::nullopt}})));
  const auto described = loop_.run(admin_.describe_scram_credentials({"alice", "nobody"}));
  ASSERT_TRUE(described);
  ASSERT_EQ(described->at("alice")->size(), 1U);
  EXPECT_EQ(described->at("alice")->front().mechanism, 1);
  EXPECT_EQ(described->at("alice")->front().iterations, 4096);
  EXPECT_EQ(described->at("nobody").error().code, ErrorCode::resource_not_found);
  EXPECT_EQ(loop_.run(admin_.alter_scram_credentials("alice", {{2, std::nullopt}})).error().code,
            ErrorCode::resource_not_found);
}

TEST_F(AdminTest, SaysForEachThingThatNobodyAnswers) {
  for (int id = 1; id <= 3; ++id) cluster_.stop_broker(NodeId{id});
  const auto created = loop_.run(admin_.create_topics({{.name = "a"}, {.name = "b"}}));
  ASSERT_EQ(created.size(), 2U);
  EXPECT_EQ(created.at("a").error().code, ErrorCode::request_timed_out);
}

TEST_F(AdminTest, DescribesTheCluster) {
  const auto cluster = loop_.run(admin_.describe_cluster());
  ASSERT_TRUE(cluster);
  EXPECT_EQ(cluster->brokers.size(), 3U);
  EXPECT_EQ(cluster->controller, NodeId{1});
  const auto apis = loop_.run(admin_.describe_apis());
  ASSERT_EQ(apis.size(), 3U);
  EXPECT_FALSE(apis.at(NodeId{2})->versions.apis.empty());
}

}  // namespace
}  // namespace sluice::client
