#include "storage/producer_state.h"

#include <gtest/gtest.h>

#include <limits>

#include "storage/batches.h"
#include "storage/producer_snapshot.h"

namespace sluice::test {
namespace {

constexpr std::int32_t kSequenceMax = std::numeric_limits<std::int32_t>::max();

/// A producer's state and its appends, one batch at a time.
struct ProducerStateTest : testing::Test {
  Result<void> append(BatchSpec spec, AppendOrigin origin = AppendOrigin::client) {
    spec.base_offset = state.end().value;
    OwnedBatch batch(spec);
    const ConstBatchView view = batch.view();
    ProducerAppend changes(state, origin);
    if (auto taken = changes.add(view); !taken) return taken;
    aborted = changes.aborted();
    state.commit(std::move(changes), view.next_offset());
    return {};
  }
  Errc refusal(const BatchSpec& spec, AppendOrigin origin = AppendOrigin::client) {
    const auto outcome = append(spec, origin);
    EXPECT_FALSE(outcome);
    return outcome ? Errc::not_found : outcome.error().code;
  }
  static BatchSpec data(std::int32_t sequence, int records = 1, std::int16_t epoch = 0) {
    return {.records = records, .producer_id = 7, .producer_epoch = epoch, .sequence = sequence};
  }
  static BatchSpec in_transaction(std::int64_t id, std::int32_t sequence, std::int16_t epoch = 0) {
    return {.producer_id = id, .producer_epoch = epoch, .sequence = sequence, .transactional = true};
  }
  static BatchSpec marker(std::int64_t id, bool commit, std::int16_t epoch = 0, std::int32_t coordinator = 0) {
    return {
        .producer_id = id, .producer_epoch = epoch, .control = commit ? 1 : 0, .coordinator_epoch = coordinator};
  }

  ProducerState state;
  std::vector<AbortedTransaction> aborted;
};

TEST_F(ProducerStateTest, TakesSequencesInOrderOnly) {
  ASSERT_TRUE(append(data(0, 3)));
  EXPECT_EQ(refusal(data(4)), Errc::out_of_order);
  EXPECT_EQ(refusal(data(2)), Errc::out_of_order);
  EXPECT_TRUE(append(data(3)));
  EXPECT_TRUE(append(data(9), AppendOrigin::replication)) << "what a leader accepted is not judged again";
}

TEST_F(ProducerStateTest, BeginsAnywhereWithAProducerItDoesNotKnow) {
  EXPECT_TRUE(append(data(100)));
  EXPECT_TRUE(append(data(101)));
}

TEST_F(ProducerStateTest, CountsOverTheLargestSequence) {
  ASSERT_TRUE(append(data(kSequenceMax - 1, 3)));  // kSequenceMax - 1, kSequenceMax, 0.
  EXPECT_EQ(state.find({7})->last_sequence(), 0);
  EXPECT_EQ(state.find({7})->batches.back().first_sequence(), kSequenceMax - 1);
  EXPECT_TRUE(append(data(1)));
  ASSERT_TRUE(append(data(kSequenceMax - 1, 2, 1), AppendOrigin::replication));
  EXPECT_TRUE(append(data(0, 1, 1)));
}

TEST_F(ProducerStateTest, AsksANewEpochToBeginAtZero) {
  ASSERT_TRUE(append(data(5)));
  EXPECT_EQ(refusal(data(6, 1, 1)), Errc::out_of_order);
  EXPECT_TRUE(append(data(0, 1, 1)));
  EXPECT_EQ(refusal(data(1, 1, 0)), Errc::producer_fenced);
}

TEST_F(ProducerStateTest, KnowsTheLastFiveBatchesAgain) {
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(append(data(2 * i, 2)));
  for (int i = 0; i < 7; ++i) {
    SCOPED_TRACE(i);
    OwnedBatch again(data(2 * i, 2));
    const ProducerBatch* known = state.find({7})->find_duplicate(again.view());
    ASSERT_EQ(known != nullptr, i >= 2);
    if (known != nullptr) EXPECT_EQ(known->first_offset(), Offset{2 * i});
  }
  OwnedBatch half(data(12, 1));
  EXPECT_EQ(state.find({7})->find_duplicate(half.view()), nullptr) << "only the same range is the same batch";
}

TEST_F(ProducerStateTest, HoldsBackReadersWhileATransactionIsOpen) {
  ASSERT_TRUE(append(data(0)));
  EXPECT_EQ(state.first_unstable(), std::nullopt);
  ASSERT_TRUE(append(in_transaction(8, 0)));  // Offset 1.
  ASSERT_TRUE(append(in_transaction(9, 0)));  // Offset 2.
  EXPECT_EQ(state.first_unstable(), Offset{1});
  ASSERT_TRUE(append(marker(8, true), AppendOrigin::coordinator));  // Offset 3.
  EXPECT_TRUE(aborted.empty());
  EXPECT_EQ(state.first_unstable(), Offset{1}) << "until its end is replicated";
  state.high_watermark_moved({3});
  EXPECT_EQ(state.first_unstable(), Offset{1});
  state.high_watermark_moved({4});
  EXPECT_EQ(state.first_unstable(), Offset{2});
}

TEST_F(ProducerStateTest, NotesWhatWasAbortedWithTheStableOffsetOfThen) {
  ASSERT_TRUE(append(in_transaction(8, 0)));                         // 0
  ASSERT_TRUE(append(in_transaction(9, 0)));                         // 1
  ASSERT_TRUE(append(marker(9, false), AppendOrigin::coordinator));  // 2
  EXPECT_EQ(aborted, (std::vector<AbortedTransaction>{{{9}, {1}, {2}, {0}}}));
  ASSERT_TRUE(append(marker(8, false), AppendOrigin::coordinator));  // 3
  EXPECT_EQ(aborted, (std::vector<AbortedTransaction>{{{8}, {0}, {3}, {4}}}));
}

TEST_F(ProducerStateTest, LetsAMarkerWithoutTransactionPass) {
  ASSERT_TRUE(append(marker(8, false), AppendOrigin::coordinator));
  EXPECT_TRUE(aborted.empty());
  EXPECT_EQ(state.first_unstable(), std::nullopt);
  EXPECT_EQ(state.find({8})->coordinator_epoch, 0);
  EXPECT_EQ(state.find({8})->last_sequence(), -1);
}

TEST_F(ProducerStateTest, FencesOldCoordinatorsAndProducers) {
  ASSERT_TRUE(append(marker(8, true, 3, 5), AppendOrigin::coordinator));
  EXPECT_EQ(refusal(marker(8, true, 3, 4), AppendOrigin::coordinator), Errc::coordinator_fenced);
  EXPECT_EQ(refusal(marker(8, true, 2, 5), AppendOrigin::coordinator), Errc::producer_fenced);
  EXPECT_EQ(refusal(in_transaction(8, 0, 2)), Errc::producer_fenced);
}

// Where every transaction has an epoch of its own, the marker takes that of the next one: one that comes when the
// next one has begun is late, since the coordinator sent it twice.
TEST_F(ProducerStateTest, ALateMarkerDoesNotEndTheNextTransaction) {
  constexpr auto kCoordinator = AppendOrigin::bumping_coordinator;
  ASSERT_TRUE(append(in_transaction(8, 0, 3)));
  EXPECT_EQ(refusal(marker(8, true, 2), kCoordinator), Errc::producer_fenced);
  EXPECT_EQ(refusal(marker(8, true, 3), kCoordinator), Errc::producer_fenced);
  ASSERT_TRUE(append(marker(8, true, 4), kCoordinator));
  EXPECT_TRUE(append(marker(8, true, 4), kCoordinator)) << "a repetition with nothing open does no harm";
  ASSERT_TRUE(append(in_transaction(8, 0, 4)));
  EXPECT_EQ(refusal(marker(8, false, 4), kCoordinator), Errc::producer_fenced);
  EXPECT_TRUE(state.has_open_transaction({8}, {4}));
  // A producer of the older protocol keeps its epoch; what followers take in was accepted by the leader.
  EXPECT_TRUE(append(marker(8, false, 4), AppendOrigin::coordinator));
  ASSERT_TRUE(append(in_transaction(8, 1, 4)));
  EXPECT_TRUE(append(marker(8, false, 4), AppendOrigin::replication));
  // Behind the largest epoch there is none that the marker could have.
  ASSERT_TRUE(append(in_transaction(9, 0, INT16_MAX)));
  EXPECT_TRUE(append(marker(9, false, INT16_MAX), kCoordinator));
}

TEST_F(ProducerStateTest, RefusesOtherWritesWithinATransaction) {
  ASSERT_TRUE(append(in_transaction(7, 0)));
  EXPECT_EQ(refusal(data(1)), Errc::invalid_transaction);
}

TEST_F(ProducerStateTest, ForgetsWhoWroteNothingForLong) {
  using namespace std::chrono_literals;
  ASSERT_TRUE(append({.timestamp = 1000, .producer_id = 1, .producer_epoch = 0, .sequence = 0}));
  BatchSpec open = in_transaction(2, 0);
  open.timestamp = 1000;
  ASSERT_TRUE(append(open));
  state.expire(WallTime{10'999ms}, 10s);
  EXPECT_NE(state.find({1}), nullptr);
  state.expire(WallTime{11'000ms}, 10s);
  EXPECT_EQ(state.find({1}), nullptr);
  EXPECT_NE(state.find({2}), nullptr) << "its transaction is open";
}

// Any timestamp may come from outside; the least and the largest must not overflow.
TEST_F(ProducerStateTest, BearsTimestampsThatCannotBe) {
  using namespace std::chrono_literals;
  for (const auto timestamp :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max() - 1})
    ASSERT_TRUE(append(
        {.timestamp = timestamp, .producer_id = timestamp < 0 ? 1 : 2, .producer_epoch = 0, .sequence = 0}));
  state.expire(WallTime{1'700'000'000'000ms}, 24h);
  EXPECT_LE(state.size(), 1u);
}

TEST_F(ProducerStateTest, ComesBackFromASnapshot) {
  ASSERT_TRUE(append(data(0, 3)));
  ASSERT_TRUE(append(data(3, 2)));
  ASSERT_TRUE(append(in_transaction(8, 0)));
  ASSERT_TRUE(append(marker(9, true, 2, 4), AppendOrigin::coordinator));
  const std::string bytes = producer_snapshot::encode(state.sorted());
  EXPECT_EQ(bytes.size(), 10 + 3 * producer_snapshot::kEntrySize);
  auto entries = producer_snapshot::parse(as_bytes(bytes));
  ASSERT_TRUE(entries) << entries.error().what;

  ProducerState restored;
  for (ProducerEntry& entry : *entries) restored.restore(std::move(entry));
  EXPECT_EQ(restored.first_unstable(), Offset{5});
  EXPECT_EQ(restored.find({7})->last_sequence(), 4);
  EXPECT_EQ(restored.find({7})->batches.size(), 1u) << "only the last batch is kept";
  EXPECT_EQ(restored.find({9})->coordinator_epoch, 4);
  EXPECT_EQ(producer_snapshot::encode(restored.sorted()), bytes);
}

// Every bit of a snapshot counts: no damage goes by unnoticed.
TEST(ProducerSnapshot, RefusesEveryFlippedBitAndEveryCut) {
  ProducerState state;
  state.restore({.id = {5},
                 .epoch = {1},
                 .transaction_start = Offset{3},
                 .batches = {{.last_sequence = 2, .last_offset = {9}, .offset_delta = 2}}});
  const std::string bytes = producer_snapshot::encode(state.sorted());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(producer_snapshot::parse(as_bytes(damaged))) << "bit " << bit;
  }
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_FALSE(producer_snapshot::parse(as_bytes(bytes.substr(0, cut)))) << "cut to " << cut;
}

}  // namespace
}  // namespace sluice::test
