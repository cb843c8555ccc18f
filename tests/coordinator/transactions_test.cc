// The transactions' state machine: who may do what when, and what is on record then.
#include "coordinator/transactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/transaction_world.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int16_t kFirst = 0;                        // The protocol before KIP-890.
constexpr std::int16_t kSecond = kTransactionsEpochBump;  // With an epoch for each transaction.

const TransactionPartitions kT0{{"t", {PartitionIndex{0}}}};
const TransactionPartitions kT1{{"t", {PartitionIndex{1}}}};

/// Everything that holds for both protocols.
class EitherProtocol : public testing::TestWithParam<std::int16_t> {
 protected:
  EitherProtocol() { world.options.version = GetParam(); }
  TransactionProducer init() { return producer_of(world.init("x")); }
  ErrorCode add(TransactionProducer producer, const TransactionPartitions& partitions = kT0) {
    return world.add("x", producer, partitions, GetParam());
  }
  ProducerAnswer end(TransactionProducer producer, bool commit) {
    return world.end("x", producer, commit, GetParam());
  }
  TransactionWorld world;
};
INSTANTIATE_TEST_SUITE_P(Protocols, EitherProtocol, testing::Values(kFirst, kSecond));

TEST_P(EitherProtocol, ATransactionGoesFromItsFirstPartitionToItsMarkers) {
  const TransactionProducer producer = init();
  EXPECT_EQ(world.at("x").state, TransactionState::empty);
  EXPECT_EQ(producer.epoch, ProducerEpoch{0});

  EXPECT_EQ(add(producer), ErrorCode::none);
  EXPECT_EQ(add(producer, kT1), ErrorCode::none);
  EXPECT_EQ(world.at("x").state, TransactionState::ongoing);
  EXPECT_EQ(world.at("x").started, world.wall());

  EXPECT_EQ(end(producer, true).error, ErrorCode::none);
  EXPECT_EQ(world.at("x").state, TransactionState::prepare_commit);
  ASSERT_THAT(world.ended(), SizeIs(1));
  EXPECT_TRUE(world.ended()[0].commit);
  EXPECT_EQ(world.ended()[0].partitions, (TransactionPartitions{{"t", {PartitionIndex{0}, PartitionIndex{1}}}}));

  world.complete();
  EXPECT_EQ(world.at("x").state, TransactionState::complete_commit);
  EXPECT_THAT(world.at("x").partitions, IsEmpty());
}

TEST_P(EitherProtocol, NothingBeginsBeforeTheLastTransactionIsComplete) {
  const TransactionProducer producer = init();
  add(producer);
  const ProducerAnswer next = end(producer, false);
  EXPECT_EQ(add(producer_of(next)), ErrorCode::concurrent_transactions);
  EXPECT_EQ(world.init("x").error, ErrorCode::concurrent_transactions);
  EXPECT_EQ(end(producer, false).error, ErrorCode::concurrent_transactions);
  world.complete();
  EXPECT_EQ(add(producer_of(next)), ErrorCode::none);
}

TEST_P(EitherProtocol, ANewProducerAbortsWhatTheOldOneLeftAndLocksItOut) {
  const TransactionProducer old = init();
  add(old);
  EXPECT_EQ(world.init("x").error, ErrorCode::concurrent_transactions);
  EXPECT_EQ(world.at("x").state, TransactionState::prepare_abort);
  ASSERT_THAT(world.ended(), SizeIs(1));
  EXPECT_FALSE(world.ended()[0].commit);
  EXPECT_GT(world.ended()[0].epoch, old.epoch);  // By which the partitions refuse it, too.
  world.complete();

  const ProducerAnswer fresh = world.init("x");
  EXPECT_EQ(fresh.producer_id, old.id);
  EXPECT_GT(fresh.epoch, ProducerEpoch{1});
  EXPECT_EQ(add(old), ErrorCode::producer_fenced);
  EXPECT_EQ(end(old, true).error, ErrorCode::producer_fenced);
  EXPECT_EQ(world.init("x", old).error, ErrorCode::producer_fenced);
  EXPECT_EQ(world.verify("x", old, "t", 0), ErrorCode::producer_fenced);
}

TEST_P(EitherProtocol, AProducerThatGoesOnGetsTheNextEpochAndMayAskTwice) {
  const TransactionProducer first = init();
  const ProducerAnswer second = world.init("x", first);
  EXPECT_EQ(second.epoch, ProducerEpoch{1});
  // The answer was lost.
  EXPECT_EQ(world.init("x", first).epoch, ProducerEpoch{1});
  EXPECT_EQ(world.init("x", producer_of(second)).epoch, ProducerEpoch{2});
  EXPECT_EQ(world.init("x", first).error, ErrorCode::producer_fenced);
  EXPECT_EQ(world.init("x", TransactionProducer{{77}, {0}}).error, ErrorCode::producer_fenced);
}

TEST_P(EitherProtocol, WhoeverUsesUpTheEpochsGetsAnotherProducerId) {
  const TransactionProducer producer = init();
  world.use_up_epochs("x", 0);
  const TransactionProducer last{producer.id, world.at("x").epoch};
  const ProducerAnswer answer = world.init("x", last);
  EXPECT_NE(answer.producer_id, producer.id);
  EXPECT_EQ(answer.epoch, ProducerEpoch{0});
  EXPECT_EQ(world.at("x").previous_producer_id, producer.id);
  // The answer was lost.
  EXPECT_EQ(world.init("x", last).producer_id, answer.producer_id);
  EXPECT_EQ(world.at("x").epoch, ProducerEpoch{0});
}

TEST_P(EitherProtocol, TheLastEpochIsForLockingOut) {
  init();
  world.use_up_epochs("x", 0);
  const TransactionProducer last{world.at("x").producer_id, world.at("x").epoch};
  add(last);
  EXPECT_EQ(world.init("x").error, ErrorCode::concurrent_transactions);
  EXPECT_EQ(world.ended().at(0).epoch.value, TransactionMetadata::kEpochMax);
  world.complete();
  EXPECT_EQ(end(last, false).error, ErrorCode::producer_fenced);
  const ProducerAnswer fresh = world.init("x");
  EXPECT_NE(fresh.producer_id, last.id);
  EXPECT_EQ(fresh.epoch, ProducerEpoch{0});
  EXPECT_EQ(add(last), ErrorCode::invalid_producer_id_mapping);
}

TEST_P(EitherProtocol, IsAbortedWhenItsTimeIsUp) {
  const ProducerAnswer answer = world.init("x", {}, {.time = 10s});
  add(producer_of(answer));
  world.advance(10s);
  world.abort_timed_out();
  EXPECT_THAT(world.ended(), IsEmpty());
  world.advance(1ms);
  world.abort_timed_out();
  ASSERT_THAT(world.ended(), SizeIs(1));
  EXPECT_FALSE(world.ended()[0].commit);
  world.complete();
  EXPECT_EQ(end(producer_of(answer), true).error,
            GetParam() == kSecond ? ErrorCode::invalid_txn_state : ErrorCode::producer_fenced);
  EXPECT_EQ(add(producer_of(answer)), ErrorCode::producer_fenced);
}

// Two-phase commit (KIP-939), as far as Kafka 4.4 has it: what another system is to end does not end by itself.
TEST_P(EitherProtocol, IsOpenForAsLongAsItTakesWhereAnotherSystemEndsIt) {
  world.options.two_phase_commit = true;
  const ProducerAnswer answer = world.init("x", {}, {.time = 10s, .two_phase_commit = true});
  ASSERT_EQ(answer.error, ErrorCode::none);
  add(producer_of(answer));
  world.advance(std::chrono::days(400));
  world.abort_timed_out();
  world.restart();
  world.abort_timed_out();
  EXPECT_THAT(world.ended(), IsEmpty());
  EXPECT_EQ(world.at("x").timeout, TransactionMetadata::kTimeoutNever);
  EXPECT_EQ(end(producer_of(answer), true).error, ErrorCode::none);
  EXPECT_TRUE(world.ended().at(0).commit);
  world.complete();
  // The next producer of the id is asked anew.
  const ProducerAnswer next = world.init("x", {}, {.time = 10s});
  add(producer_of(next));
  world.advance(11s);
  world.abort_timed_out();
  EXPECT_THAT(world.ended(), SizeIs(1));
}

// A producer that comes without saying what is to become of a prepared transaction aborts it, as any other.
TEST_P(EitherProtocol, ANewProducerAbortsWhatWasPrepared) {
  world.options.two_phase_commit = true;
  const TransactionTimeout two_phase{.two_phase_commit = true};
  const ProducerAnswer first = world.init("x", {}, two_phase);
  add(producer_of(first));
  EXPECT_EQ(world.init("x", {}, two_phase).error, ErrorCode::concurrent_transactions);
  ASSERT_THAT(world.ended(), SizeIs(1));
  EXPECT_FALSE(world.ended()[0].commit);
}

TEST_P(EitherProtocol, RefusesTwoPhaseCommitsThatItDoesNotDo) {
  const TransactionTimeout two_phase{.time = 10s, .two_phase_commit = true};
  EXPECT_EQ(world.init("x", {}, two_phase).error, ErrorCode::transactional_id_authorization_failed);
  EXPECT_EQ(world.init("x", {}, {.time = 10s, .keep_prepared = true}).error, ErrorCode::unsupported_version);
  world.options.two_phase_commit = true;
  EXPECT_EQ(world.init("x", {}, {.two_phase_commit = true, .keep_prepared = true}).error,
            ErrorCode::unsupported_version);
  // What such a transaction would be kept for is not looked at.
  EXPECT_EQ(world.init("x", {}, {.time = -1ms, .two_phase_commit = true}).error, ErrorCode::none);
}

TEST_P(EitherProtocol, IdsAreForgottenWhenNobodyUsesThem) {
  const TransactionProducer producer = init();
  world.init("idle");
  add(producer);
  world.advance(world.options.id_expiration);
  world.expire_ids();
  EXPECT_FALSE(world.transactions().by_id().contains("idle"));
  EXPECT_TRUE(world.transactions().by_id().contains("x"));  // It has a transaction open.
  EXPECT_FALSE(world.replayed().by_id().contains("idle"));
  // A producer that had the id before may have it back, under another producer id.
  EXPECT_EQ(world.init("idle", TransactionProducer{{1001}, {0}}).epoch, ProducerEpoch{0});
}

TEST_P(EitherProtocol, WhatWasDecidedBeforeACrashIsTakenUpAfterIt) {
  const TransactionProducer producer = init();
  add(producer);
  end(producer, true);
  const TransactionMetadata decided = world.at("x");
  world.restart();
  ASSERT_THAT(world.ended(), SizeIs(1));
  EXPECT_TRUE(world.ended()[0].commit);
  EXPECT_EQ(world.ended()[0].epoch, decided.epoch);
  EXPECT_EQ(world.ended()[0].partitions, decided.partitions);
  world.complete();
  EXPECT_EQ(world.at("x").state, TransactionState::complete_commit);
  world.restart();
  EXPECT_THAT(world.ended(), IsEmpty());
}

TEST_P(EitherProtocol, MarkersOfAnEarlierTransactionCompleteNothing) {
  const TransactionProducer producer = init();
  add(producer);
  const ProducerAnswer next = end(producer, true);
  EndedTransaction stale = world.ended().at(0);
  stale.epoch = {static_cast<std::int16_t>(stale.epoch.value - 1)};
  TransactionEffects effects;
  TransactionStep step{.wall = world.wall(), .options = world.options, .effects = effects};
  Transactions copy = world.replayed();
  copy.complete(step, stale);
  EXPECT_THAT(effects.records, IsEmpty());
  EXPECT_EQ(copy.by_id().at("x").state, TransactionState::prepare_commit);
  EXPECT_EQ(next.error, ErrorCode::none);
}

TEST_P(EitherProtocol, AProducersTimeoutIsKeptWithinBounds) {
  EXPECT_EQ(world.init("x", {}, {.time = 0ms}).error, ErrorCode::invalid_transaction_timeout);
  EXPECT_EQ(world.init("x", {}, {.time = world.options.timeout_max + 1ms}).error,
            ErrorCode::invalid_transaction_timeout);
  EXPECT_EQ(world.init("x", {}, {.time = world.options.timeout_max}).error, ErrorCode::none);
}

TEST_P(EitherProtocol, OthersAreToldWhatIsNotTheirs) {
  const TransactionProducer producer = init();
  const TransactionProducer stranger{{5}, producer.epoch}, newer{producer.id, {7}};
  EXPECT_EQ(world.add("y", producer, kT0, GetParam()), ErrorCode::invalid_producer_id_mapping);
  EXPECT_EQ(world.end("y", producer, true, GetParam()).error, ErrorCode::invalid_producer_id_mapping);
  EXPECT_EQ(add(stranger), ErrorCode::invalid_producer_id_mapping);
  EXPECT_EQ(end(stranger, true).error, ErrorCode::invalid_producer_id_mapping);
  EXPECT_EQ(add(newer), ErrorCode::producer_fenced);
  EXPECT_EQ(end(newer, true).error, ErrorCode::producer_fenced);
}

TEST_P(EitherProtocol, VerificationTellsWhatIsInTheTransaction) {
  const TransactionProducer producer = init();
  EXPECT_EQ(world.verify("x", producer, "t", 0), ErrorCode::transaction_abortable);
  add(producer);
  EXPECT_EQ(world.verify("x", producer, "t", 0), ErrorCode::none);
  EXPECT_EQ(world.verify("x", producer, "t", 1), ErrorCode::transaction_abortable);
  EXPECT_EQ(world.verify("x", producer, "u", 0), ErrorCode::transaction_abortable);
  EXPECT_EQ(world.verify("x", {{5}, {0}}, "t", 0), ErrorCode::invalid_producer_id_mapping);
  end(producer, true);
  if (GetParam() == kFirst) {
    EXPECT_EQ(world.verify("x", producer, "t", 0), ErrorCode::concurrent_transactions);
  }
}

TEST_P(EitherProtocol, WhatIsInTheTransactionAlreadyIsNotWrittenAgain) {
  const TransactionProducer producer = init();
  add(producer);
  const std::size_t before = world.records().size();
  EXPECT_EQ(add(producer), ErrorCode::none);
  EXPECT_THAT(world.records(), SizeIs(before));
}

TEST_P(EitherProtocol, ATransactionThatNoRecordCanHoldIsRefused) {
  const TransactionProducer producer = init();
  world.options.record_bytes_max = 200;
  TransactionPartitions many;
  for (std::int32_t i = 0; i < 100; ++i) many["t"].insert({i});
  EXPECT_EQ(add(producer, many), ErrorCode::message_too_large);
  EXPECT_EQ(world.at("x").state, TransactionState::empty);
}

TEST(Transactions, TheFirstProtocolKeepsTheEpochAndAnswersRepetitions) {
  TransactionWorld world;
  world.options.version = kFirst;
  const TransactionProducer producer = producer_of(world.init("x"));
  EXPECT_EQ(world.end("x", producer, true, kFirst).error, ErrorCode::invalid_txn_state);
  EXPECT_EQ(world.end("x", producer, false, kFirst).error, ErrorCode::invalid_txn_state);
  world.add("x", producer, kT0, kFirst);
  EXPECT_EQ(world.end("x", producer, true, kFirst).epoch, producer.epoch);
  world.complete();
  EXPECT_EQ(world.end("x", producer, true, kFirst).error, ErrorCode::none);
  EXPECT_EQ(world.end("x", producer, false, kFirst).error, ErrorCode::invalid_txn_state);
  EXPECT_THAT(world.ended(), IsEmpty());
}

TEST(Transactions, TheSecondProtocolGivesEveryTransactionAnEpoch) {
  TransactionWorld world;
  const TransactionProducer first = producer_of(world.init("x"));
  world.add("x", first, kT0);
  const TransactionProducer second = producer_of(world.end("x", first, true));
  EXPECT_EQ(second.epoch, ProducerEpoch{1});
  EXPECT_EQ(world.ended().at(0).epoch, second.epoch);  // The marker locks the last epoch out of the partitions.
  world.complete();
  // The answer was lost: the same again. The other outcome is not what was decided.
  EXPECT_EQ(world.end("x", first, true).epoch, second.epoch);
  EXPECT_EQ(world.end("x", first, false).error, ErrorCode::invalid_txn_state);
  // With the new epoch it is about the next transaction, which nobody has begun.
  EXPECT_EQ(world.end("x", second, true).error, ErrorCode::invalid_txn_state);
}

TEST(Transactions, TheSecondProtocolAbortsWhatTheCoordinatorHasNotHeardOf) {
  TransactionWorld world;
  const TransactionProducer first = producer_of(world.init("x"));
  const ProducerAnswer aborted = world.end("x", first, false);
  EXPECT_EQ(aborted.error, ErrorCode::none);
  EXPECT_EQ(aborted.epoch, ProducerEpoch{1});
  world.complete();
  EXPECT_EQ(world.at("x").state, TransactionState::complete_abort);
  EXPECT_EQ(world.end("x", producer_of(aborted), false).epoch, ProducerEpoch{2});
}

TEST(Transactions, TheSecondProtocolChangesTheProducerIdWhenEpochsRunOut) {
  TransactionWorld world;
  world.init("x");
  world.use_up_epochs("x", 0);
  const TransactionProducer last{world.at("x").producer_id, world.at("x").epoch};
  world.add("x", last, kT0);
  const ProducerAnswer next = world.end("x", last, true);
  EXPECT_NE(next.producer_id, last.id);
  EXPECT_EQ(next.epoch, ProducerEpoch{0});
  EXPECT_EQ(world.ended().at(0).producer_id, last.id);
  EXPECT_EQ(world.ended().at(0).epoch.value, TransactionMetadata::kEpochMax);
  world.restart();  // The new id is on record before it counts.
  world.complete();
  EXPECT_EQ(world.at("x").producer_id, next.producer_id);
  EXPECT_EQ(world.at("x").epoch, ProducerEpoch{0});
  // The answer was lost.
  EXPECT_EQ(world.end("x", last, true).producer_id, next.producer_id);
  EXPECT_EQ(world.add("x", producer_of(next), kT0), ErrorCode::none);
}

TEST(Transactions, AreListedByStateProducerAndAge) {
  TransactionWorld world;
  const TransactionProducer a = producer_of(world.init("a"));
  const TransactionProducer b = producer_of(world.init("b"));
  world.add("a", a, kT0);
  world.advance(10s);
  world.add("b", b, kT0);
  world.init("c");
  const auto listed = [&](const TransactionFilter& wanted) {
    std::vector<std::string> ids;
    for (const ListedTransaction& transaction : world.transactions().list(wanted, world.wall()))
      ids.push_back(transaction.transactional_id);
    return ids;
  };
  TransactionFilter filter;
  EXPECT_THAT(listed(filter), ElementsAre("a", "b", "c"));
  filter.producer_ids = {b.id};
  EXPECT_THAT(listed(filter), ElementsAre("b"));
  filter.producer_ids.clear();
  filter.any_state = false;
  EXPECT_THAT(listed(filter), IsEmpty());
  filter.states = {TransactionState::ongoing};
  EXPECT_THAT(listed(filter), ElementsAre("a", "b"));
  filter.longer_than = 9s;
  EXPECT_THAT(listed(filter), ElementsAre("a"));
  EXPECT_EQ(world.transactions().describe("d").error, ErrorCode::transactional_id_not_found);
  EXPECT_EQ(world.transactions().describe("a").metadata.partitions, kT0);
}

TEST(Transactions, ReadRecordsOfBothVersionsAndPassOverOthers) {
  for (const std::int16_t version : {kFirst, kSecond}) {
    TransactionMetadata metadata;
    metadata.producer_id = metadata.previous_producer_id = {9};
    metadata.epoch = {3};
    metadata.timeout = 60s;
    metadata.state = TransactionState::ongoing;
    metadata.partitions = kT0;
    metadata.started = metadata.updated = WallTime{5ms};
    if (version == kFirst)
      metadata.previous_producer_id = {-1};  // Which version 0 of the record has no place for.
    const Result<CoordinatorRecord> record = transaction_record("x", metadata, version);
    const Result<TransactionMetadata> parsed = parse_transaction(record->value->bytes());
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(*parsed, metadata);
    EXPECT_FALSE(parse_transaction(record->value->bytes().first(10)).has_value());
  }
  Transactions transactions;
  const std::string newer_type("\0\7later", 7), torn("\0", 1);
  EXPECT_TRUE(transactions.replay({Offset{0}, std::nullopt, as_bytes(newer_type), std::nullopt}));
  EXPECT_FALSE(transactions.replay({Offset{0}, std::nullopt, as_bytes(torn), std::nullopt}));
}

}  // namespace
}  // namespace sluice::test
