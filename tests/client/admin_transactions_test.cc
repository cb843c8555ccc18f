// The admin's view of transactions: each question goes to whom it concerns.
#include "client/admin.h"
#include "client/cluster_fixture.h"
#include "wire/api/describe_producers.h"
#include "wire/api/describe_transactions.h"
#include "wire/api/list_transactions.h"
#include "wire/api/write_txn_markers.h"

namespace sluice::client {
namespace {

using wire::DescribeProducersRequest;
using wire::DescribeProducersResponse;
using wire::DescribeTransactionsRequest;
using wire::DescribeTransactionsResponse;
using wire::ListTransactionsRequest;
using wire::ListTransactionsResponse;
using wire::WriteTxnMarkersRequest;
using wire::WriteTxnMarkersResponse;

const TopicPartition kOrders1{"orders", PartitionIndex{1}};

class AdminTransactionsTest : public ClusterFixture {
 protected:
  AdminTransactionsTest() { cluster_.create_topic("orders", 3); }
  ~AdminTransactionsTest() override { loop_.run(admin_.close()); }
  Admin admin_{loop_, network_, cluster_.client_config()};
};

TEST_F(AdminTransactionsTest, ListsWhatEachBrokerCoordinates) {
  std::vector<std::int64_t> durations;
  cluster_.on<ListTransactionsRequest>([&](NodeId broker, const ListTransactionsRequest& request) {
    durations.push_back(request.duration_filter);
    ListTransactionsResponse response;
    if (broker == NodeId{2})
      response.transaction_states.push_back({.transactional_id = "tx",
                                             .producer_id = ProducerId{7},
                                             .transaction_state = "Ongoing",
                                             .unknown_tags = {}});
    return response;
  });
  const auto listed = loop_.run(admin_.list_transactions({.longer = 5ms}));
  ASSERT_TRUE(listed) << listed.error().what;
  EXPECT_EQ(listed->size(), 3U);
  ASSERT_EQ(listed->at(NodeId{2}).size(), 1U);
  EXPECT_EQ(listed->at(NodeId{2})[0].transactional_id, "tx");
  EXPECT_EQ(listed->at(NodeId{2})[0].state, "Ongoing");
  EXPECT_EQ(durations, (std::vector<std::int64_t>{5, 5, 5}));
}

// A filter that a broker does not know must not be taken for one that everything passes.
TEST_F(AdminTransactionsTest, DoesNotListWithoutTheFilterItWasGiven) {
  cluster_.limit_versions(ApiKey::list_transactions, {0, 1});
  const auto listed = loop_.run(admin_.list_transactions({.id_pattern = "a.*"}));
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, ErrorCode::unsupported_version);
  EXPECT_EQ(cluster_.count(ApiKey::list_transactions), 0);
}

TEST_F(AdminTransactionsTest, DescribesFromTheCoordinator) {
  cluster_.coordinator = NodeId{3};
  int asked = 0;
  cluster_.on<DescribeTransactionsRequest>([&](NodeId broker, const DescribeTransactionsRequest& request) {
    EXPECT_EQ(broker, NodeId{3});
    DescribeTransactionsResponse response;
    auto& state = response.transaction_states.emplace_back();
    state.transactional_id = request.transactional_ids.at(0) == "tx" ? "tx" : "nope";
    if (++asked == 1)
      state.error_code = ErrorCode::coordinator_load_in_progress;
    else if (state.transactional_id == "nope")
      state.error_code = ErrorCode::transactional_id_not_found;
    state.transaction_state = "Ongoing";
    state.producer_id = ProducerId{7};
    state.transaction_start_time_ms = 99;
    state.topics.push_back({.topic = "orders", .partitions = {PartitionIndex{1}}, .unknown_tags = {}});
    return response;
  });
  const auto described = loop_.run(admin_.describe_transactions({"tx", "nope"}));
  ASSERT_TRUE(described.at("tx")) << described.at("tx").error().what;
  EXPECT_EQ(described.at("tx")->coordinator, NodeId{3});
  EXPECT_EQ(described.at("tx")->start_time, 99);
  EXPECT_EQ(described.at("tx")->partitions, std::set<TopicPartition>{kOrders1});
  EXPECT_EQ(described.at("nope").error().code, ErrorCode::transactional_id_not_found);
}

// The leader knows best, but a replica can be asked what it knows.
TEST_F(AdminTransactionsTest, AsksAReplicaThatIsNamedAboutProducers) {
  std::vector<NodeId> asked;
  cluster_.on<DescribeProducersRequest>([&](NodeId broker, const DescribeProducersRequest&) {
    asked.push_back(broker);
    DescribeProducersResponse response;
    auto& topic = response.topics.emplace_back();
    topic.name = "orders";
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = PartitionIndex{1};
    partition.active_producers.push_back({.producer_id = ProducerId{7},
                                          .producer_epoch = 2,
                                          .last_sequence = 5,
                                          .last_timestamp = 100,
                                          .coordinator_epoch = -1,
                                          .current_txn_start_offset = Offset{4},
                                          .unknown_tags = {}});
    return response;
  });
  const auto of_leader = loop_.run(admin_.describe_producers({kOrders1}));
  ASSERT_TRUE(of_leader.at(kOrders1));
  EXPECT_EQ(of_leader.at(kOrders1)->at(0).transaction_start, Offset{4});
  ASSERT_TRUE(loop_.run(admin_.describe_producers({kOrders1}, NodeId{3})).at(kOrders1));
  EXPECT_EQ(asked, (std::vector<NodeId>{NodeId{2}, NodeId{3}}));
}

TEST_F(AdminTransactionsTest, AbortsAtTheLeader) {
  int asked = 0;
  cluster_.on<WriteTxnMarkersRequest>([&](NodeId broker, const WriteTxnMarkersRequest& request) {
    EXPECT_EQ(broker, NodeId{2});
    EXPECT_EQ(request.markers.size(), 1U);
    EXPECT_FALSE(request.markers[0].transaction_result);
    EXPECT_EQ(request.markers[0].producer_id, ProducerId{7});
    EXPECT_EQ(request.markers[0].producer_epoch, ProducerEpoch{2});
    WriteTxnMarkersResponse response;
    auto& marker = response.markers.emplace_back();
    auto& topic = marker.topics.emplace_back();
    topic.name = "orders";
    topic.partitions.push_back({.partition_index = PartitionIndex{1},
                                .error_code = ++asked == 1 ? ErrorCode::not_leader_or_follower
                                              : asked == 2 ? ErrorCode::none
                                                           : ErrorCode::invalid_producer_epoch,
                                .unknown_tags = {}});
    return response;
  });
  const OpenTransaction hanging{
      .partition = kOrders1, .producer = ProducerId{7}, .epoch = ProducerEpoch{2}, .coordinator_epoch = 0};
  const auto done = loop_.run(admin_.abort_transaction(hanging));
  EXPECT_TRUE(done) << done.error().what;
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(loop_.run(admin_.abort_transaction(hanging)).error().code, ErrorCode::invalid_producer_epoch);
}

// The producer's next request fails: its id belongs to a newer epoch.
TEST_F(AdminTransactionsTest, FencesAProducerOnceItsLastTransactionHasEnded) {
  cluster_.inject({.api = ApiKey::init_producer_id, .error = ErrorCode::concurrent_transactions, .times = 2});
  const auto done = loop_.run(admin_.fence_producer("tx"));
  EXPECT_TRUE(done) << done.error().what;
  EXPECT_EQ(cluster_.count(ApiKey::init_producer_id), 3);
  cluster_.inject({.api = ApiKey::init_producer_id, .error = ErrorCode::transactional_id_authorization_failed});
  EXPECT_EQ(loop_.run(admin_.fence_producer("tx")).error().code, ErrorCode::transactional_id_authorization_failed);
}

}  // namespace
}  // namespace sluice::client
