#include "share/share_partition_leader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/share_store.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

/// Dead letters as they are written, unless writing fails.
class Letters final : public DeadLetters {
 public:
  Task<Result<void>> write(const SharePartitionKey&, GivenUp& records) override {
    ++attempts;
    GivenUp now = records;
    if (failure) now.last = std::min(now.last, Offset{now.first.value + before_failure - 1});
    if (now.first <= now.last) written.push_back(now);
    records.first = {now.last.value + 1};
    if (failure) co_return fail(*failure, "no dead letters today");
    co_return Result<void>{};
  }

  std::optional<Errc> failure;
  int before_failure = 0;  ///< So many records are written about before it fails.
  std::vector<GivenUp> written;
  int attempts = 0;
};

class LeaderTest : public testing::Test {
 protected:
  LeaderTest() : persister(loop) {
    ShareStep step = persister.step();
    persister.states.initialize(step, key, 1, {-1});
    lead(0);
  }
  ~LeaderTest() override { loop.run(leader->close()); }

  void lead(std::int32_t epoch) {
    if (leader) loop.run(leader->close());
    auto find_start = [this]() -> Task<Result<Offset>> { co_return group_start; };
    leader = std::make_unique<SharePartitionLeader>(loop, key, LeaderEpoch{epoch}, persister, settings, find_start,
                                                    &letters);
  }
  ErrorCode ready() { return loop.run(leader->ready()); }
  std::vector<AcquiredRange> acquire(std::string_view member) {
    const auto from = leader->next_to_fetch(member);
    if (!from) return {};
    const std::vector<FetchedBatch> fetched{{*from, {from->value + 9}}};
    return leader->acquire(member, *from, fetched, {});
  }
  ErrorCode accept(std::string_view member, std::int64_t first, std::int64_t last) {
    const std::vector<AcknowledgedRange> said{{{first}, {last}, {Acknowledgement::accept}}};
    return loop.run(leader->acknowledge(member, said));
  }

  ErrorCode reject(std::string_view member, std::int64_t first, std::int64_t last) {
    const std::vector<AcknowledgedRange> said{{{first}, {last}, {Acknowledgement::reject}}};
    return loop.run(leader->acknowledge(member, said));
  }

  sim::SimLoop loop;
  ShareStore persister;
  Letters letters;
  SharePartitionKey key{"workers", {}, {0}};
  DeliverySettings settings;
  Result<Offset> group_start = Offset{100};
  std::unique_ptr<SharePartitionLeader> leader;
};

TEST_F(LeaderTest, BeginsWhereTheGroupsSettingsSay) {
  ASSERT_EQ(ready(), ErrorCode::none);
  EXPECT_THAT(acquire("a"), ElementsAre(AcquiredRange{{100}, {109}, 1}));
}

TEST_F(LeaderTest, GoesOnWhereTheLastLeaderStopped) {
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  ASSERT_EQ(accept("a", 100, 104), ErrorCode::none);
  lead(1);
  ASSERT_EQ(ready(), ErrorCode::none);
  EXPECT_EQ(leader->start().value, 105);
}

TEST_F(LeaderTest, TriesAgainWhenTheStateCouldNotBeRead) {
  persister.failure = ErrorCode::coordinator_load_in_progress;
  EXPECT_EQ(ready(), ErrorCode::coordinator_not_available);
  persister.failure = ErrorCode::none;
  EXPECT_EQ(ready(), ErrorCode::none);
}

TEST_F(LeaderTest, DoesNotServeAGroupThatHasNotBeenToldOfThePartition) {
  ShareStep step = persister.step();
  persister.states.remove(step, key);
  EXPECT_EQ(ready(), ErrorCode::unknown_topic_or_partition);
}

TEST_F(LeaderTest, GivesBackWhatIsLockedForTooLong) {
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  auto waiter = std::make_shared<FetchWaiter>(loop, 1);
  leader->add_waiter(waiter);
  loop.advance(settings.lock_duration - 1ms);
  EXPECT_FALSE(waiter->done());
  loop.advance(1ms);
  EXPECT_TRUE(waiter->done());
  EXPECT_THAT(acquire("b"), ElementsAre(AcquiredRange{{100}, {109}, 2}));
  EXPECT_EQ(accept("a", 100, 109), ErrorCode::invalid_record_state);
}

TEST_F(LeaderTest, KeepsTryingToGiveBack) {
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  const int before = persister.writes;
  persister.failure = ErrorCode::coordinator_not_available;
  loop.advance(settings.lock_duration + 5s);
  EXPECT_LE(persister.writes - before, 6) << "once a second at most";
  persister.failure = ErrorCode::none;
  loop.advance(2s);
  EXPECT_EQ(leader->delivery().acquired_count(), 0);
}

TEST_F(LeaderTest, GivesBackWhatAMemberLeavesBehind) {
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  loop.run(leader->release("a"));
  EXPECT_THAT(acquire("b"), SizeIs(1));
}

TEST_F(LeaderTest, WritesDeadLettersOfWhatIsGivenUp) {
  settings.dead_letters = true;
  lead(0);
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  ASSERT_EQ(reject("a", 100, 102), ErrorCode::none);
  loop.run_until_idle();
  ASSERT_THAT(letters.written, SizeIs(1));
  EXPECT_EQ(letters.written.front().first.value, 100);
  EXPECT_EQ(letters.written.front().last.value, 102);
  EXPECT_TRUE(letters.written.front().rejected);
  EXPECT_EQ(leader->start().value, 103);
  lead(1);
  ASSERT_EQ(ready(), ErrorCode::none);
  EXPECT_THAT(acquire("b"), ElementsAre(AcquiredRange{{103}, {112}, 1}))
      << "it was written that they are done with";
  EXPECT_THAT(letters.written, SizeIs(1));
}

TEST_F(LeaderTest, GoesOnWithDeadLettersAfterAnotherLeader) {
  settings.dead_letters = true;
  lead(0);
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  letters.failure = Errc::not_leader;
  ASSERT_EQ(reject("a", 100, 102), ErrorCode::none);
  lead(1);
  letters.failure.reset();
  ASSERT_EQ(ready(), ErrorCode::none);
  loop.run_until_idle();
  EXPECT_THAT(letters.written, SizeIs(1));
  EXPECT_EQ(leader->start().value, 103);
}

// Writing fails in the middle: neither this leader nor the next one writes once more about what is written.
TEST_F(LeaderTest, RepeatsNoDeadLetterThatWasWritten) {
  settings.dead_letters = true;
  lead(0);
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  letters.failure = Errc::no_space;
  letters.before_failure = 2;
  ASSERT_EQ(reject("a", 100, 106), ErrorCode::none);
  loop.run_until_idle();
  EXPECT_EQ(leader->start(), Offset{102});
  loop.advance(1s);
  EXPECT_EQ(leader->start(), Offset{104});
  lead(1);
  letters.failure.reset();
  ASSERT_EQ(ready(), ErrorCode::none);
  loop.run_until_idle();
  EXPECT_EQ(leader->start(), Offset{107});
  std::vector<std::pair<std::int64_t, std::int64_t>> written;
  for (const GivenUp& records : letters.written) written.emplace_back(records.first.value, records.last.value);
  EXPECT_THAT(written, ElementsAre(Pair(100, 101), Pair(102, 103), Pair(104, 106)));
}

TEST_F(LeaderTest, GivesUpWithoutADeadLetterWhereThereCanBeNone) {
  settings.dead_letters = true;
  lead(0);
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  letters.failure = Errc::invalid_argument;
  ASSERT_EQ(reject("a", 100, 100), ErrorCode::none);
  loop.run_until_idle();
  EXPECT_EQ(letters.attempts, 1) << "trying again would be in vain";
  EXPECT_EQ(leader->start().value, 101);
  letters.failure = Errc::no_space;
  ASSERT_EQ(reject("a", 101, 101), ErrorCode::none);
  loop.advance(1min);
  EXPECT_EQ(letters.attempts, 11);
  EXPECT_EQ(leader->start().value, 102);
}

TEST_F(LeaderTest, KnowsWhenAnotherLeads) {
  ASSERT_EQ(ready(), ErrorCode::none);
  acquire("a");
  ShareStep step = persister.step();
  persister.states.read(step, key, LeaderEpoch{7});
  EXPECT_EQ(accept("a", 100, 109), ErrorCode::not_leader_or_follower);
  EXPECT_TRUE(leader->closed());
  EXPECT_EQ(ready(), ErrorCode::not_leader_or_follower);
}

}  // namespace
}  // namespace sluice::test
