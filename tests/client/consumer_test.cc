#include "client/consumer.h"

#include "client/cluster_fixture.h"
#include "record/batch_builder.h"
#include "record/control_record.h"

namespace sluice::client {
namespace {

const TopicPartition kFirst{"orders", PartitionIndex{0}};
const TopicPartition kSecond{"orders", PartitionIndex{1}};

class ConsumerTest : public ClusterFixture {
 protected:
  ConsumerTest() { cluster_.create_topic("orders", 3); }
  ~ConsumerTest() override { close(); }

  void close() {
    if (!consumer_) return;
    loop_.run(consumer_->close());
    consumer_.reset();
  }
  ConsumerConfig config() const {
    ConsumerConfig config;
    config.client = cluster_.client_config();
    config.auto_offset_reset.kind = OffsetReset::Kind::earliest;
    return config;
  }
  void start(const ConsumerConfig& config) {
    ASSERT_TRUE(config.check()) << config.check().error().what;
    consumer_ = std::make_unique<Consumer>(loop_, network_, config);
  }
  void start_on(const ConsumerConfig& config, std::set<TopicPartition> partitions) {
    start(config);
    ASSERT_TRUE(consumer_->assign(std::move(partitions)));
  }

  Outcome<ConsumedRecords> poll(milliseconds timeout = 2s) { return loop_.run(consumer_->poll(timeout)); }
  static std::vector<std::string> values_of(const ConsumedRecords& records) {
    std::vector<std::string> values;
    for (const PartitionRecords& partition : records.partitions())
      for (const ConsumedRecord& record : partition.records)
        values.emplace_back(as_text(record.value.value_or(Bytes{})));
    return values;
  }
  /// Polls until `count` records have come or several polls have brought nothing.
  std::vector<std::string> read(std::size_t count) {
    std::vector<std::string> values;
    for (int empty = 0; values.size() < count && empty < 3;) {
      const Outcome<ConsumedRecords> records = poll();
      EXPECT_TRUE(records) << records.error().what;
      if (!records) break;
      empty = records->empty() ? empty + 1 : 0;
      for (std::string& value : values_of(*records)) values.push_back(std::move(value));
    }
    return values;
  }
  FakeLog& log(int partition = 0) { return cluster_.log("orders", partition); }

  std::unique_ptr<Consumer> consumer_;
};

TEST_F(ConsumerTest, ReadsWhatIsThereAndWhatComes) {
  log().append_records({"a", "b"});
  start_on(config(), {kFirst});
  EXPECT_EQ(read(2), (std::vector<std::string>{"a", "b"}));
  log().append_records({"c"});
  EXPECT_EQ(read(1), (std::vector<std::string>{"c"}));
  EXPECT_EQ(*loop_.run(consumer_->position(kFirst)), Offset{3});
  EXPECT_EQ(consumer_->lag(kFirst), 0);
}

TEST_F(ConsumerTest, GivesEachRecordItsParts) {
  Buffer batch;
  BatchBuilder builder(batch, BatchOptions{});
  const HeaderView headers[] = {{.key = "h", .value = as_bytes("1")}, {.key = "n", .value = std::nullopt}};
  ASSERT_TRUE(builder.append(
      NewRecord{.timestamp = WallTime{777ms}, .key = as_bytes("k"), .value = std::nullopt, .headers = headers}));
  ASSERT_TRUE(builder.finish());
  log().append_batch(batch);
  start_on(config(), {kFirst});
  const Outcome<ConsumedRecords> records = poll();
  ASSERT_TRUE(records);
  ASSERT_EQ(records->count(), 1U);
  const ConsumedRecord& record = records->partitions()[0].records[0];
  EXPECT_EQ(records->partitions()[0].partition, kFirst);
  EXPECT_EQ(record.offset, Offset{0});
  EXPECT_EQ(record.timestamp, WallTime{777ms});
  EXPECT_EQ(as_text(*record.key), "k");
  EXPECT_FALSE(record.value);
  ASSERT_EQ(record.headers.size(), 2U);
  EXPECT_EQ(record.headers.begin()->key, "h");
}

class ConsumerCodecTest : public ConsumerTest, public testing::WithParamInterface<Codec> {};

// Records stay as long as the set that they came with, also when the consumer has read on and has gone.
TEST_P(ConsumerCodecTest, RecordsOutliveTheirConsumer) {
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) expected.push_back("value " + std::to_string(i));
  log().append_records(expected, GetParam());
  start_on(config(), {kFirst});
  const Outcome<ConsumedRecords> records = poll();
  ASSERT_TRUE(records);
  log().append_records({"more"}, GetParam());
  EXPECT_EQ(read(1).size(), 1U);
  close();
  EXPECT_EQ(values_of(*records), expected);
}
INSTANTIATE_TEST_SUITE_P(Codecs, ConsumerCodecTest,
                         testing::Values(Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd),
                         [](const auto& info) { return name(info.param); });

// A batch is handed out in parts, in order, and positions follow what was handed out.
TEST_F(ConsumerTest, ReturnsNoMoreThanMaxPollRecords) {
  log().append_records({"a", "b", "c", "d", "e"});
  log().append_records({"f"});
  ConsumerConfig few = config();
  few.max_poll_records = 2;
  start_on(few, {kFirst});
  EXPECT_EQ(values_of(*poll()), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(*loop_.run(consumer_->position(kFirst)), Offset{2});
  EXPECT_EQ(values_of(*poll()), (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(read(2), (std::vector<std::string>{"e", "f"}));
}

TEST_F(ConsumerTest, AnEmptyPollLastsAsLongAsItMay) {
  start_on(config(), {kFirst});
  (void)poll();
  const SteadyTime before = loop_.now();
  const Outcome<ConsumedRecords> records = poll(1'500ms);
  ASSERT_TRUE(records);
  EXPECT_TRUE(records->empty());
  EXPECT_EQ(loop_.now() - before, 1'500ms);
}

TEST_F(ConsumerTest, AWakeupEndsThePoll) {
  start_on(config(), {kFirst});
  const Started<Outcome<ConsumedRecords>> polling(loop_, consumer_->poll(60s));
  loop_.advance(1s);
  EXPECT_FALSE(polling.done());
  consumer_->wakeup();
  loop_.run_until_idle();
  EXPECT_TRUE(polling.done());
}

TEST_F(ConsumerTest, BeginsWhereThePolicySays) {
  log().append_records({"a", "b"});
  ConsumerConfig latest = config();
  latest.auto_offset_reset.kind = OffsetReset::Kind::latest;
  start_on(latest, {kFirst});
  EXPECT_EQ(*loop_.run(consumer_->position(kFirst)), Offset{2});
  close();

  ConsumerConfig none = config();
  none.auto_offset_reset.kind = OffsetReset::Kind::none;
  start_on(none, {kFirst});
  const Outcome<ConsumedRecords> records = poll();
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code, ErrorCode::offset_out_of_range);
  // A seek helps.
  ASSERT_TRUE(consumer_->seek(kFirst, Offset{1}));
  EXPECT_EQ(read(1), (std::vector<std::string>{"b"}));
}

TEST_F(ConsumerTest, BeginsADurationAgo) {
  log().append_records({"old"});  // In 1970.
  Buffer batch;
  BatchBuilder builder(batch, BatchOptions{});
  (void)builder.append(NewRecord{.timestamp = loop_.wall_now() - 10s, .value = as_bytes("young")});
  ASSERT_TRUE(builder.finish());
  log().append_batch(batch);
  ConsumerConfig minute = config();
  minute.auto_offset_reset = *parse_offset_reset("by_duration:PT1M");
  start_on(minute, {kFirst});
  EXPECT_EQ(read(1), (std::vector<std::string>{"young"}));
}

TEST_F(ConsumerTest, ResetsWhenItsOffsetIsGone) {
  log().append_records({"a"});
  log().append_records({"b"});
  log().append_records({"c"});
  start_on(config(), {kFirst});
  log().start = Offset{2};
  ASSERT_TRUE(consumer_->seek(kFirst, Offset{0}));
  EXPECT_EQ(read(1), (std::vector<std::string>{"c"}));
}

TEST_F(ConsumerTest, SeeksWhereItIsTold) {
  log().append_records({"a", "b"});
  log().append_records({"c", "d"});
  start_on(config(), {kFirst});
  EXPECT_EQ(read(4).size(), 4U);
  ASSERT_TRUE(consumer_->seek(kFirst, Offset{1}));
  EXPECT_EQ(read(3), (std::vector<std::string>{"b", "c", "d"}));
  ASSERT_TRUE(consumer_->seek_to_beginning({kFirst}));
  EXPECT_EQ(*loop_.run(consumer_->position(kFirst)), Offset{0});
  ASSERT_TRUE(consumer_->seek_to_end({kFirst}));
  EXPECT_EQ(*loop_.run(consumer_->position(kFirst)), Offset{4});
  ASSERT_TRUE(consumer_->seek_to_time({kFirst}, WallTime{1'002ms}));
  EXPECT_EQ(*loop_.run(consumer_->position(kFirst)), Offset{2});
  EXPECT_FALSE(consumer_->seek(kSecond, Offset{0})) << "not assigned";
}

// What is on its way when the position changes is not to be seen.
TEST_F(ConsumerTest, DropsWhatWasFetchedForAnotherPosition) {
  for (int i = 0; i < 10; ++i) log().append_records({std::to_string(i)});
  network_.set_latency(20ms);
  start_on(config(), {kFirst});
  const Started<Outcome<ConsumedRecords>> polling(loop_, consumer_->poll(1ms));
  loop_.advance(30ms);
  ASSERT_TRUE(consumer_->seek(kFirst, Offset{8}));
  loop_.advance(10ms);
  EXPECT_EQ(read(2), (std::vector<std::string>{"8", "9"}));
}

TEST_F(ConsumerTest, PausesAndResumes) {
  log(0).append_records({"a0"});
  log(1).append_records({"b0"});
  start_on(config(), {kFirst, kSecond});
  EXPECT_EQ(read(2).size(), 2U);
  ASSERT_TRUE(consumer_->pause({kFirst}));
  log(0).append_records({"a1"});
  log(1).append_records({"b1"});
  EXPECT_EQ(read(2), (std::vector<std::string>{"b1"}));
  EXPECT_EQ(consumer_->paused(), (std::set<TopicPartition>{kFirst}));
  ASSERT_TRUE(consumer_->resume({kFirst}));
  EXPECT_EQ(read(1), (std::vector<std::string>{"a1"}));
}

TEST_F(ConsumerTest, FollowsTheLeader) {
  log().append_records({"a"});
  start_on(config(), {kFirst});
  EXPECT_EQ(read(1), (std::vector<std::string>{"a"}));
  cluster_.move_leader(kFirst, NodeId{2});
  log().append_records({"b"});
  EXPECT_EQ(read(1), (std::vector<std::string>{"b"}));
}

// A leader that was elected without having all records: what it wrote instead of them is read, nothing is skipped
// (KIP-320).
TEST_F(ConsumerTest, GoesBackToWhereTheNewLeadersLogDiverges) {
  log().append_records({"a"});
  log().append_records({"lost 1"});
  log().append_records({"lost 2"});
  start_on(config(), {kFirst});
  EXPECT_EQ(read(3).size(), 3U);
  log().cut(Offset{1});
  cluster_.move_leader(kFirst, NodeId{2});
  for (const auto* value : {"b", "c", "d"}) log().append_records({value});
  EXPECT_EQ(read(3), (std::vector<std::string>{"b", "c", "d"}));
}

class ConsumerFaultTest : public ConsumerTest, public testing::WithParamInterface<FakeFault> {};

TEST_P(ConsumerFaultTest, ReadsEverythingOnceAllTheSame) {
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) expected.push_back(std::to_string(i));
  cluster_.inject(GetParam());
  start_on(config(), {kFirst});
  std::vector<std::string> values;
  for (int i = 0; i < 20; ++i) {
    log().append_records({expected[static_cast<std::size_t>(i)]});
    for (std::string& value : read(1)) values.push_back(std::move(value));
  }
  while (values.size() < 20) {
    const auto more = read(1);
    ASSERT_FALSE(more.empty());
    values.insert(values.end(), more.begin(), more.end());
  }
  EXPECT_EQ(values, expected);
}
INSTANTIATE_TEST_SUITE_P(
    Faults, ConsumerFaultTest,
    testing::Values(
        FakeFault{.api = ApiKey::fetch, .error = ErrorCode::not_leader_or_follower, .times = 2, .skip = 2},
        FakeFault{.api = ApiKey::fetch, .error = ErrorCode::unknown_leader_epoch, .times = 2, .skip = 1},
        FakeFault{.api = ApiKey::fetch, .kind = FakeFault::Kind::cut_before, .times = 2, .skip = 3},
        FakeFault{.api = ApiKey::fetch, .kind = FakeFault::Kind::cut_after, .times = 2, .skip = 3},
        FakeFault{.api = ApiKey::list_offsets, .error = ErrorCode::leader_not_available, .times = 2},
        FakeFault{.api = ApiKey::list_offsets, .kind = FakeFault::Kind::cut_after}),
    [](const auto& info) { return "Case" + std::to_string(info.index); });

// After the first fetch only what changes is said; a partition that waits to be polled is not asked for.
TEST_F(ConsumerTest, FetchesIncrementally) {
  cluster_.create_topic("wide", 30);
  std::set<TopicPartition> all;
  for (int i = 0; i < 30; ++i) all.insert({"wide", PartitionIndex{i}});
  start_on(config(), all);
  (void)poll(1s);
  const std::size_t before = cluster_.fetches.size();
  (void)poll(3s);
  ASSERT_GT(cluster_.fetches.size(), before);
  for (std::size_t i = before; i < cluster_.fetches.size(); ++i) {
    EXPECT_GT(cluster_.fetches[i].session_epoch, 0);
    EXPECT_EQ(cluster_.fetches[i].partitions, 0U) << "nothing has changed";
  }
}

TEST_F(ConsumerTest, ReadsFromBrokersWithoutTopicIds) {
  cluster_.has_topic_ids = false;
  cluster_.create_topic("plain", 1);
  cluster_.log("plain", 0).append_records({"a"});
  start_on(config(), {{"plain", PartitionIndex{0}}});
  EXPECT_EQ(read(1), (std::vector<std::string>{"a"}));
  EXPECT_EQ(cluster_.versions_seen(ApiKey::fetch).front(), 12);
}

TEST_F(ConsumerTest, ReadsFromOldBrokers) {
  cluster_.has_topic_ids = false;
  cluster_.limit_versions(ApiKey::fetch, {0, 5});
  cluster_.limit_versions(ApiKey::list_offsets, {1, 2});
  cluster_.limit_versions(ApiKey::metadata, {0, 4});
  cluster_.create_topic("plain", 1);
  cluster_.log("plain", 0).append_records({"a"});
  start_on(config(), {{"plain", PartitionIndex{0}}});
  EXPECT_EQ(read(1), (std::vector<std::string>{"a"}));
  cluster_.log("plain", 0).append_records({"b"});
  EXPECT_EQ(read(1), (std::vector<std::string>{"b"}));
}

// Bytes that were damaged are reported, and what came before them is not lost.
TEST_F(ConsumerTest, NoticesDamagedBatches) {
  log().append_records({"good"});
  Buffer damaged;
  BatchBuilder builder(damaged, BatchOptions{});
  (void)builder.append(NewRecord{.timestamp = WallTime{1ms}, .value = as_bytes("bad")});
  ASSERT_TRUE(builder.finish());
  log().append_batch(damaged);
  log().damage_last();
  start_on(config(), {kFirst});
  EXPECT_EQ(values_of(*poll()), (std::vector<std::string>{"good"}));
  Outcome<ConsumedRecords> records = poll();
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code, ErrorCode::corrupt_message);
  EXPECT_NE(records.error().what.find("orders-0 at offset 1"), std::string::npos) << records.error().what;
  ASSERT_TRUE(consumer_->seek(kFirst, Offset{2}));
  log().append_records({"behind"});
  EXPECT_EQ(read(1), (std::vector<std::string>{"behind"}));
}

Buffer transactional(ProducerId producer, std::int32_t sequence, const std::string& value) {
  Buffer out;
  BatchBuilder builder(out, BatchOptions{.producer_id = producer,
                                         .producer_epoch = ProducerEpoch{0},
                                         .base_sequence = sequence,
                                         .transactional = true});
  (void)builder.append(NewRecord{.timestamp = WallTime{1ms}, .value = as_bytes(value)});
  (void)builder.finish();
  return out;
}

Buffer marker(ProducerId producer, ControlType type) {
  Buffer out;
  BatchBuilder builder(
      out,
      BatchOptions{
          .producer_id = producer, .producer_epoch = ProducerEpoch{0}, .transactional = true, .control = true});
  const auto key = control_key(type);
  const auto value = EndTxnMarker{}.encode();
  (void)builder.append(NewRecord{.timestamp = WallTime{1ms}, .key = key, .value = value});
  (void)builder.finish();
  return out;
}

// Two producers' transactions lie mixed; one is aborted, and what its producer writes after that counts again.
TEST_F(ConsumerTest, ReadCommittedLeavesOutAbortedTransactions) {
  const ProducerId bad{7};
  const ProducerId good{8};
  log().append_batch(transactional(bad, 0, "aborted 1"));
  log().append_batch(transactional(good, 0, "committed 1"));
  log().append_batch(transactional(bad, 1, "aborted 2"));
  log().append_control(marker(bad, ControlType::abort));
  log().append_batch(transactional(bad, 2, "committed 2"));
  log().append_control(marker(good, ControlType::commit));
  log().append_control(marker(bad, ControlType::commit));
  log().append_batch(transactional(good, 1, "open"));
  log().aborted.push_back({bad, Offset{0}, Offset{3}});
  log().last_stable = Offset{7};

  ConsumerConfig committed = config();
  committed.isolation_level = IsolationLevel::read_committed;
  start_on(committed, {kFirst});
  EXPECT_EQ(read(3), (std::vector<std::string>{"committed 1", "committed 2"}));
  EXPECT_EQ(*loop_.run(consumer_->position(kFirst)), Offset{7}) << "behind the markers too";
  close();

  start_on(config(), {kFirst});
  EXPECT_EQ(read(5), (std::vector<std::string>{"aborted 1", "committed 1", "aborted 2", "committed 2", "open"}));
}

TEST_F(ConsumerTest, ReportsWhatItMayNotRead) {
  cluster_.inject({.api = ApiKey::fetch, .error = ErrorCode::topic_authorization_failed, .times = 1});
  start_on(config(), {kFirst});
  const Outcome<ConsumedRecords> records = poll();
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code, ErrorCode::topic_authorization_failed);
}

TEST_F(ConsumerTest, CommitsAndBeginsThere) {
  log().append_records({"a", "b", "c"});
  ConsumerConfig grouped = config();
  grouped.group_id = "readers";
  grouped.enable_auto_commit = false;
  grouped.max_poll_records = 2;
  start_on(grouped, {kFirst});
  EXPECT_EQ(values_of(*poll()).size(), 2U);
  ASSERT_TRUE(loop_.run(consumer_->commit()));
  EXPECT_EQ(cluster_.group("readers").offsets.at(kFirst).offset, Offset{2});
  const auto committed = loop_.run(consumer_->committed({kFirst, kSecond}));
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->size(), 1U);
  close();
  start_on(grouped, {kFirst});
  EXPECT_EQ(read(1), (std::vector<std::string>{"c"}));
}

TEST_F(ConsumerTest, CommitsThroughACoordinatorThatMoves) {
  log().append_records({"a"});
  ConsumerConfig grouped = config();
  grouped.group_id = "readers";
  grouped.enable_auto_commit = false;
  start_on(grouped, {kFirst});
  EXPECT_EQ(read(1).size(), 1U);
  ASSERT_TRUE(loop_.run(consumer_->commit()));
  cluster_.coordinator = NodeId{2};
  log().append_records({"b"});
  EXPECT_EQ(read(1).size(), 1U);
  const Outcome<void> done = loop_.run(consumer_->commit());
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(cluster_.group("readers").offsets.at(kFirst).offset, Offset{2});
}

TEST_F(ConsumerTest, CommitsByItselfWhatWasPolled) {
  log().append_records({"a", "b", "c"});
  ConsumerConfig grouped = config();
  grouped.group_id = "readers";
  grouped.max_poll_records = 2;
  start_on(grouped, {kFirst});
  EXPECT_EQ(values_of(*poll()).size(), 2U);
  loop_.advance(grouped.auto_commit_interval);
  EXPECT_TRUE(cluster_.group("readers").offsets.empty()) << "nobody has polled since";
  EXPECT_EQ(values_of(*poll()).size(), 1U);
  loop_.run_until_idle();
  EXPECT_EQ(cluster_.group("readers").offsets.at(kFirst).offset, Offset{2});
  close();
  EXPECT_EQ(cluster_.group("readers").offsets.at(kFirst).offset, Offset{3}) << "on closing, all";
}

TEST_F(ConsumerTest, ReportsAnAsynchronousCommit) {
  log().append_records({"a"});
  ConsumerConfig grouped = config();
  grouped.group_id = "readers";
  grouped.enable_auto_commit = false;
  start_on(grouped, {kFirst});
  EXPECT_EQ(read(1).size(), 1U);
  std::vector<ErrorCode> reported;
  const auto note = [&](const Offsets&, const Outcome<void>& done) {
    reported.push_back(done ? ErrorCode::none : done.error().code);
  };
  cluster_.inject({.api = ApiKey::offset_commit, .error = ErrorCode::offset_metadata_too_large});
  consumer_->commit_async(note);
  consumer_->commit_async(note);
  loop_.advance(1s);
  EXPECT_EQ(reported, (std::vector<ErrorCode>{ErrorCode::offset_metadata_too_large, ErrorCode::none}));
}

TEST_F(ConsumerTest, WithoutAGroupItCannotCommit) {
  start_on(config(), {kFirst});
  const Outcome<void> done = loop_.run(consumer_->commit());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_group_id);
}

TEST_F(ConsumerTest, TellsOffsets) {
  log().append_records({"a", "b"});
  log().start = Offset{1};
  start(config());
  EXPECT_EQ(loop_.run(consumer_->beginning_offsets({kFirst})).at(kFirst)->offset, Offset{1});
  EXPECT_EQ(loop_.run(consumer_->end_offsets({kFirst, kSecond})).at(kFirst)->offset, Offset{2});
  EXPECT_EQ(loop_.run(consumer_->offsets_for_times({{kFirst, 5'000'000}})).at(kFirst)->offset, Offset{-1});
  const auto nowhere = loop_.run(consumer_->end_offsets({{"nowhere", PartitionIndex{0}}}));
  EXPECT_EQ(nowhere.begin()->second.error().code, ErrorCode::unknown_topic_or_partition);
}

}  // namespace
}  // namespace sluice::client
