// Loading, writing, failing and closing, with a state that only remembers what it was told.
#include "coordinator/coordinator_runtime.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/memory_log.h"
#include "record/batch_builder.h"
#include "record/control_record.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Remembers its calls as text.
class Notes final : public CoordinatorState {
 public:
  void reset() override { calls = {}; }
  void replay(const LoggedRecord& record) override {
    calls.push_back(fmt::format("{}@{}{}", as_text(record.key), record.offset.value,
                                record.transaction ? fmt::format(" by {}", record.transaction->value) : ""));
  }
  void end_transaction(ProducerId producer, bool committed) override {
    calls.push_back(fmt::format("{} {}", committed ? "commit" : "abort", producer.value));
  }
  void loaded() override { calls.push_back("loaded"); }
  void suspended(ErrorCode error) override { suspensions.push_back(error); }

  std::vector<std::string> calls;
  std::vector<ErrorCode> suspensions;
};

CoordinatorRecord record(std::string_view key, std::size_t value_size = 1) {
  CoordinatorRecord record;
  record.key = Buffer::copy_of(as_bytes(key));
  record.value = Buffer::copy_of(as_bytes(std::string(value_size, 'v')));
  return record;
}

class RuntimeTest : public testing::Test {
 protected:
  RuntimeTest() : store(loop) {}
  ~RuntimeTest() override {
    store.commit();
    if (runtime) loop.run(runtime->close());
  }

  void start(CoordinatorRuntimeOptions options = {}) {
    runtime = std::make_unique<CoordinatorRuntime>(loop, "log-0", store.open(), notes, options);
    runtime->start();
  }
  CoordinatorRuntime::Write write(std::vector<CoordinatorRecord> records) { return runtime->write(records); }
  CoordinatorRuntime::Write write(std::string_view key) {
    std::vector<CoordinatorRecord> records;
    records.push_back(record(key));
    return write(std::move(records));
  }
  /// Of producer 4.
  CoordinatorRuntime::Write write_transactional(std::string key, AppendGuard guard = {}) {
    std::vector<CoordinatorRecord> records;
    records.push_back(record(key));
    auto applied = [this, key] { notes.calls.push_back("applied " + key); };
    return runtime->write_transactional({4}, {0}, guard, records, applied);
  }
  /// What waiting for the write ends with; `timed_out` after a minute.
  std::optional<Errc> outcome(CoordinatorRuntime::Write written) {
    const Result<void> committed = loop.run(runtime->committed(std::move(written), loop.now() + 60s));
    return committed ? std::nullopt : std::optional(committed.error().code);
  }

  sim::SimLoop loop;
  MemoryStore store;
  Notes notes;
  std::unique_ptr<CoordinatorRuntime> runtime;
};

TEST_F(RuntimeTest, ServesWhenTheLogIsReplayed) {
  start();
  loop.run_until_idle();
  EXPECT_EQ(runtime->unavailable(), ErrorCode::none);
  EXPECT_EQ(outcome(write("a")), std::nullopt);
  EXPECT_EQ(outcome(write("b")), std::nullopt);
  loop.run(runtime->close());
  EXPECT_EQ(runtime->unavailable(), ErrorCode::not_coordinator);
  EXPECT_THAT(notes.suspensions, ElementsAre(ErrorCode::not_coordinator));

  start({.load_bytes = 1});
  loop.run_until_idle();
  EXPECT_THAT(notes.calls, ElementsAre("a@0", "b@1", "loaded"));
}

TEST_F(RuntimeTest, WaitsUntilWhatItReplayedIsCommitted) {
  start();
  loop.run_until_idle();
  store.hold();
  write("a");
  loop.run_until_idle();
  loop.run(runtime->close());
  start();
  loop.run_until_idle();
  EXPECT_EQ(runtime->unavailable(), ErrorCode::coordinator_load_in_progress);
  store.commit();
  loop.run_until_idle();
  EXPECT_EQ(runtime->unavailable(), ErrorCode::none);
}

TEST_F(RuntimeTest, PutsIntoOneBatchWhatIsDecidedWhileItWrites) {
  start();
  loop.run_until_idle();
  store.hold();
  const auto first = write("a");
  loop.run_until_idle();
  write("b");
  const auto third = write("c");
  EXPECT_FALSE(loop.run(runtime->committed(first, loop.now() + 1s)).has_value());
  store.commit();
  EXPECT_EQ(outcome(third), std::nullopt);
  EXPECT_EQ(store.append_count(), 2U);
  EXPECT_EQ(runtime->last_write(), nullptr);
}

TEST_F(RuntimeTest, GathersForAWhileIfItIsToldTo) {
  start({.batch_bytes_max = 1000, .linger = 10ms});
  loop.run_until_idle();
  const auto first = write("a");
  loop.advance(9ms);
  const auto second = write("b");
  EXPECT_EQ(store.append_count(), 0U);
  loop.advance(1ms);
  EXPECT_EQ(store.append_count(), 1U) << "the first one has waited long enough";
  EXPECT_EQ(outcome(second), std::nullopt);
  std::vector<CoordinatorRecord> much;
  much.push_back(record("c", 600));
  write(std::move(much));
  std::vector<CoordinatorRecord> more;
  more.push_back(record("d", 600));
  write(std::move(more));
  loop.advance(0ms);
  EXPECT_EQ(store.append_count(), 2U) << "a full batch waits no longer";
}

TEST_F(RuntimeTest, KeepsADecisionInOneBatchWhereItFits) {
  start({.batch_bytes_max = 1000});
  loop.run_until_idle();
  std::vector<CoordinatorRecord> two;
  two.push_back(record("a", 300));
  two.push_back(record("b", 300));
  std::vector<CoordinatorRecord> other;
  other.push_back(record("c", 300));
  other.push_back(record("d", 300));
  write(std::move(two));
  EXPECT_EQ(outcome(write(std::move(other))), std::nullopt);
  EXPECT_EQ(store.append_count(), 2U);
}

TEST_F(RuntimeTest, DividesADecisionThatFitsNoBatch) {
  start({.batch_bytes_max = 1000});
  loop.run_until_idle();
  std::vector<CoordinatorRecord> many;
  for (int i = 0; i < 10; ++i) many.push_back(record(fmt::format("{}", i), 300));
  many.push_back(record("large", 5000));
  EXPECT_EQ(outcome(write(std::move(many))), std::nullopt);
  EXPECT_EQ(store.end(), Offset{11});
  const std::vector<std::size_t> sizes = store.batch_sizes();
  ASSERT_GT(sizes.size(), 3U);
  EXPECT_GT(sizes.back(), 5000U);
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) EXPECT_LE(sizes[i], 1000U);
}

TEST_F(RuntimeTest, ReplaysTheLogWhenAWriteFails) {
  start();
  loop.run_until_idle();
  EXPECT_EQ(outcome(write("a")), std::nullopt);
  store.hold();
  const auto failing = write("b");
  loop.run_until_idle();
  const auto behind = write("c");
  store.fail_next(Errc::storage_offline, false);
  EXPECT_EQ(outcome(failing), Errc::storage_offline);
  EXPECT_EQ(outcome(behind), Errc::storage_offline);
  EXPECT_THAT(notes.suspensions, ElementsAre(ErrorCode::not_coordinator));
  store.commit();
  loop.run_until_idle();
  EXPECT_THAT(notes.calls, ElementsAre("a@0", "loaded"));
  EXPECT_EQ(outcome(write("d")), std::nullopt);
}

// The log says timed_out of what it may yet commit: replaying finds it.
TEST_F(RuntimeTest, FindsWhatWasWrittenAllTheSame) {
  start();
  loop.run_until_idle();
  store.fail_next(Errc::timed_out, true);
  EXPECT_EQ(outcome(write("a")), Errc::timed_out);
  EXPECT_THAT(notes.suspensions, ElementsAre(ErrorCode::coordinator_not_available));
  loop.run_until_idle();
  EXPECT_THAT(notes.calls, ElementsAre("a@0", "loaded"));
}

TEST_F(RuntimeTest, EndsWaitsWhenItCloses) {
  start();
  loop.run_until_idle();
  store.hold();
  const auto written = write("a");
  loop.run_until_idle();
  loop.run(runtime->close());
  EXPECT_EQ(outcome(written), Errc::closed);
}

TEST_F(RuntimeTest, TellsTransactionsApart) {
  Buffer batches;
  const auto transactional = [&](std::int64_t base, std::int64_t producer, std::string_view key) {
    BatchBuilder builder(batches, {.base_offset = {base},
                                   .producer_id = {producer},
                                   .producer_epoch = {0},
                                   .base_sequence = 0,
                                   .transactional = true});
    ASSERT_TRUE(builder.append({.key = as_bytes(key), .value = as_bytes("v")}));
    ASSERT_TRUE(builder.finish());
  };
  const auto marker = [&](std::int64_t base, std::int64_t producer, ControlType type) {
    BatchBuilder builder(batches, {.base_offset = {base},
                                   .producer_id = {producer},
                                   .producer_epoch = {0},
                                   .transactional = true,
                                   .control = true});
    const auto key = control_key(type);
    const auto value = EndTxnMarker{}.encode();
    ASSERT_TRUE(builder.append({.key = Bytes(key), .value = Bytes(value)}));
    ASSERT_TRUE(builder.finish());
  };
  transactional(0, 4, "a");
  transactional(1, 5, "b");
  marker(2, 4, ControlType::commit);
  marker(3, 5, ControlType::abort);
  store.put(std::move(batches));
  start();
  loop.run_until_idle();
  EXPECT_THAT(notes.calls, ElementsAre("a@0 by 4", "b@1 by 5", "commit 4", "abort 5", "loaded"));
}

// What belongs to a transaction is applied when it is in the log, in the log's order, and found there again.
TEST_F(RuntimeTest, AppliesATransactionsRecordsWhenTheyAreCommitted) {
  start();
  loop.run_until_idle();
  store.hold();
  const auto pending = write_transactional("a");
  const auto marker = runtime->write_marker({.producer_id = {4}, .epoch = {0}, .commit = true});
  const auto plain = write("b");
  loop.run_until_idle();
  EXPECT_THAT(notes.calls, ElementsAre("loaded"));
  store.commit();
  EXPECT_EQ(outcome(plain), std::nullopt);
  EXPECT_EQ(outcome(pending), std::nullopt);
  EXPECT_EQ(outcome(marker), std::nullopt);
  EXPECT_THAT(notes.calls, ElementsAre("loaded", "applied a", "commit 4"));
  loop.run(runtime->close());
  start();
  loop.run_until_idle();
  EXPECT_THAT(notes.calls, ElementsAre("a@0 by 4", "commit 4", "b@2", "loaded"));
}

TEST_F(RuntimeTest, GoesOnWhenTheLogRefusesATransactionsRecords) {
  start();
  loop.run_until_idle();
  store.guard = AppendGuard{1};
  const auto refused = write_transactional("a", AppendGuard{2});
  const auto plain = write("b");
  EXPECT_EQ(outcome(refused), Errc::invalid_transaction);
  EXPECT_EQ(outcome(plain), std::nullopt);
  EXPECT_THAT(notes.calls, ElementsAre("loaded"));
  EXPECT_TRUE(notes.suspensions.empty());
}

// What a batch was written in is there for the next one, if it is not too large to be kept.
TEST_F(RuntimeTest, KeepsABufferForTheNextBatch) {
  constexpr std::size_t kLarge = 20'000;
  start({.buffer_bytes_max = 4 * kLarge});
  loop.run_until_idle();
  const auto write_large = [&] {
    std::vector<CoordinatorRecord> records;
    records.push_back(record("large", kLarge));
    EXPECT_EQ(outcome(write(std::move(records))), std::nullopt);
  };
  write_large();
  const std::size_t kept = runtime->kept_buffer_bytes();
  EXPECT_GE(kept, kLarge);
  EXPECT_EQ(outcome(write("small")), std::nullopt);
  EXPECT_EQ(runtime->kept_buffer_bytes(), kept) << "the next batch used it and gave it back";
  runtime->set_buffer_bytes_max(kLarge / 2);
  EXPECT_EQ(runtime->kept_buffer_bytes(), 0U);
  write_large();
  EXPECT_EQ(runtime->kept_buffer_bytes(), 0U);
  EXPECT_EQ(outcome(write("small")), std::nullopt);
  EXPECT_GT(runtime->kept_buffer_bytes(), 0U);
}

}  // namespace
}  // namespace sluice::test
