#include "client/cluster_fixture.h"
#include "client/consumer.h"
#include "client/producer.h"

namespace sluice::client {
namespace {

const TopicPartition kFirst{"orders", PartitionIndex{0}};

class TransactionsTest : public ClusterFixture {
 protected:
  TransactionsTest() { cluster_.create_topic("orders", 3); }
  ~TransactionsTest() override {
    for (auto& producer : producers_) loop_.run(producer->close(loop_.now() + 10s));
  }

  Producer& start(milliseconds linger = 0ms) {
    ProducerConfig config;
    config.client = cluster_.client_config();
    config.transactional_id = "mover";
    config.linger = linger;
    EXPECT_TRUE(config.check());
    return *producers_.emplace_back(std::make_unique<Producer>(loop_, network_, config));
  }
  Producer& started(milliseconds linger = 0ms) {
    Producer& producer = start(linger);
    const Outcome<void> done = loop_.run(producer.init_transactions());
    EXPECT_TRUE(done) << done.error().what;
    return producer;
  }
  Outcome<void> send(Producer& producer, std::string value, int partition = 0) {
    return loop_.run(
        producer.send({.topic = "orders", .partition = PartitionIndex{partition}, .value = as_bytes(value)},
                      [this](const Outcome<Delivered>& outcome) {
                        reports_.push_back(outcome ? ErrorCode::none : outcome.error().code);
                      }));
  }
  /// What one who reads committed records sees.
  std::vector<std::string> committed(std::size_t count) {
    ConsumerConfig config;
    config.client = cluster_.client_config();
    config.isolation_level = IsolationLevel::read_committed;
    config.auto_offset_reset.kind = OffsetReset::Kind::earliest;
    Consumer consumer(loop_, network_, config);
    EXPECT_TRUE(consumer.assign({kFirst}));
    std::vector<std::string> values;
    for (int polls = 0; polls < 3 && values.size() <= count; ++polls) {
      const auto records = loop_.run(consumer.poll(1s));
      EXPECT_TRUE(records);
      for (const auto& partition : records->partitions())
        for (const auto& record : partition.records) values.emplace_back(as_text(*record.value));
    }
    loop_.run(consumer.close());
    return values;
  }

  std::vector<std::unique_ptr<Producer>> producers_;
  std::vector<ErrorCode> reports_;
};

TEST_F(TransactionsTest, CommitsSomeAndAbortsOthers) {
  Producer& producer = started();
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "a"));
  ASSERT_TRUE(send(producer, "b", 1));
  Outcome<void> done = loop_.run(producer.commit_transaction());
  ASSERT_TRUE(done) << done.error().what;

  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "regretted"));
  loop_.run(producer.flush());
  done = loop_.run(producer.abort_transaction());
  ASSERT_TRUE(done) << done.error().what;

  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "c"));
  ASSERT_TRUE(loop_.run(producer.commit_transaction()));
  EXPECT_EQ(committed(2), (std::vector<std::string>{"a", "c"}));
  EXPECT_TRUE(cluster_.log("orders", 0).headers().front().attributes.is_transactional());
}

// What has not left is not sent any more; nothing of it is ever seen, and the next transaction is numbered anew.
TEST_F(TransactionsTest, AbortDropsWhatHasNotLeft) {
  Producer& producer = started(50s);
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "dropped"));
  const Outcome<void> done = loop_.run(producer.abort_transaction());
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(reports_, (std::vector<ErrorCode>{ErrorCode::operation_not_attempted}));
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "kept"));
  ASSERT_TRUE(loop_.run(producer.commit_transaction()));
  EXPECT_EQ(committed(1), (std::vector<std::string>{"kept"}));
}

TEST_F(TransactionsTest, RefusesWhatIsOutOfTurn) {
  Producer& producer = start();
  EXPECT_EQ(producer.begin_transaction().error().code, ErrorCode::invalid_txn_state);
  EXPECT_EQ(send(producer, "early").error().code, ErrorCode::invalid_txn_state);
  ASSERT_TRUE(loop_.run(producer.init_transactions()));
  EXPECT_EQ(send(producer, "outside").error().code, ErrorCode::invalid_txn_state);
  EXPECT_EQ(loop_.run(producer.commit_transaction()).error().code, ErrorCode::invalid_txn_state);
  ASSERT_TRUE(producer.begin_transaction());
  EXPECT_EQ(producer.begin_transaction().error().code, ErrorCode::invalid_txn_state);
  EXPECT_TRUE(loop_.run(producer.commit_transaction())) << "an empty one";
  EXPECT_EQ(cluster_.count(ApiKey::end_txn), 0);
}

// A record that could not be written makes the transaction fail as a whole; after its abort the producer goes on.
TEST_F(TransactionsTest, ALostRecordForbidsTheCommit) {
  Producer& producer = started();
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "a"));
  loop_.run(producer.flush());
  cluster_.inject({.api = ApiKey::produce, .error = ErrorCode::invalid_record});
  ASSERT_TRUE(send(producer, "refused"));
  const Outcome<void> done = loop_.run(producer.commit_transaction());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_record);
  EXPECT_EQ(send(producer, "too late").error().code, ErrorCode::invalid_record);
  ASSERT_TRUE(loop_.run(producer.abort_transaction()));
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "again"));
  ASSERT_TRUE(loop_.run(producer.commit_transaction()));
  EXPECT_EQ(committed(1), (std::vector<std::string>{"again"}));
}

// Two with one id: the later one wins, the earlier one can do nothing more, and what it had begun is not seen.
TEST_F(TransactionsTest, TheLaterProducerFencesTheEarlier) {
  Producer& earlier = started();
  ASSERT_TRUE(earlier.begin_transaction());
  ASSERT_TRUE(send(earlier, "zombie"));
  loop_.run(earlier.flush());
  Producer& later = started();
  const Outcome<void> done = loop_.run(earlier.commit_transaction());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(send(earlier, "never").error().code, ErrorCode::producer_fenced);
  ASSERT_TRUE(later.begin_transaction());
  ASSERT_TRUE(send(later, "good"));
  ASSERT_TRUE(loop_.run(later.commit_transaction()));
  EXPECT_EQ(committed(1), (std::vector<std::string>{"good"}));
}

TEST_F(TransactionsTest, GoesThroughErrorsThatPass) {
  cluster_.inject({.api = ApiKey::init_producer_id, .error = ErrorCode::concurrent_transactions, .times = 2});
  cluster_.inject({.api = ApiKey::add_partitions_to_txn, .error = ErrorCode::concurrent_transactions, .times = 2});
  cluster_.inject({.api = ApiKey::end_txn, .error = ErrorCode::coordinator_load_in_progress, .times = 2});
  cluster_.inject({.api = ApiKey::end_txn, .kind = FakeFault::Kind::cut_before, .times = 1, .skip = 0});
  Producer& producer = started();
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "a"));
  const Outcome<void> done = loop_.run(producer.commit_transaction());
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(committed(1), (std::vector<std::string>{"a"}));
}

// A group's offsets count when the transaction is committed, not before.
TEST_F(TransactionsTest, CommitsOffsetsWithTheRecords) {
  Producer& producer = started();
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "out"));
  Outcome<void> done =
      loop_.run(producer.send_offsets_to_transaction({{kFirst, {.offset = Offset{9}}}}, {.group_id = "movers"}));
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(cluster_.group("movers").offsets.empty());
  done = loop_.run(producer.commit_transaction());
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(cluster_.group("movers").offsets.at(kFirst).offset, Offset{9});
}

TEST_F(TransactionsTest, ClosingAbortsWhatIsOpen) {
  Producer& producer = started();
  ASSERT_TRUE(producer.begin_transaction());
  ASSERT_TRUE(send(producer, "a"));
  loop_.run(producer.flush());
  loop_.run(producer.close(loop_.now() + 10s));
  producers_.clear();
  EXPECT_EQ(cluster_.count(ApiKey::end_txn), 1);
  EXPECT_TRUE(committed(0).empty());
}

}  // namespace
}  // namespace sluice::client
