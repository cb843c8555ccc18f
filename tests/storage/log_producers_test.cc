// Producers and transactions as a log keeps them through restarts, crashes and truncation.
#include <gtest/gtest.h>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

struct LogProducersTest : testing::Test, LogWorld {
  Result<Appended> data(std::int64_t id, std::int32_t sequence, int records = 1, bool transactional = false) {
    return append({.records = records,
                   .producer_id = id,
                   .producer_epoch = 0,
                   .sequence = sequence,
                   .transactional = transactional});
  }
  Result<Appended> end(std::int64_t id, bool commit, std::int16_t epoch = 0) {
    return append({.producer_id = id, .producer_epoch = epoch, .control = commit ? 1 : 0}, 0,
                  AppendOrigin::coordinator);
  }
};

TEST_F(LogProducersTest, AnswersARepeatWithTheOffsetsOfTheFirstTime) {
  open();
  ASSERT_TRUE(data(1, 0, 3));
  ASSERT_TRUE(data(2, 0, 5));
  const auto again = data(1, 0, 3);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->base, Offset{0});
  EXPECT_EQ(again->end, Offset{3});
  EXPECT_EQ(log->end(), Offset{8});
  EXPECT_EQ(data(1, 5).error().code, Errc::out_of_order);
  EXPECT_EQ(log->end(), Offset{8});
}

TEST_F(LogProducersTest, KnowsItsProducersAfterAStopOfEitherKind) {
  config.segment_bytes = 500;
  open();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(data(1, i));
    ASSERT_TRUE(data(2, 2 * i, 2));
  }
  const auto last_sequences = [&] {
    return std::pair(log->producers().find({1})->last_sequence(), log->producers().find({2})->last_sequence());
  };
  EXPECT_EQ(last_sequences(), std::pair(19, 39));
  reopen();
  EXPECT_EQ(last_sequences(), std::pair(19, 39));
  abandon();
  open(false);
  EXPECT_EQ(last_sequences(), std::pair(19, 39));
  EXPECT_TRUE(data(1, 19)->duplicate);
}

// A segment keeps the snapshot it begins with, and the latest is kept; no other is.
TEST_F(LogProducersTest, KeepsASnapshotForEachSegment) {
  config.segment_bytes = 300;
  open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(data(1, i));
  close();
  std::vector<std::string> snapshots, expected;
  for (const std::string& name : disk->files(kDirectory)) {
    if (name.ends_with(".snapshot")) snapshots.push_back(name.substr(0, 20));
    if (name.ends_with(".log") && !name.starts_with("00000000000000000000"))
      expected.push_back(name.substr(0, 20));
  }
  expected.push_back(fmt::format("{:020}", 10));
  EXPECT_EQ(snapshots, expected);
}

TEST_F(LogProducersTest, DoesWithoutSnapshotsThatAreDamaged) {
  open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(data(1, i));
  close();
  disk->flip_bit(path(5, ".snapshot"), 12);
  open(true);
  EXPECT_EQ(log->producers().find({1})->last_sequence(), 4);
}

TEST_F(LogProducersTest, KeepsWhatWasAbortedThroughEverything) {
  config.segment_bytes = 400;
  open();
  std::vector<AbortedTransaction> expected;
  for (int i = 0; i < 8; ++i) {
    const auto first = data(1, i, 1, true);
    ASSERT_TRUE(first);
    ASSERT_TRUE(data(2, i));
    const bool commit = i % 3 == 0;
    const auto marker = end(1, commit);
    ASSERT_TRUE(marker);
    if (!commit) expected.push_back({{1}, first->base, marker->base, marker->end});
  }
  ASSERT_GE(log->segment_count(), 3u);
  const auto all = [&] { return *loop.run(log->aborted_transactions(Offset{0}, log->end())); };
  EXPECT_EQ(all(), expected);
  reopen();
  EXPECT_EQ(all(), expected);
  abandon();
  recovery_point = {0};
  open(false);
  EXPECT_EQ(all(), expected) << "recovery builds the index anew";

  const auto slice = read_slice(expected[1].first_offset, 1);
  const auto of_slice = loop.run(log->aborted_transactions(*slice, log->end()));
  ASSERT_TRUE(of_slice);
  ASSERT_FALSE(of_slice->empty());
  EXPECT_EQ(of_slice->front(), expected[1]);
  EXPECT_LT(of_slice->size(), expected.size()) << "not those of later segments";
}

TEST_F(LogProducersTest, HoldsReadersOfCommittedRecordsBack) {
  open();
  ASSERT_TRUE(data(1, 0));
  ASSERT_TRUE(data(2, 0, 1, true));
  ASSERT_TRUE(data(1, 1));
  EXPECT_EQ(log->last_stable_offset(log->end()), Offset{1});
  EXPECT_EQ(log->last_stable_offset({0}), Offset{0});
  reopen();
  EXPECT_EQ(log->last_stable_offset(log->end()), Offset{1}) << "an open transaction outlives a restart";
  ASSERT_TRUE(end(2, true));
  log->high_watermark_moved(log->end());
  EXPECT_EQ(log->last_stable_offset(log->end()), Offset{4});
}

// A transaction that its coordinator does not know, perhaps since it was aborted long ago, would never end here.
TEST_F(LogProducersTest, LetsATransactionBeginOnceItsCoordinatorHasConfirmedIt) {
  open();
  const auto write = [&](std::int32_t sequence, VerificationGuard guard) {
    OwnedBatch batch({.producer_id = 1, .producer_epoch = 0, .sequence = sequence, .transactional = true});
    return loop.run(log->append_as_leader(batch.view(), {0}, AppendOrigin::client, guard));
  };
  EXPECT_EQ(write(0, {}).error().code, Errc::invalid_transaction) << "nobody has asked";
  const VerificationGuard guard = log->begin_verification({1}, {0}, 2, false);
  EXPECT_EQ(log->begin_verification({1}, {0}, 0, false), guard) << "asked twice is confirmed once";
  EXPECT_EQ(write(0, {guard.value + 2}).error().code, Errc::invalid_transaction);
  EXPECT_EQ(write(2, guard).error().code, Errc::out_of_order) << "sequence 0 is on its way";
  EXPECT_TRUE(write(0, guard));
  EXPECT_EQ(log->begin_verification({1}, {0}, 1, false), VerificationGuard{}) << "it is open";
  EXPECT_TRUE(write(1, {}));
  ASSERT_TRUE(end(1, true));
  EXPECT_EQ(write(2, guard).error().code, Errc::invalid_transaction) << "each transaction has its own";
}

// The transaction was confirmed, and ended before its first batch came: that would begin one that nobody ends.
TEST_F(LogProducersTest, LetsNothingInBehindTheMarkerOfItsTransaction) {
  open();
  const VerificationGuard guard = log->begin_verification({1}, {0}, 0, false);
  ASSERT_TRUE(end(1, false));
  OwnedBatch batch({.producer_id = 1, .producer_epoch = 0, .sequence = 0, .transactional = true});
  const auto appended = loop.run(log->append_as_leader(batch.view(), {0}, AppendOrigin::client, guard));
  EXPECT_EQ(appended.error().code, Errc::invalid_transaction);
}

// Its first batch may come before the marker of the transaction before it, and is confirmed when that is there.
TEST_F(LogProducersTest, LetsTheNextTransactionInBehindTheMarkerOfTheOneBefore) {
  open();
  const auto write = [&](std::int16_t epoch, VerificationGuard guard) {
    OwnedBatch batch({.producer_id = 1, .producer_epoch = epoch, .sequence = 0, .transactional = true});
    return loop.run(log->append_as_leader(batch.view(), {0}, AppendOrigin::client, guard));
  };
  ASSERT_TRUE(write(0, log->begin_verification({1}, {0}, 0, true)));
  const VerificationGuard next = log->begin_verification({1}, {1}, 0, true);
  ASSERT_TRUE(end(1, true, 1));
  EXPECT_EQ(write(0, next).error().code, Errc::producer_fenced);
  EXPECT_TRUE(write(1, next));
}

TEST_F(LogProducersTest, BeginsAtZeroWithAProducerThatTakesNewEpochs) {
  open();
  const VerificationGuard guard = log->begin_verification({1}, {0}, 3, true);
  OwnedBatch batch({.producer_id = 1, .producer_epoch = 0, .sequence = 3, .transactional = true});
  const auto appended = loop.run(log->append_as_leader(batch.view(), {0}, AppendOrigin::client, guard));
  EXPECT_EQ(appended.error().code, Errc::out_of_order);
}

// What is true after appending must be true after replaying, wherever the log is cut.
TEST_F(LogProducersTest, IsAfterTruncationWhatItWasThen) {
  config.segment_bytes = 350;
  open();
  std::vector<std::vector<ProducerEntry>> states;
  std::vector<std::optional<Offset>> opened;
  const auto note = [&] {
    auto entries = log->producers().sorted();
    for (ProducerEntry& entry : entries)
      entry.batches.erase(entry.batches.begin(), entry.batches.end() - (entry.batches.empty() ? 0 : 1));
    states.push_back(entries);
    opened.push_back(log->producers().first_open());
  };
  note();
  for (int i = 0; i < 12; ++i) {
    const bool marker = i % 4 == 3;
    ASSERT_TRUE(marker ? end(1, i % 8 == 3) : data(1, i - i / 4, 1, true));
    note();
  }
  for (int cut = 12; cut >= 0; --cut) {
    SCOPED_TRACE(cut);
    ASSERT_TRUE(loop.run(log->truncate_to({cut})));
    const auto last = states.size();
    note();
    EXPECT_EQ(states[last], states[static_cast<std::size_t>(cut)]);
    EXPECT_EQ(opened[last], opened[static_cast<std::size_t>(cut)]);
  }
}

}  // namespace
}  // namespace sluice::test
