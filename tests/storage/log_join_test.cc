// Batches that come at once, each by a call of its own, and are written together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::Optional;

class LogJoinTest : public testing::Test, public LogWorld {
 protected:
  /// Appends that are all begun before one of them is written.
  std::vector<Result<Appended>> append_at_once(const std::vector<BatchSpec>& specs,
                                               AppendOrigin origin = AppendOrigin::client) {
    struct Append {
      static Task<void> run(Log& log, OwnedBatch& batch, AppendOrigin origin, Result<Appended>& outcome) {
        outcome = co_await log.append_as_leader(batch.view(), {0}, origin);
      }
    };
    std::vector<OwnedBatch> batches(specs.begin(), specs.end());
    std::vector<Result<Appended>> outcomes(specs.size(), fail(Errc::io, "not ended"));
    TaskGroup tasks(loop);
    const int before = log_writes();
    for (std::size_t i = 0; i < specs.size(); ++i) tasks.start(Append::run(*log, batches[i], origin, outcomes[i]));
    EXPECT_EQ(log_writes(), before);
    loop.run(tasks.close());
    return outcomes;
  }
  int log_writes() const { return disk->count(sim::DiskCall::write, ".log"); }
  /// The offsets that were given, or the errors.
  static std::vector<std::string> told(const std::vector<Result<Appended>>& outcomes) {
    std::vector<std::string> told;
    for (const auto& outcome : outcomes)
      told.push_back(outcome ? fmt::format("{}-{}{}", outcome->base.value, outcome->end.value,
                                           outcome->duplicate ? " again" : "")
                             : std::string(name(outcome.error().code)));
    return told;
  }
  static BatchSpec from(std::int64_t producer, std::int32_t sequence, int records = 1) {
    return {.records = records, .producer_id = producer, .producer_epoch = 0, .sequence = sequence};
  }
};

TEST_F(LogJoinTest, OneWriteServesAllInTheirOrder) {
  open();
  const int before = log_writes();
  EXPECT_THAT(told(append_at_once({{.records = 3}, {.records = 1}, {.records = 2}})),
              ElementsAre("0-3", "3-4", "4-6"));
  EXPECT_EQ(log_writes() - before, 1);
  EXPECT_THAT(read_all({0}), ElementsAre(0, 3, 4));
  reopen();
  EXPECT_THAT(read_all({0}), ElementsAre(0, 3, 4));
}

TEST_F(LogJoinTest, WhatIsRefusedLeavesNoGap) {
  open();
  ASSERT_TRUE(append(from(7, 0)));
  config.message_bytes_max = 1000;
  log->configure(config);
  EXPECT_THAT(told(append_at_once({from(7, 5), {.value_size = 2000}, from(8, 0), from(7, 1)})),
              ElementsAre("out_of_order", "too_large", "1-2", "2-3"));
  EXPECT_EQ(log->producers().find(ProducerId{7})->last_sequence(), 1);
}

// A refused batch must not be all that is known of its producer.
TEST_F(LogJoinTest, WhatIsRefusedTellsNothingOfItsProducer) {
  open();
  ASSERT_TRUE(append({.producer_id = 7, .producer_epoch = 3, .sequence = 0}));
  EXPECT_THAT(told(append_at_once({from(8, 0), {.producer_id = 7, .producer_epoch = 2, .sequence = 1}})),
              ElementsAre("1-2", "producer_fenced"));
  EXPECT_EQ(log->producers().find(ProducerId{7})->epoch, ProducerEpoch{3});
}

TEST_F(LogJoinTest, BatchesThatAProducerSendsAheadGoTogether) {
  open();
  const int before = log_writes();
  EXPECT_THAT(told(append_at_once({from(7, 0, 2), from(7, 2), from(7, 3, 4), from(7, 7)})),
              ElementsAre("0-2", "2-3", "3-7", "7-8"));
  EXPECT_EQ(log_writes() - before, 1);
}

// Each is looked at with what came before it in the log.
TEST_F(LogJoinTest, ARepeatAndAGapAreSeenForWhatTheyAre) {
  open();
  EXPECT_THAT(told(append_at_once({from(7, 0), from(7, 0), from(7, 2), from(7, 1)})),
              ElementsAre("0-1", "0-1 again", "out_of_order", "1-2"));
}

TEST_F(LogJoinTest, ATransactionGoesOnOnlyBehindItsFirstBatch) {
  open();
  BatchSpec first = from(7, 0), second = from(7, 1), plain = from(7, 2);
  first.transactional = second.transactional = true;
  EXPECT_THAT(told(append_at_once({first, second, plain})), ElementsAre("0-1", "1-2", "invalid_transaction"));
  EXPECT_THAT(log->first_unstable(), Optional(Offset{0}));
}

TEST_F(LogJoinTest, OnAFullDiskNoneIsWrittenAndLaterAllAre) {
  open();
  ASSERT_TRUE(append({}));
  disk->inject({.call = sim::DiskCall::write, .path_contains = ".log", .error_number = ENOSPC, .times = 1});
  EXPECT_THAT(told(append_at_once({from(7, 0), from(8, 0)})), ElementsAre("no_space", "no_space"));
  EXPECT_EQ(log->end(), Offset{1});
  EXPECT_EQ(log->producers().find(ProducerId{7}), nullptr);
  EXPECT_THAT(told(append_at_once({from(7, 0), from(8, 0)})), ElementsAre("1-2", "2-3"));
}

TEST_F(LogJoinTest, SegmentsStayWithinTheirSize) {
  config.segment_bytes = 4096;
  open();
  const std::vector<BatchSpec> specs(10, BatchSpec{.value_size = 1000});
  for (const auto& outcome : append_at_once(specs)) EXPECT_TRUE(outcome);
  EXPECT_EQ(log->segment_count(), 4u);
  for (const std::string& file : disk->files(kDirectory))
    if (file.ends_with(".log")) EXPECT_LE(disk->contents(std::string(kDirectory) + "/" + file).size(), 4096u);
}

TEST_F(LogJoinTest, AllAreToldThatTheLogIsClosed) {
  open();
  struct Close {
    static Task<void> run(Log& log) { EXPECT_TRUE(co_await log.close()); }
  };
  TaskGroup tasks(loop);
  tasks.start(Close::run(*log));
  EXPECT_THAT(told(append_at_once({{}, {}})), ElementsAre("closed", "closed"));
  loop.run(tasks.close());
  log.reset();
}

}  // namespace
}  // namespace sluice::test
