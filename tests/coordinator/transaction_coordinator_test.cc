// Transactions at work: the log that keeps them, markers that do not always arrive, and what Kafka 4.4.0 wrote.
#include "coordinator/transaction_coordinator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/java_hash.h"
#include "coordinator/memory_log.h"
#include "record/record_reader.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Takes markers as text, unless the partitions cannot be reached.
class NotedMarkers final : public TransactionMarkers {
 public:
  Task<TransactionPartitions> write(TransactionMarker marker, TransactionPartitions partitions) override {
    TransactionPartitions left;
    for (const auto& [topic, indexes] : partitions)
      for (const PartitionIndex index : indexes) {
        if (unreachable) {
          left[topic].insert(index);
          continue;
        }
        notes.push_back(fmt::format("{} {}-{} {}/{} of {}", marker.commit ? "commit" : "abort", topic, index.value,
                                    marker.producer_id.value, marker.epoch.value, marker.coordinator_epoch));
      }
    co_return left;
  }

  std::vector<std::string> notes;
  bool unreachable = false;
};

class CountedIds final : public ProducerIds {
 public:
  Task<Result<ProducerId>> next() override {
    if (!available) co_return fail(Errc::io, "as the test wants it");
    co_return ProducerId{next_id++};
  }
  std::int64_t next_id = 1000;
  bool available = true;
};

constexpr std::int32_t kEpoch = 7;

class TransactionCoordinatorTest : public testing::Test {
 protected:
  TransactionCoordinatorTest() : store(loop), surroundings{markers, ids} { start(); }
  ~TransactionCoordinatorTest() override {
    store.commit();
    loop.run(coordinator->close());
  }

  void start() {
    coordinator = std::make_unique<TransactionCoordinator>(loop, options, surroundings);
    coordinator->load({0}, 1, kEpoch, store.open());
    loop.run_until_idle();
  }
  void restart() {
    loop.run(coordinator->close());
    start();
  }

  ProducerAnswer init() { return loop.run(coordinator->init("x", {.time = 60s}, std::nullopt)); }
  ErrorCode add(TransactionProducer producer) {
    return loop.run(coordinator->add("x", producer, partitions, kTransactionsEpochBump));
  }
  ProducerAnswer end(TransactionProducer producer, bool commit) {
    return loop.run(coordinator->end("x", producer, commit, kTransactionsEpochBump));
  }
  TransactionState state() { return loop.run(coordinator->describe("x")).metadata.state; }
  void pass(std::chrono::milliseconds time) {
    loop.advance(time);
    loop.run_until_idle();
  }

  static TransactionProducer producer_of(const ProducerAnswer& answer) {
    return {answer.producer_id, answer.epoch};
  }

  sim::SimLoop loop;
  MemoryStore store;
  NotedMarkers markers;
  CountedIds ids;
  TransactionOptions options;
  TransactionSurroundings surroundings;
  std::unique_ptr<TransactionCoordinator> coordinator;
  const TransactionPartitions partitions{{"t", {PartitionIndex{0}, PartitionIndex{1}}}};
};

TEST_F(TransactionCoordinatorTest, CommitsWhereTheTransactionHasWritten) {
  const TransactionProducer producer = producer_of(init());
  EXPECT_EQ(producer.id, ProducerId{1000});
  EXPECT_EQ(add(producer), ErrorCode::none);
  EXPECT_EQ(end(producer, true).epoch, ProducerEpoch{1});
  pass(0ms);
  EXPECT_THAT(markers.notes, ElementsAre("commit t-0 1000/1 of 7", "commit t-1 1000/1 of 7"));
  EXPECT_EQ(state(), TransactionState::complete_commit);
}

// A marker tells of what could not be taken back any more.
TEST_F(TransactionCoordinatorTest, SendsNoMarkerBeforeTheOutcomeIsCommitted) {
  const TransactionProducer producer = producer_of(init());
  add(producer);
  store.hold();
  const ProducerAnswer answer = end(producer, true);
  EXPECT_EQ(answer.error, ErrorCode::coordinator_not_available);  // Not committed in time.
  EXPECT_THAT(markers.notes, IsEmpty());
  store.commit();
  pass(0ms);
  EXPECT_THAT(markers.notes, SizeIs(2));
}

TEST_F(TransactionCoordinatorTest, AnOutcomeThatIsNotInTheLogNeverWas) {
  const TransactionProducer producer = producer_of(init());
  add(producer);
  store.hold();
  store.fail_next(Errc::not_enough_replicas, false);
  EXPECT_NE(end(producer, true).error, ErrorCode::none);
  store.commit();
  pass(5s);
  EXPECT_THAT(markers.notes, IsEmpty());
  EXPECT_EQ(state(), TransactionState::ongoing);
  EXPECT_EQ(end(producer, false).error, ErrorCode::none);
  pass(0ms);
  EXPECT_THAT(markers.notes, ElementsAre("abort t-0 1000/1 of 7", "abort t-1 1000/1 of 7"));
}

TEST_F(TransactionCoordinatorTest, SendsMarkersUntilTheyArrive) {
  const TransactionProducer producer = producer_of(init());
  add(producer);
  markers.unreachable = true;
  const TransactionProducer next = producer_of(end(producer, true));
  pass(10s);
  EXPECT_EQ(state(), TransactionState::prepare_commit);
  EXPECT_EQ(add(next), ErrorCode::concurrent_transactions);
  markers.unreachable = false;
  pass(options.marker_retry_delay);
  EXPECT_EQ(state(), TransactionState::complete_commit);
  EXPECT_EQ(add(next), ErrorCode::none);
}

// What a producer of the second protocol does: its batches come before the markers have.
TEST_F(TransactionCoordinatorTest, PatienceOutlastsTheEndOfTheLastTransaction) {
  const TransactionProducer producer = producer_of(init());
  add(producer);
  markers.unreachable = true;
  const TransactionProducer next = producer_of(end(producer, true));
  EXPECT_EQ(loop.run(coordinator->add_patiently("x", next, partitions, kTransactionsEpochBump)),
            ErrorCode::concurrent_transactions);
  // While it waits, the next attempt to write the markers succeeds.
  markers.unreachable = false;
  EXPECT_EQ(loop.run(coordinator->add_patiently("x", next, partitions, kTransactionsEpochBump)), ErrorCode::none);
}

TEST_F(TransactionCoordinatorTest, TakesUpAfterARestartWhatWasDecided) {
  const TransactionProducer producer = producer_of(init());
  add(producer);
  markers.unreachable = true;
  end(producer, true);
  restart();
  EXPECT_EQ(state(), TransactionState::prepare_commit);
  markers.unreachable = false;
  restart();
  pass(0ms);
  EXPECT_THAT(markers.notes, ElementsAre("commit t-0 1000/1 of 7", "commit t-1 1000/1 of 7"));
  EXPECT_EQ(state(), TransactionState::complete_commit);
}

TEST_F(TransactionCoordinatorTest, AbortsInTimeWhatNobodyEnds) {
  const TransactionProducer producer = producer_of(init());
  add(producer);
  pass(60s + options.abort_check_interval);
  EXPECT_THAT(markers.notes, ElementsAre("abort t-0 1000/1 of 7", "abort t-1 1000/1 of 7"));
  EXPECT_EQ(add(producer), ErrorCode::producer_fenced);
}

TEST_F(TransactionCoordinatorTest, SaysWhatIsWrongWithAnId) {
  for (const std::string& id : {std::string(), std::string(40'000, 'x')}) {
    EXPECT_EQ(loop.run(coordinator->init(id, {.time = 60s}, std::nullopt)).error, ErrorCode::invalid_request);
    EXPECT_EQ(loop.run(coordinator->add(id, {}, partitions, 0)), ErrorCode::invalid_request);
    EXPECT_EQ(loop.run(coordinator->end(id, {}, true, 0)).error, ErrorCode::invalid_request);
  }
  ids.available = false;
  EXPECT_EQ(init().error, ErrorCode::coordinator_not_available);
  loop.run(coordinator->unload({0}));
  EXPECT_EQ(init().error, ErrorCode::not_coordinator);
}

/// The records of a log, as keys and values.
std::vector<std::pair<std::string, std::string>> records_of(Bytes batches) {
  std::vector<std::pair<std::string, std::string>> records;
  Decompressor decompressor;
  ConstBatchWalk walk(batches);
  while (const auto batch = walk.next()) {
    EXPECT_TRUE(batch->has_value());
    RecordReader reader(**batch, decompressor);
    while (const auto record = reader.next())
      records.emplace_back(as_text(*(*record)->key), (*record)->value ? as_text(*(*record)->value) : "");
  }
  return records;
}

Buffer kafka_segment(std::int32_t partition) {
  const std::filesystem::path directory(SLUICE_FIXTURE_DIR);
  std::ifstream file(directory / fmt::format("__transaction_state-{}", partition) / "00000000000000000000.log",
                     std::ios::binary);
  EXPECT_TRUE(file.is_open());
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return Buffer::copy_of(as_bytes(bytes));
}

TEST(KafkasTransactionLog, IsReadAndWrittenByteForByte) {
  std::size_t seen = 0;
  for (std::int32_t partition = 0; partition < 50; ++partition) {
    const Buffer segment = kafka_segment(partition);
    for (const auto& [key, value] : records_of(segment.bytes())) {
      const Result<TransactionMetadata> metadata = parse_transaction(as_bytes(value));
      ASSERT_TRUE(metadata.has_value());
      const std::string id = key.substr(4);  // Behind the record's type and the length.
      const Result<CoordinatorRecord> written = transaction_record(id, *metadata, kTransactionsEpochBump);
      EXPECT_EQ(as_text(written->key.bytes()), key);
      EXPECT_EQ(as_text(written->value->bytes()), value);
      EXPECT_EQ(partition_for_id(id, 50), partition);
      ++seen;
    }
  }
  EXPECT_GE(seen, 9U);
}

// tx-open was left open; tx-a committed one transaction and aborted the next.
TEST(KafkasTransactionLog, IsGoneOnWith) {
  sim::SimLoop loop;
  NotedMarkers markers;
  CountedIds ids;
  const TransactionSurroundings surroundings{markers, ids};
  TransactionCoordinator coordinator(loop, {}, surroundings);
  std::vector<std::unique_ptr<MemoryStore>> stores;
  for (std::int32_t partition = 0; partition < 50; ++partition) {
    stores.push_back(std::make_unique<MemoryStore>(loop));
    stores.back()->put(kafka_segment(partition));
    coordinator.load({partition}, 50, kEpoch, stores.back()->open());
  }
  loop.run_until_idle();
  const DescribedTransaction aborted = loop.run(coordinator.describe("tx-a"));
  EXPECT_EQ(aborted.metadata.state, TransactionState::complete_abort);
  EXPECT_EQ(aborted.metadata.producer_id, ProducerId{8});
  EXPECT_EQ(aborted.metadata.epoch, ProducerEpoch{2});
  const DescribedTransaction open = loop.run(coordinator.describe("tx-open"));
  EXPECT_EQ(open.metadata.state, TransactionState::ongoing);
  EXPECT_EQ(loop.run(coordinator.init("tx-a", {.time = 60s}, std::nullopt)).epoch, ProducerEpoch{3});
  EXPECT_EQ(loop.run(coordinator.init("tx-open", {.time = 60s}, std::nullopt)).error,
            ErrorCode::concurrent_transactions);
  loop.run_until_idle();
  EXPECT_THAT(markers.notes, ElementsAre("abort tx-0 9/1 of 7"));
  EXPECT_EQ(loop.run(coordinator.init("tx-open", {.time = 60s}, std::nullopt)).epoch, ProducerEpoch{2});
  loop.run(coordinator.close());
}

}  // namespace
}  // namespace sluice::test
