#include "client/share_consumer.h"

#include "client/cluster_fixture.h"
#include "record/batch_builder.h"
#include "record/control_record.h"

namespace sluice::client {
namespace {

using Said = std::vector<int>;

class ShareConsumerTest : public ClusterFixture {
 protected:
  ShareConsumerTest() { cluster_.create_topic("orders", 2); }
  ~ShareConsumerTest() override {
    for (auto& consumer : consumers_) loop_.run(consumer->close());
  }

  ShareConsumer& consumer(ShareAcknowledgementMode mode = ShareAcknowledgementMode::implicit) {
    ShareConsumerConfig config;
    config.client = cluster_.client_config();
    config.group_id = "g";
    config.share_acknowledgement_mode = mode;
    consumers_.push_back(std::make_unique<ShareConsumer>(loop_, network_, std::move(config)));
    consumers_.back()->subscribe({"orders"});
    return *consumers_.back();
  }
  ShareConsumer& explicit_consumer() { return consumer(ShareAcknowledgementMode::explicitly); }

  /// Polls until something comes. The values by offset, of partition 0 with a letter "a" in front, of 1 with "b".
  std::vector<std::string> poll(ShareConsumer& of) {
    std::vector<std::string> values;
    for (int i = 0; i < 20 && values.empty(); ++i) {
      const Outcome<ConsumedRecords> records = loop_.run(of.poll(1s));
      if (!records) ADD_FAILURE() << records.error().what;
      if (!records) break;
      for (const PartitionRecords& partition : records->partitions())
        for (const ConsumedRecord& record : partition.records) {
          values.emplace_back(as_text(*record.value));
          deliveries_[{partition.partition, record.offset}] = record.delivery_count;
        }
    }
    return values;
  }
  Said said(int partition, std::int64_t offset) {
    return cluster_.share("g").said[{{"orders", PartitionIndex{partition}}, Offset{offset}}];
  }

  const TopicPartition first_{"orders", PartitionIndex{0}};
  std::map<std::pair<TopicPartition, Offset>, int> deliveries_;
  std::vector<std::unique_ptr<ShareConsumer>> consumers_;
};

TEST_F(ShareConsumerTest, TheNextPollAcceptsWhatTheLastReturned) {
  cluster_.log("orders", 0).append_records({"a", "b"});
  ShareConsumer& reader = consumer();
  EXPECT_EQ(poll(reader), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ((deliveries_[{first_, Offset{1}}]), 1);
  EXPECT_EQ(said(0, 0), Said{});
  ASSERT_TRUE(loop_.run(reader.poll(1s)));
  EXPECT_EQ(said(0, 0), Said{1});
  EXPECT_EQ(said(0, 1), Said{1});
  EXPECT_EQ(reader.acquisition_lock_timeout(), 30s);
}

// Two members of one group never have the same record; both leaders are read from.
TEST_F(ShareConsumerTest, MembersShareTheRecordsOfAPartition) {
  ShareConsumer& one = consumer();
  ASSERT_TRUE(loop_.run(one.poll(1s)));
  cluster_.log("orders", 0).append_records({"a"});
  cluster_.log("orders", 1).append_records({"b"});
  cluster_.appended();
  std::vector<std::string> values = poll(one);
  while (values.size() < 2) {
    const std::vector<std::string> more = poll(one);
    ASSERT_FALSE(more.empty());
    values.insert(values.end(), more.begin(), more.end());
  }
  EXPECT_EQ(std::set<std::string>(values.begin(), values.end()), (std::set<std::string>{"a", "b"}));
  ShareConsumer& other = consumer();
  const auto nothing = loop_.run(other.poll(2s));
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->empty());
}

TEST_F(ShareConsumerTest, SaysOfEachRecordWhatBecameOfIt) {
  cluster_.log("orders", 0).append_records({"good", "again", "bad"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 3U);
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  ASSERT_TRUE(reader.acknowledge(first_, Offset{1}, AcknowledgeType::release));
  ASSERT_TRUE(reader.acknowledge(first_, Offset{2}, AcknowledgeType::reject));
  EXPECT_EQ(poll(reader), std::vector<std::string>{"again"});
  EXPECT_EQ((deliveries_[{first_, Offset{1}}]), 2);
  EXPECT_EQ(said(0, 0), Said{1});
  EXPECT_EQ(said(0, 1), Said{2});
  EXPECT_EQ(said(0, 2), Said{3});
  ASSERT_TRUE(reader.acknowledge(first_, Offset{1}));
}

TEST_F(ShareConsumerTest, WantsToHearOfEveryRecordBeforeItGoesOn) {
  cluster_.log("orders", 0).append_records({"a", "b"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 2U);
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  EXPECT_EQ(loop_.run(reader.poll(1s)).error().code, ErrorCode::invalid_request);
  // What was acknowledged, and what was never returned, cannot be.
  EXPECT_EQ(reader.acknowledge(first_, Offset{0}).error().code, ErrorCode::invalid_request);
  EXPECT_EQ(reader.acknowledge(first_, Offset{9}).error().code, ErrorCode::invalid_request);
  ASSERT_TRUE(reader.acknowledge(first_, Offset{1}));
  EXPECT_TRUE(loop_.run(reader.poll(1s)));
}

TEST_F(ShareConsumerTest, DoesNotLetImplicitRecordsBeAcknowledged) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  EXPECT_EQ(reader.acknowledge(first_, Offset{0}).error().code, ErrorCode::invalid_request);
}

TEST_F(ShareConsumerTest, ACommitWaitsForWhatCameOfIt) {
  cluster_.log("orders", 0).append_records({"a", "b"});
  ShareConsumer& reader = consumer();
  std::vector<std::set<Offset>> reported;
  reader.on_acknowledged(
      [&](const TopicPartition& partition, const std::set<Offset>& offsets, const Outcome<void>& outcome) {
        EXPECT_EQ(partition, first_);
        EXPECT_TRUE(outcome);
        reported.push_back(offsets);
      });
  ASSERT_EQ(poll(reader).size(), 2U);
  const PartitionOutcomes<void> outcomes = loop_.run(reader.commit());
  ASSERT_TRUE(outcomes.contains(first_));
  EXPECT_TRUE(outcomes.at(first_));
  EXPECT_EQ(said(0, 1), Said{1});
  EXPECT_EQ(reported, (std::vector<std::set<Offset>>{{Offset{0}, Offset{1}}}));
  EXPECT_TRUE(loop_.run(reader.commit()).empty());
}

TEST_F(ShareConsumerTest, ACommitInTheBackgroundReports) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  std::vector<ErrorCode> reported;
  reader.on_acknowledged([&](const TopicPartition&, const std::set<Offset>&, const Outcome<void>& outcome) {
    reported.push_back(outcome ? ErrorCode::none : outcome.error().code);
  });
  // Its lock was over, and another member has it now.
  cluster_.share("g").records[first_][Offset{0}].member = "other";
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  reader.commit_async();
  (void)loop_.run(reader.poll(1s));
  EXPECT_EQ(reported, std::vector<ErrorCode>{ErrorCode::invalid_record_state});
}

// As Kafka's: a leader that cannot just now may later.
TEST_F(ShareConsumerTest, RepeatsWhatTheLeaderCouldNotTakeJustNow) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  int reports = 0;
  reader.on_acknowledged([&](const TopicPartition&, const std::set<Offset>&, const Outcome<void>& outcome) {
    reports += outcome ? 1 : 100;
  });
  cluster_.share("g").refusals = {ErrorCode::coordinator_not_available, ErrorCode::coordinator_load_in_progress};
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  const PartitionOutcomes<void> outcomes = loop_.run(reader.commit());
  ASSERT_TRUE(outcomes.contains(first_));
  EXPECT_TRUE(outcomes.at(first_));
  EXPECT_EQ(said(0, 0), Said{1});
  EXPECT_EQ(reports, 1);
}

TEST_F(ShareConsumerTest, GivesUpRepeatingWhenTheTimeIsOver) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  cluster_.share("g").refusals.assign(10'000, ErrorCode::coordinator_not_available);
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  const PartitionOutcomes<void> outcomes = loop_.run(reader.commit());
  ASSERT_TRUE(outcomes.contains(first_));
  ASSERT_FALSE(outcomes.at(first_));
  EXPECT_EQ(outcomes.at(first_).error().code, ErrorCode::request_timed_out);
  cluster_.share("g").refusals.clear();
}

// One that leads no more has given the records to others: that is told at once.
TEST_F(ShareConsumerTest, DoesNotRepeatWhatAnotherLeaderWouldHaveToTake) {
  for (const ErrorCode error : {ErrorCode::not_leader_or_follower, ErrorCode::fenced_leader_epoch,
                                ErrorCode::unknown_topic_or_partition, ErrorCode::unknown_topic_id}) {
    cluster_.log("orders", 0).append_records({"a"});
    cluster_.appended();
    ShareConsumer& reader = explicit_consumer();
    ASSERT_EQ(poll(reader).size(), 1U);
    const Offset last = cluster_.log("orders", 0).end() + -1;
    cluster_.share("g").refusals = {error};
    ASSERT_TRUE(reader.acknowledge(first_, last));
    const PartitionOutcomes<void> outcomes = loop_.run(reader.commit());
    ASSERT_FALSE(outcomes.at(first_));
    EXPECT_EQ(outcomes.at(first_).error().code, error);
    EXPECT_EQ(said(0, last.value), Said{});
    cluster_.share("g").records[first_][last].done = true;
    loop_.run(reader.close());
  }
}

// Closing does not wait for a leader that takes nothing.
TEST_F(ShareConsumerTest, ClosesWhileItRepeats) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  cluster_.share("g").refusals.assign(3, ErrorCode::coordinator_not_available);
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  reader.commit_async();
  for (int i = 0; i < 1'000 && cluster_.share("g").refusals.size() > 1; ++i) loop_.advance(1ms);
  cluster_.share("g").refusals.clear();
  const SteadyTime began = loop_.now();
  loop_.run(reader.close());
  EXPECT_LT(loop_.now() - began, 1s);
  EXPECT_EQ(said(0, 0), Said{1});
}

// What was said of a record must not be taken for what is said when it has come again.
TEST_F(ShareConsumerTest, WhatWasSaidInALostSessionIsNotSaidInTheNext) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  std::vector<ErrorCode> reported;
  reader.on_acknowledged([&](const TopicPartition&, const std::set<Offset>&, const Outcome<void>& outcome) {
    reported.push_back(outcome ? ErrorCode::none : outcome.error().code);
  });
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}, AcknowledgeType::renew));
  cluster_.share("g").sessions.clear();
  cluster_.share("g").records[first_][Offset{0}].member.clear();
  EXPECT_FALSE(loop_.run(reader.commit()).at(first_));
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  EXPECT_EQ(poll(reader), std::vector<std::string>{"a"});
  EXPECT_EQ(reported,
            (std::vector<ErrorCode>{ErrorCode::share_session_not_found, ErrorCode::share_session_not_found}));
  EXPECT_EQ(said(0, 0), Said{});
  reader.on_acknowledged({});
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
}

TEST_F(ShareConsumerTest, JoinsWithOneHeartbeat) {
  ShareConsumer& reader = consumer();
  loop_.advance(4s);
  EXPECT_EQ(cluster_.share("g").heartbeats, 1);
  ASSERT_TRUE(loop_.run(reader.poll(100ms)));
  loop_.advance(10s);
  EXPECT_EQ(cluster_.share("g").heartbeats, 3);
}

TEST_F(ShareConsumerTest, ARenewedRecordIsStillToBeAcknowledged) {
  cluster_.log("orders", 0).append_records({"long"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}, AcknowledgeType::renew));
  EXPECT_TRUE(loop_.run(reader.commit()).at(first_));
  EXPECT_EQ(said(0, 0), Said{4});
  ASSERT_TRUE(loop_.run(reader.poll(1s)));
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  EXPECT_TRUE(loop_.run(reader.commit()).at(first_));
  EXPECT_EQ(said(0, 0), (Said{4, 1}));
}

// Control records take offsets that are acquired with the others; somebody must say that there is nothing.
TEST_F(ShareConsumerTest, SaysThatAnOffsetWithoutARecordIsAGap) {
  cluster_.log("orders", 0).append_records({"a"});
  Buffer marker;
  {
    BatchBuilder builder(marker, BatchOptions{.producer_id = ProducerId{9},
                                              .producer_epoch = ProducerEpoch{0},
                                              .transactional = true,
                                              .control = true});
    const auto key = control_key(ControlType::commit);
    const auto value = EndTxnMarker{}.encode();
    (void)builder.append(
        NewRecord{.timestamp = WallTime{std::chrono::milliseconds{1}}, .key = Bytes(key), .value = Bytes(value)});
    (void)builder.finish();
  }
  cluster_.log("orders", 0).append_batch(marker);
  ShareConsumer& reader = consumer();
  EXPECT_EQ(poll(reader), std::vector<std::string>{"a"});
  ASSERT_TRUE(loop_.run(reader.poll(1s)));
  EXPECT_EQ(said(0, 0), Said{1});
  EXPECT_EQ(said(0, 1), Said{0});
}

// What cannot be read is given back and told, and the next poll goes on.
TEST_F(ShareConsumerTest, GivesBackWhatIsCorrupt) {
  cluster_.log("orders", 0).append_records({"a"});
  cluster_.log("orders", 0).damage_last();
  ShareConsumer& reader = consumer();
  Outcome<ConsumedRecords> records;
  for (int i = 0; i < 20 && records; ++i) records = loop_.run(reader.poll(1s));
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().code, ErrorCode::corrupt_message);
  (void)loop_.run(reader.poll(100ms));
  ASSERT_FALSE(said(0, 0).empty());
  EXPECT_EQ(said(0, 0).front(), 2);
}

TEST_F(ShareConsumerTest, OpensASessionThatIsLostAnew) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  cluster_.share("g").sessions.clear();
  cluster_.share("g").records[first_][Offset{0}].member.clear();
  EXPECT_EQ(poll(reader), std::vector<std::string>{"a"});  // Nobody heard that it was accepted.
  cluster_.log("orders", 0).append_records({"b"});
  cluster_.appended();
  EXPECT_EQ(poll(reader), std::vector<std::string>{"b"});
}

TEST_F(ShareConsumerTest, FollowsAPartitionToItsNewLeader) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  ASSERT_TRUE(loop_.run(reader.poll(1s)));
  cluster_.move_leader(first_, NodeId{3});
  cluster_.log("orders", 0).append_records({"b"});
  cluster_.appended();
  EXPECT_EQ(poll(reader), std::vector<std::string>{"b"});
}

TEST_F(ShareConsumerTest, SurvivesABrokenConnection) {
  cluster_.log("orders", 0).append_records({"a"});
  cluster_.inject({.api = ApiKey::share_fetch, .kind = FakeFault::Kind::cut_before, .times = 2});
  EXPECT_EQ(poll(consumer()), std::vector<std::string>{"a"});
}

TEST_F(ShareConsumerTest, JoinsAgainWhenTheGroupHasForgottenIt) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  cluster_.share("g").members.clear();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(loop_.run(reader.poll(1s)));
  EXPECT_TRUE(cluster_.share("g").members.contains(reader.member_id()));
  cluster_.log("orders", 0).append_records({"b"});
  cluster_.appended();
  EXPECT_EQ(poll(reader), std::vector<std::string>{"b"});
}

TEST_F(ShareConsumerTest, FailsWhereTheGroupIsForbiddenUntilItIsNot) {
  cluster_.log("orders", 0).append_records({"a"});
  cluster_.inject({.api = ApiKey::share_group_heartbeat, .error = ErrorCode::group_authorization_failed});
  ShareConsumer& reader = consumer();
  const auto refused = loop_.run(reader.poll(1s));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::group_authorization_failed);
  EXPECT_EQ(poll(reader), std::vector<std::string>{"a"});
}

TEST_F(ShareConsumerTest, GivesBackWhatItHasWhenItCloses) {
  cluster_.log("orders", 0).append_records({"done", "not done"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 2U);
  ASSERT_TRUE(reader.acknowledge(first_, Offset{0}));
  loop_.run(reader.close());
  EXPECT_EQ(said(0, 0), Said{1});
  EXPECT_TRUE(cluster_.share("g").members.empty());
  EXPECT_TRUE(cluster_.share("g").sessions.empty());
  EXPECT_EQ(poll(consumer()), std::vector<std::string>{"not done"});
}

// Whoever does not poll is stuck, and gives way to others; with the next poll it comes back.
TEST_F(ShareConsumerTest, LeavesWhenItIsNotPolled) {
  ShareConsumer& reader = consumer();
  ASSERT_TRUE(loop_.run(reader.poll(1s)));
  loop_.advance(310s);
  EXPECT_TRUE(cluster_.share("g").members.empty());
  cluster_.log("orders", 0).append_records({"a"});
  cluster_.appended();
  EXPECT_EQ(poll(reader), std::vector<std::string>{"a"});
  EXPECT_TRUE(cluster_.share("g").members.contains(reader.member_id()));
}

TEST_F(ShareConsumerTest, UnsubscribingGivesEverythingBack) {
  cluster_.log("orders", 0).append_records({"a"});
  ShareConsumer& reader = explicit_consumer();
  ASSERT_EQ(poll(reader).size(), 1U);
  loop_.run(reader.unsubscribe());
  EXPECT_TRUE(cluster_.share("g").members.empty());
  EXPECT_EQ(loop_.run(reader.poll(1s)).error().code, ErrorCode::invalid_request);
  reader.subscribe({"orders"});
  EXPECT_EQ(poll(reader), std::vector<std::string>{"a"});
}

TEST_F(ShareConsumerTest, AWakeupEndsAPoll) {
  ShareConsumer& reader = consumer();
  Started waiting(loop_, [](ShareConsumer* of) -> Task<int> {
    const auto records = co_await of->poll(1h);
    co_return records && records->empty() ? 1 : 0;
  }(&reader));
  reader.wakeup();
  loop_.advance(1s);
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(*waiting, 1);
}

TEST(ShareConsumerConfig, RefusesWhatShareGroupsDecideForAllMembers) {
  const Settings good{{"bootstrap.servers", "x:1"},
                      {"group.id", "g"},
                      {"share.acknowledgement.mode", "explicit"},
                      {"share.acquire.mode", "record_limit"},
                      {"max.poll.records", "7"}};
  const auto config = ShareConsumerConfig::from(good);
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_FALSE(config->is_implicit());
  EXPECT_EQ(config->share_acquire_mode, ShareAcquireMode::record_limit);
  EXPECT_EQ(config->max_poll_records, 7);
  for (const char* key : {"auto.offset.reset", "isolation.level", "group.instance.id", "enable.auto.commit"}) {
    Settings bad = good;
    bad[key] = "x";
    EXPECT_EQ(ShareConsumerConfig::from(bad).error().code, ErrorCode::invalid_config) << key;
  }
  EXPECT_FALSE(ShareConsumerConfig::from({{"bootstrap.servers", "x:1"}}));
}

TEST(ShareAcknowledgements, RunsOfOffsetsGoTogether) {
  using Batch = wire::ShareAcknowledgeRequest::AcknowledgementBatch;
  const auto batches = detail::acknowledgement_batches<Batch>(
      {{Offset{1}, 1}, {Offset{2}, 1}, {Offset{4}, 2}, {Offset{5}, 1}, {Offset{6}, 2}});
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].first_offset, Offset{1});
  EXPECT_EQ(batches[0].last_offset, Offset{2});
  EXPECT_EQ(batches[0].acknowledge_types, std::vector<std::int8_t>{1});
  EXPECT_EQ(batches[1].last_offset, Offset{6});
  EXPECT_EQ(batches[1].acknowledge_types, (std::vector<std::int8_t>{2, 1, 2}));
}

}  // namespace
}  // namespace sluice::client
