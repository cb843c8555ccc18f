#include "client/producer.h"

#include <algorithm>

#include "client/cluster_fixture.h"

namespace sluice::client {
namespace {

class ProducerTest : public ClusterFixture {
 protected:
  ProducerTest() { cluster_.create_topic("orders", 3); }
  ~ProducerTest() override { close(); }

  void close() {
    if (!producer_) return;
    loop_.run(producer_->close(loop_.now() + 60s));
    producer_.reset();
  }
  ProducerConfig config() const {
    ProducerConfig config;
    config.client = cluster_.client_config();
    return config;
  }
  void start(const ProducerConfig& config) {
    ASSERT_TRUE(config.check()) << config.check().error().what;
    producer_ = std::make_unique<Producer>(loop_, network_, config);
  }

  /// Sends to partition 0 unless told otherwise, and notes what is reported.
  Outcome<void> send(std::string value, int partition = 0) {
    const std::string kept = value;
    return loop_.run(
        producer_->send({.topic = "orders", .partition = PartitionIndex{partition}, .value = as_bytes(kept)},
                        [this, value](const Outcome<Delivered>& outcome) {
                          reported_.push_back(value);
                          if (outcome)
                            delivered_.push_back(*outcome);
                          else
                            failures_.push_back(outcome.error());
                        }));
  }
  void send_many(int from, int to) {
    for (int i = from; i < to; ++i) ASSERT_TRUE(send(std::to_string(i)));
  }
  void flush() { loop_.run(producer_->flush()); }
  static std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> all;
    for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
    return all;
  }
  FakeLog& log(int partition = 0) { return cluster_.log("orders", partition); }

  std::unique_ptr<Producer> producer_;
  std::vector<std::string> reported_;
  std::vector<Delivered> delivered_;
  std::vector<Failure> failures_;
};

TEST_F(ProducerTest, DeliversARecordWithAllItsParts) {
  start(config());
  const HeaderView headers[] = {{.key = "trace", .value = as_bytes("7")}};
  const Outcome<Delivered> delivered = loop_.run(producer_->deliver({.topic = "orders",
                                                                     .partition = PartitionIndex{1},
                                                                     .key = as_bytes("key"),
                                                                     .value = as_bytes("value"),
                                                                     .headers = headers,
                                                                     .timestamp = WallTime{12345ms}}));
  ASSERT_TRUE(delivered) << delivered.error().what;
  EXPECT_EQ(delivered->partition, (TopicPartition{"orders", PartitionIndex{1}}));
  EXPECT_EQ(delivered->offset, Offset{0});
  EXPECT_EQ(delivered->timestamp, WallTime{12345ms});
  EXPECT_EQ(log(1).values(), (std::vector<std::string>{"value"}));
}

// Nothing leaves before the batch has lingered, and then all in one.
TEST_F(ProducerTest, LingersForMoreRecords) {
  ProducerConfig lingering = config();
  lingering.linger = 100ms;
  start(lingering);
  send_many(0, 10);
  loop_.advance(90ms);
  EXPECT_EQ(cluster_.count(ApiKey::produce), 0);
  send_many(10, 20);
  loop_.advance(11ms);
  EXPECT_EQ(log().batch_sizes(), (std::vector<std::int32_t>{20}));
  EXPECT_EQ(reported_, numbers(0, 20));
}

TEST_F(ProducerTest, SendsAFullBatchAtOnce) {
  ProducerConfig small = config();
  small.linger = 10s;
  small.batch_size = 200;
  start(small);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(send(std::string(50, 'x')));
  loop_.advance(1ms);
  // 61 bytes of header and about 58 for each record: two fit.
  EXPECT_EQ(log().batch_sizes(), (std::vector<std::int32_t>{2, 2}));
  flush();
  EXPECT_EQ(log().batch_sizes(), (std::vector<std::int32_t>{2, 2, 2}));
}

TEST_F(ProducerTest, FlushSendsWithoutLingering) {
  ProducerConfig lingering = config();
  lingering.linger = 50s;
  start(lingering);
  send_many(0, 3);
  const SteadyTime before = loop_.now();
  flush();
  EXPECT_LT(loop_.now() - before, 1s);
  EXPECT_EQ(reported_, numbers(0, 3));
}

TEST_F(ProducerTest, OneRequestCarriesThePartitionsOfALeader) {
  cluster_.create_topic("wide", 6);
  ProducerConfig lingering = config();
  lingering.linger = 100ms;
  start(lingering);
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(
        loop_.run(producer_->send({.topic = "wide", .partition = PartitionIndex{i}, .value = as_bytes("v")})));
  flush();
  EXPECT_EQ(cluster_.count(ApiKey::produce), 3) << "one for each of three leaders";
  for (int i = 0; i < 6; ++i) EXPECT_EQ(cluster_.log("wide", i).values().size(), 1U);
}

class ProducerCodecTest : public ProducerTest, public testing::WithParamInterface<Codec> {};

TEST_P(ProducerCodecTest, Compresses) {
  ProducerConfig compressing = config();
  compressing.compression.codec = GetParam();
  start(compressing);
  send_many(0, 500);
  flush();
  EXPECT_EQ(log().values(), numbers(0, 500));
  EXPECT_EQ(log().headers().front().attributes.codec(), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Codecs, ProducerCodecTest,
                         testing::Values(Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd),
                         [](const auto& info) { return name(info.param); });

// Each leader has five requests in flight, so batches behind a failed one are refused or written too early;
// whatever happens, every record is in the log once and in order, and is reported in order.
class ProducerFaultTest : public ProducerTest, public testing::WithParamInterface<FakeFault> {};

TEST_P(ProducerFaultTest, KeepsOrderAndWritesOnce) {
  ProducerConfig small = config();
  small.batch_size = 100;
  small.linger = 0ms;
  start(small);
  network_.set_latency(5ms);
  send_many(0, 5);
  cluster_.inject(GetParam());
  send_many(5, 60);
  flush();
  EXPECT_EQ(failures_.size(), 0U) << failures_.front().what;
  EXPECT_EQ(log().values(), numbers(0, 60));
  EXPECT_EQ(reported_, numbers(0, 60));
}
INSTANTIATE_TEST_SUITE_P(
    Faults, ProducerFaultTest,
    testing::Values(
        FakeFault{.api = ApiKey::produce, .error = ErrorCode::not_leader_or_follower, .times = 3, .skip = 2},
        FakeFault{.api = ApiKey::produce,
                  .kind = FakeFault::Kind::error_when_done,
                  .error = ErrorCode::not_enough_replicas_after_append,
                  .times = 2,
                  .skip = 1},
        FakeFault{.api = ApiKey::produce, .kind = FakeFault::Kind::cut_before, .times = 2, .skip = 1},
        FakeFault{.api = ApiKey::produce, .kind = FakeFault::Kind::cut_after, .times = 2, .skip = 1},
        FakeFault{.api = ApiKey::produce, .kind = FakeFault::Kind::silence, .times = 1, .skip = 1},
        FakeFault{.api = ApiKey::init_producer_id, .error = ErrorCode::coordinator_load_in_progress, .times = 3}),
    [](const auto& info) { return "Case" + std::to_string(info.index); });

TEST_F(ProducerTest, FollowsTheLeader) {
  start(config());
  send_many(0, 3);
  flush();
  cluster_.move_leader({"orders", PartitionIndex{0}}, NodeId{3});
  send_many(3, 6);
  flush();
  EXPECT_EQ(log().values(), numbers(0, 6));
  EXPECT_EQ(failures_.size(), 0U);
}

TEST_F(ProducerTest, WaitsForALeaderThatIsDown) {
  start(config());
  send_many(0, 1);
  flush();
  cluster_.stop_broker(NodeId{1});
  send_many(1, 4);
  loop_.advance(10s);
  EXPECT_EQ(reported_, numbers(0, 1));
  cluster_.start_broker(NodeId{1});
  flush();
  EXPECT_EQ(log().values(), numbers(0, 4));
}

// Sequences go on from batch to batch, and the id stays.
TEST_F(ProducerTest, NumbersItsRecords) {
  ProducerConfig small = config();
  small.batch_size = 100;
  start(small);
  send_many(0, 30);
  flush();
  std::int32_t expected = 0;
  for (const BatchHeader& header : log().headers()) {
    EXPECT_EQ(header.producer_id, ProducerId{1000});
    EXPECT_EQ(header.producer_epoch, ProducerEpoch{0});
    EXPECT_EQ(header.base_sequence, expected);
    expected += header.record_count;
  }
  EXPECT_EQ(expected, 30);
}

TEST_F(ProducerTest, WithoutIdempotenceThereAreNoNumbers) {
  ProducerConfig plain = config();
  plain.enable_idempotence = false;
  start(plain);
  send_many(0, 1);
  flush();
  EXPECT_EQ(cluster_.count(ApiKey::init_producer_id), 0);
  EXPECT_FALSE(log().headers().front().has_producer());
}

// Reported when its time is over, not before, though brokers never say no.
TEST_F(ProducerTest, GivesUpAtTheDeliveryTimeout) {
  ProducerConfig impatient = config();
  impatient.delivery_timeout = 20s;
  impatient.client.request_timeout = 2s;
  start(impatient);
  send_many(0, 1);
  flush();
  for (int id = 1; id <= 3; ++id) cluster_.stop_broker(NodeId{id});
  ASSERT_TRUE(send("late"));
  loop_.advance(19'900ms);
  EXPECT_EQ(failures_.size(), 0U);
  loop_.advance(200ms);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_EQ(failures_[0].code, ErrorCode::request_timed_out);
}

// Whether the batch that was given up is in the log nobody knows. The records behind it must be written all the
// same, in order: under a new epoch, since the broker would wait for the number that does not come.
TEST_F(ProducerTest, GoesOnUnderANewEpochAfterABatchWasGivenUp) {
  ProducerConfig impatient = config();
  impatient.delivery_timeout = 3s;
  impatient.client.request_timeout = 2s;
  impatient.linger = 0ms;
  start(impatient);
  send_many(0, 1);
  flush();
  cluster_.inject({.api = ApiKey::produce, .kind = FakeFault::Kind::cut_before, .times = 1000});
  ASSERT_TRUE(send("given up"));
  loop_.advance(2500ms);
  send_many(1, 4);
  loop_.advance(1s);
  ASSERT_EQ(failures_.size(), 1U);
  cluster_.clear_faults();
  flush();
  EXPECT_EQ(failures_.size(), 1U);
  EXPECT_EQ(log().values(), numbers(0, 4));
  EXPECT_EQ(log().headers().back().producer_epoch, ProducerEpoch{1});
}

TEST_F(ProducerTest, ReportsWhatABrokerRefusesForGood) {
  start(config());
  cluster_.inject({.api = ApiKey::produce, .error = ErrorCode::invalid_record});
  ASSERT_TRUE(send("bad"));
  flush();
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_EQ(failures_[0].code, ErrorCode::invalid_record);
  send_many(0, 3);
  flush();
  EXPECT_EQ(log().values(), numbers(0, 3));
}

// Too large together, the records are sent apart; one that is too large alone is refused.
TEST_F(ProducerTest, SplitsABatchThatIsTooLarge) {
  ProducerConfig large = config();
  large.batch_size = 100'000;
  start(large);
  cluster_.message_bytes_max = 1'000;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(send(std::to_string(i) + std::string(100, ' ')));
  ASSERT_TRUE(send(std::string(5'000, 'x')));
  flush();
  EXPECT_EQ(delivered_.size(), 40U);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_EQ(failures_[0].code, ErrorCode::message_too_large);
  ASSERT_EQ(log().values().size(), 40U);
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(log().values()[static_cast<std::size_t>(i)].substr(0, 3).c_str()[0], std::to_string(i)[0]);
}

TEST_F(ProducerTest, RefusesARecordLargerThanARequest) {
  start(config());
  const Outcome<void> sent = send(std::string(2'000'000, 'x'));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::message_too_large);
}

// A producer whose memory is full makes its user wait, and gives the room back with the acknowledgement.
TEST_F(ProducerTest, WaitsForRoomInItsMemory) {
  ProducerConfig tight = config();
  tight.buffer_memory = 10'000;
  tight.max_block = 5s;
  start(tight);
  send_many(0, 1);
  flush();
  cluster_.stop_broker(NodeId{1});
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(send(std::string(1'000, 'x')));
  const SteadyTime before = loop_.now();
  const Outcome<void> sent = send(std::string(1'000, 'x'));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::request_timed_out);
  EXPECT_EQ(loop_.now() - before, 5s);
  cluster_.start_broker(NodeId{1});
  EXPECT_TRUE(send(std::string(1'000, 'x')));
  flush();
  EXPECT_EQ(log().values().size(), 11U);
}

TEST_F(ProducerTest, NeedsNoAnswerWithAcksNone) {
  ProducerConfig quick = config();
  quick.acks = Acks::none;
  start(quick);
  send_many(0, 10);
  flush();
  EXPECT_EQ(delivered_.size(), 10U);
  EXPECT_EQ(delivered_[0].offset, Offset{-1});
  loop_.run_until_idle();
  EXPECT_EQ(log().values(), numbers(0, 10));
}

TEST_F(ProducerTest, FailsForATopicThatDoesNotCome) {
  ProducerConfig impatient = config();
  impatient.max_block = 3s;
  start(impatient);
  const Outcome<Delivered> delivered = loop_.run(producer_->deliver({.topic = "nowhere", .value = as_bytes("v")}));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().code, ErrorCode::unknown_topic_or_partition);
  const Outcome<void> sent = send("v", 17);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(ProducerTest, ClosingReportsEverything) {
  ProducerConfig lingering = config();
  lingering.linger = 50s;
  start(lingering);
  send_many(0, 5);
  close();
  EXPECT_EQ(reported_, numbers(0, 5));
  EXPECT_EQ(log().values(), numbers(0, 5));

  start(lingering);
  for (int id = 1; id <= 3; ++id) cluster_.stop_broker(NodeId{id});
  reported_.clear();
  const Started<Outcome<void>> waiting(loop_, producer_->send({.topic = "orders", .value = as_bytes("v")}, {}));
  loop_.run(producer_->close(loop_.now() + 1s));
  EXPECT_TRUE(waiting.done());
  EXPECT_FALSE(*waiting);
  producer_.reset();
}

// Topics have had no ids before 2.8, and brokers before 2.1 no zstd: neither is spoken to them.
TEST_F(ProducerTest, SpeaksToOlderBrokers) {
  cluster_.limit_versions(ApiKey::produce, {0, 5});
  cluster_.limit_versions(ApiKey::metadata, {0, 5});
  cluster_.limit_versions(ApiKey::init_producer_id, {0, 0});
  start(config());
  send_many(0, 3);
  flush();
  EXPECT_EQ(log().values(), numbers(0, 3));
  EXPECT_EQ(cluster_.versions_seen(ApiKey::produce).front(), 5);
  close();

  ProducerConfig zstd = config();
  zstd.compression.codec = Codec::zstd;
  start(zstd);
  ASSERT_TRUE(send("v"));
  flush();
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_EQ(failures_[0].code, ErrorCode::unsupported_compression_type);
}

}  // namespace
}  // namespace sluice::client
