#include "share/share_partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Word = Acknowledgement;

AcquiredRange range(std::int64_t first, std::int64_t last, std::int16_t count) { return {{first}, {last}, count}; }
AcknowledgedRange said(std::int64_t first, std::int64_t last, Word word) { return {{first}, {last}, {word}}; }

/// A partition whose log has batches of ten records.
class ShareTest : public testing::Test {
 protected:
  void begin(std::int64_t start, const ShareStateBatches& known = {}) {
    partition.emplace(Offset{start}, known, settings);
  }
  std::vector<AcquiredRange> acquire(std::string_view member, AcquireLimits limits = {}) {
    const auto from = partition->next_to_fetch(member, now);
    if (!from) return {};
    std::vector<FetchedBatch> fetched;
    for (std::int64_t base = from->value / 10 * 10; base < log_end; base += 10)
      fetched.push_back({{base}, {base + 9}});
    std::vector<RecordKey> keys;
    for (std::int64_t at = fetched.empty() ? log_end : fetched.front().first.value; at < log_end; ++at)
      if (at % 10 < static_cast<std::int64_t>(key_count))
        keys.push_back({{at}, static_cast<std::uint64_t>(at % 10)});
    return partition->acquire(member, now, *from, fetched, limits, keys);
  }
  ErrorCode say(std::string_view member, const std::vector<AcknowledgedRange>& words) {
    const auto change = partition->acknowledge(member, now, words);
    if (!change) return change.error();
    partition->settle(*change, true, now);
    return ErrorCode::none;
  }
  void expire() { partition->settle(partition->expire(now), true, now); }

  DeliverySettings settings;
  SteadyTime now{1h};
  std::int64_t log_end = 100;
  std::size_t key_count = 0;  ///< The records of a batch have the keys 0, 1, …; the others of it none.
  std::optional<SharePartition> partition;
};

TEST_F(ShareTest, GivesEachRecordToOneMember) {
  begin(0);
  EXPECT_THAT(acquire("a", {.records_max = 20}), ElementsAre(range(0, 19, 1)));
  EXPECT_THAT(acquire("b", {.records_max = 20}), ElementsAre(range(20, 39, 1)));
  EXPECT_EQ(partition->acquired_count(), 40);
}

TEST_F(ShareTest, TakesWholeBatchesUnlessALimitIsMeantExactly) {
  begin(0);
  EXPECT_THAT(acquire("a", {.records_max = 15}), ElementsAre(range(0, 19, 1)));
  EXPECT_THAT(acquire("a", {.records_max = 15, .exactly = true}), ElementsAre(range(20, 34, 1)));
  EXPECT_THAT(acquire("a", {.records_max = 5}), ElementsAre(range(35, 39, 1)));
}

TEST_F(ShareTest, SplitsRangesWhereBatchesEnd) {
  begin(0);
  EXPECT_THAT(acquire("a", {.records_max = 50, .range_records = 15}),
              ElementsAre(range(0, 19, 1), range(20, 39, 1), range(40, 49, 1)));
}

TEST_F(ShareTest, BeginsWhereAllBeforeIsDone) {
  begin(0);
  acquire("a", {.records_max = 20});
  ASSERT_EQ(say("a", {said(5, 9, Word::accept)}), ErrorCode::none);
  EXPECT_EQ(partition->start().value, 0);
  EXPECT_EQ(partition->complete_count(), 5);
  ASSERT_EQ(say("a", {said(0, 4, Word::accept)}), ErrorCode::none);
  EXPECT_EQ(partition->start().value, 10);
  EXPECT_EQ(partition->complete_count(), 0);
}

TEST_F(ShareTest, DeliversAgainWhatIsReleased) {
  begin(0);
  acquire("a", {.records_max = 10});
  ASSERT_EQ(say("a", {said(0, 2, Word::accept), said(3, 5, Word::release), said(6, 9, Word::reject)}),
            ErrorCode::none);
  EXPECT_EQ(partition->start().value, 3);
  EXPECT_THAT(acquire("b", {.records_max = 3}), ElementsAre(range(3, 5, 2)));
}

TEST_F(ShareTest, TakesAWordForEachRecord) {
  begin(0);
  acquire("a", {.records_max = 10});
  AcknowledgedRange each{{0}, {9}, std::vector<Word>(10, Word::accept)};
  each.words[4] = Word::release;
  ASSERT_EQ(say("a", {each}), ErrorCode::none);
  EXPECT_EQ(partition->start().value, 4);
  EXPECT_EQ(partition->complete_count(), 5);
  each.words.pop_back();
  EXPECT_EQ(say("a", {each}), ErrorCode::invalid_request);
}

TEST_F(ShareTest, GivesUpAfterTooManyDeliveries) {
  settings.delivery_count_max = 2;
  begin(0);
  for (std::int16_t count = 1; count <= 2; ++count) {
    EXPECT_THAT(acquire("a", {.records_max = 10}), ElementsAre(range(0, 9, count)));
    ASSERT_EQ(say("a", {said(0, 9, Word::release)}), ErrorCode::none);
  }
  EXPECT_EQ(partition->start().value, 10);
}

TEST_F(ShareTest, TakesNoWordOnWhatIsWithAnother) {
  begin(0);
  acquire("a", {.records_max = 10});
  acquire("b", {.records_max = 10});
  EXPECT_EQ(say("b", {said(0, 9, Word::accept)}), ErrorCode::invalid_record_state);
  EXPECT_EQ(say("a", {said(0, 12, Word::accept)}), ErrorCode::invalid_record_state);
  EXPECT_EQ(say("c", {said(0, 9, Word::accept)}), ErrorCode::invalid_record_state);
  EXPECT_EQ(say("a", {said(0, 20, Word::accept)}), ErrorCode::invalid_request);
  EXPECT_EQ(partition->acquired_count(), 20);
  ASSERT_EQ(say("a", {said(0, 9, Word::accept)}), ErrorCode::none);
  EXPECT_EQ(say("a", {said(3, 4, Word::accept)}), ErrorCode::none) << "what is gone needs no word";
}

TEST_F(ShareTest, TakesAllThatIsSaidOrNothing) {
  begin(0);
  acquire("a", {.records_max = 10});
  EXPECT_EQ(say("a", {said(0, 4, Word::accept), said(5, 15, Word::accept)}), ErrorCode::invalid_request);
  EXPECT_EQ(say("a", {said(5, 9, Word::accept), said(0, 6, Word::accept)}), ErrorCode::invalid_request);
  EXPECT_EQ(partition->acquired_count(), 10);
}

TEST_F(ShareTest, GivesBackWhatIsLockedForTooLong) {
  begin(0);
  acquire("a", {.records_max = 10});
  now += 29s;
  EXPECT_EQ(partition->next_due(now), now + 1s);
  expire();
  EXPECT_EQ(partition->acquired_count(), 10);
  ASSERT_EQ(say("a", {said(0, 4, Word::renew)}), ErrorCode::none);
  now += 1s;
  expire();
  EXPECT_EQ(partition->acquired_count(), 5);
  EXPECT_THAT(acquire("b", {.records_max = 5}), ElementsAre(range(5, 9, 2)));
  EXPECT_EQ(say("a", {said(5, 9, Word::accept)}), ErrorCode::invalid_record_state);
}

TEST_F(ShareTest, GivesBackWhatAMemberLeavesBehind) {
  begin(0);
  acquire("a", {.records_max = 10});
  acquire("b", {.records_max = 10});
  partition->settle(partition->release("a", now), true, now);
  EXPECT_FALSE(partition->has_acquired("a"));
  EXPECT_TRUE(partition->has_acquired("b"));
  EXPECT_THAT(acquire("c", {.records_max = 10}), ElementsAre(range(0, 9, 2)));
}

TEST_F(ShareTest, KeepsTheLockWhereAWordCouldNotBeWritten) {
  begin(0);
  acquire("a", {.records_max = 10});
  const std::vector<AcknowledgedRange> words{said(0, 9, Word::accept)};
  const auto change = partition->acknowledge("a", now, words);
  ASSERT_TRUE(change);
  EXPECT_EQ(say("a", words), ErrorCode::invalid_record_state) << "it is being written";
  now += 1min;
  EXPECT_TRUE(partition->expire(now).empty()) << "nothing is given back while it is being written";
  partition->settle(*change, false, now);
  EXPECT_EQ(partition->start().value, 0);
  expire();
  EXPECT_THAT(acquire("b", {.records_max = 10}), ElementsAre(range(0, 9, 2)));
}

TEST_F(ShareTest, HasNoMoreInFlightThanAllowed) {
  settings.record_locks_max = 25;
  begin(0);
  EXPECT_THAT(acquire("a", {.records_max = 100}), ElementsAre(range(0, 29, 1)));
  EXPECT_EQ(partition->next_to_fetch("a", now), std::nullopt);
  ASSERT_EQ(say("a", {said(10, 29, Word::accept)}), ErrorCode::none);
  EXPECT_EQ(partition->next_to_fetch("a", now), std::nullopt) << "the first ones hold all up";
  ASSERT_EQ(say("a", {said(0, 9, Word::accept)}), ErrorCode::none);
  EXPECT_EQ(partition->next_to_fetch("a", now), Offset{30});
}

TEST_F(ShareTest, KeepsBackWhatHasFailedForAWhile) {
  settings.backoff = 1s;
  settings.backoff_max = 3s;
  begin(0);
  log_end = 10;
  for (const auto pause : {1s, 2s, 3s}) {
    EXPECT_THAT(acquire("a"), SizeIs(1));
    ASSERT_EQ(say("a", {said(0, 9, Word::release)}), ErrorCode::none);
    EXPECT_EQ(partition->next_to_fetch("a", now), Offset{10});
    EXPECT_EQ(partition->next_due(now), now + pause);
    now += pause;
    EXPECT_EQ(partition->next_to_fetch("a", now), Offset{0});
  }
}

TEST_F(ShareTest, GoesOnWithWhatTheCoordinatorRemembers) {
  begin(5, {{{5}, {9}, 2, 1}, {{12}, {14}, 0, 2}, {{20}, {24}, 4, 5}});
  EXPECT_EQ(partition->start().value, 10);
  EXPECT_EQ(partition->end().value, 25);
  EXPECT_EQ(partition->complete_count(), 5);
  EXPECT_THAT(acquire("a", {.records_max = 100}),
              ElementsAre(range(10, 11, 1), range(12, 14, 3), range(15, 19, 1), range(25, 99, 1)));
}

TEST_F(ShareTest, PassesOverWhatTheLogHasNoMore) {
  begin(0, {{{5}, {9}, 0, 1}});
  const std::vector<FetchedBatch> fetched{{{20}, {29}}};
  EXPECT_THAT(partition->acquire("a", now, {0}, fetched, {}), ElementsAre(range(20, 29, 1)));
  EXPECT_EQ(partition->start().value, 20);
  partition->log_started_at({25});
  EXPECT_EQ(partition->start().value, 25);
  EXPECT_EQ(say("a", {said(20, 29, Word::accept)}), ErrorCode::none);
  EXPECT_EQ(partition->start().value, 30);
}

TEST_F(ShareTest, LeavesOutWhatIsNoRecordForIt) {
  begin(0);
  auto acquired = acquire("a", {.records_max = 30});
  const std::vector<FetchedBatch> aborted{{{0}, {9}}, {{15}, {17}}};
  EXPECT_THAT(partition->exclude(acquired, aborted), ElementsAre(range(10, 14, 1), range(18, 29, 1)));
  EXPECT_EQ(partition->start().value, 10);
  EXPECT_EQ(partition->acquired_count(), 17);
}

TEST_F(ShareTest, GivesWhatOftenFailedToFewAtATime) {
  begin(0);
  log_end = 20;
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(acquire("a"), SizeIs(1)) << "all of it";
    ASSERT_EQ(say("a", {said(0, 19, Word::release)}), ErrorCode::none);
  }
  EXPECT_THAT(acquire("a"), ElementsAre(range(0, 4, 4))) << "half of its batch";
  ASSERT_EQ(say("a", {said(0, 4, Word::release)}), ErrorCode::none);
  EXPECT_THAT(acquire("a"), ElementsAre(range(0, 0, 5))) << "for the last time: alone";
  EXPECT_THAT(acquire("b"), ElementsAre(range(1, 1, 5)));
  ASSERT_EQ(say("a", {said(0, 0, Word::reject)}), ErrorCode::none);
  ASSERT_EQ(say("b", {said(1, 1, Word::accept)}), ErrorCode::none);
  EXPECT_EQ(partition->start().value, 2) << "its neighbours are still to be had";
}

TEST_F(ShareTest, DoesNotPutWhatOftenFailedWithOthers) {
  begin(0, {{{10}, {10}, 0, 4}});
  EXPECT_THAT(acquire("a"), ElementsAre(range(0, 9, 1))) << "up to it";
  EXPECT_THAT(acquire("b"), ElementsAre(range(10, 10, 5)));
  EXPECT_THAT(acquire("c"), ElementsAre(range(11, 99, 1)));
}

TEST_F(ShareTest, GivesRecordsOfAKeyToOneMemberAtATime) {
  settings.ordered_by_key = true;
  key_count = 2;
  log_end = 30;
  begin(0);
  EXPECT_THAT(acquire("a", {.records_max = 1}), ElementsAre(range(0, 0, 1)));
  EXPECT_THAT(acquire("b", {.records_max = 1}), ElementsAre(range(1, 1, 1)));
  EXPECT_THAT(acquire("c"), ElementsAre(range(2, 9, 1), range(12, 19, 1), range(22, 29, 1)))
      << "those without a key";
  EXPECT_EQ(partition->next_to_fetch("c", now), Offset{30});
  EXPECT_THAT(acquire("a", {.records_max = 1}), ElementsAre(range(10, 10, 1))) << "it has the key already";
  ASSERT_EQ(say("b", {said(1, 1, Word::accept)}), ErrorCode::none);
  EXPECT_THAT(acquire("c"), ElementsAre(range(11, 11, 1), range(21, 21, 1))) << "the key is free";
}

TEST_F(ShareTest, DeliversRecordsOfAKeyInTheirOrder) {
  settings.ordered_by_key = true;
  settings.backoff = settings.backoff_max = 1s;
  key_count = 10;
  log_end = 20;
  begin(0);
  EXPECT_THAT(acquire("a", {.records_max = 10}), ElementsAre(range(0, 9, 1)));
  ASSERT_EQ(say("a", {said(3, 3, Word::release)}), ErrorCode::none);
  ASSERT_EQ(say("a", {said(4, 4, Word::accept)}), ErrorCode::none);
  EXPECT_THAT(acquire("b"), ElementsAre(range(14, 14, 1))) << "13 waits for 3, which is kept back";
  now += 1s;
  EXPECT_THAT(acquire("b"), ElementsAre(range(3, 3, 2), range(13, 13, 1)));
}

TEST_F(ShareTest, KeepsNoMoreWaitingForTheirKeysThanMayBeInFlight) {
  settings.ordered_by_key = true;
  settings.record_locks_max = 25;
  key_count = 1;
  begin(0);
  EXPECT_THAT(acquire("a", {.records_max = 1}), ElementsAre(range(0, 0, 1)));
  EXPECT_THAT(acquire("b"), ElementsAre(range(1, 9, 1), range(11, 19, 1), range(21, 24, 1)));
  EXPECT_EQ(partition->next_to_fetch("b", now), std::nullopt);
}

TEST_F(ShareTest, SendsWhatIsGivenUpToTheDeadLetters) {
  settings.dead_letters = true;
  settings.delivery_count_max = 2;
  begin(0);
  acquire("a", {.records_max = 10});
  ASSERT_EQ(say("a", {said(0, 2, Word::reject), said(3, 3, Word::gap), said(4, 9, Word::release)}),
            ErrorCode::none);
  ASSERT_THAT(partition->given_up(), SizeIs(1));
  EXPECT_EQ(partition->start().value, 0) << "it is not done with before that is written";
  EXPECT_TRUE(partition->given_up().front().rejected);
  EXPECT_THAT(partition->archive(partition->given_up().front()), ElementsAre(ShareStateBatch{{0}, {2}, 4, 1}));
  EXPECT_EQ(partition->start().value, 4);
  EXPECT_THAT(acquire("a", {.records_max = 6}), ElementsAre(range(4, 9, 2)));
  now += settings.lock_duration;
  const ShareChange late = partition->expire(now);
  EXPECT_THAT(partition->given_up(late), IsEmpty()) << "not yet";
  partition->settle(late, true, now);
  ASSERT_THAT(partition->given_up(late), SizeIs(1));
  EXPECT_FALSE(partition->given_up(late).front().rejected);
  // Another leader goes on with it.
  begin(4, late.batches);
  EXPECT_THAT(acquire("a", {.records_max = 10}), ElementsAre(range(10, 19, 1)));
  ASSERT_THAT(partition->given_up(), SizeIs(1));
  EXPECT_FALSE(partition->given_up().front().rejected);
}

/// Members that acquire, say things, fall silent and leave, writes that fail, and leaders that go. What is known
/// of each record is compared with a model of one entry a record.
class Model {
 public:
  struct Record {
    bool done = false;
    bool buried = false;  // On its way to the dead letters.
    int deliveries = 0;
    std::string member;
    SteadyTime lock_ends{};
  };

  explicit Model(std::uint64_t seed) : loop_(seed), random_(loop_.seeded()) {
    settings_.delivery_count_max = 4;
    settings_.record_locks_max = 60;
    settings_.ordered_by_key = seed % 2 == 0;
    settings_.dead_letters = seed % 3 == 0;
    partition_.emplace(Offset{0}, ShareStateBatches{}, settings_);
  }

  void step() {
    now_ += std::chrono::seconds(random_.below(4));
    expire();
    const std::string member = members_[random_.below(3)];
    if (random_.one_in(4)) bury();
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2: acquire(member); break;
      case 3:
      case 4:
      case 5: speak(member); break;
      case 6: leave(member); break;
      default:
        if (random_.one_in(4)) fail_over();
    }
    check();
  }

  void finish() {
    for (int round = 0; round < 1000 && partition_->start() < Offset{kRecords}; ++round) {
      now_ += 31s;
      expire();
      bury();
      acquire("last");
      accept_all("last");
    }
    bury();
    ASSERT_EQ(partition_->start(), Offset{kRecords});
    for (const auto& record : records_) EXPECT_TRUE(record.done);
  }

 private:
  static constexpr std::int64_t kRecords = 300;

  void acquire(const std::string& member) {
    const auto from = partition_->next_to_fetch(member, now_);
    if (!from || from->value >= kRecords) return;
    std::vector<FetchedBatch> fetched;
    for (std::int64_t base = from->value / 7 * 7; base < kRecords && fetched.size() < 4; base += 7)
      fetched.push_back({{base}, {std::min(base + 6, kRecords - 1)}});
    const AcquireLimits limits{.records_max = 1 + static_cast<std::int64_t>(random_.below(20)),
                               .range_records = 10,
                               .exactly = random_.one_in(2)};
    std::vector<RecordKey> keys;
    for (std::int64_t at = fetched.front().first.value; at <= fetched.back().last.value; ++at)
      if (const auto key = key_of(at)) keys.push_back({{at}, *key});
    for (const AcquiredRange& range : partition_->acquire(member, now_, *from, fetched, limits, keys))
      for (std::int64_t at = range.first.value; at <= range.last.value; ++at) {
        Record& record = records_[static_cast<std::size_t>(at)];
        EXPECT_FALSE(record.done) << at << " was done with";
        EXPECT_TRUE(record.member.empty()) << at << " is with " << record.member;
        EXPECT_LT(record.deliveries, settings_.delivery_count_max) << at;
        record.member = member;
        ++record.deliveries;
        EXPECT_EQ(record.deliveries, range.delivery_count) << at;
        record.lock_ends = now_ + settings_.lock_duration;
      }
  }

  static std::optional<std::uint64_t> key_of(std::int64_t at) {
    if (at % 3 == 0) return std::nullopt;
    return static_cast<std::uint64_t>(at * 7 % 5);
  }

  /// Of the records of a key one member has some, and nobody has one before which another is to be delivered.
  void check_keys() const {
    std::map<std::uint64_t, std::string> holders;
    std::set<std::uint64_t> waiting;
    for (std::int64_t at = 0; at < kRecords; ++at) {
      const auto key = key_of(at);
      const Record& record = records_[static_cast<std::size_t>(at)];
      if (!key || record.done || record.buried) continue;
      if (record.member.empty()) {
        if (record.deliveries == 0) waiting.insert(*key);
        continue;
      }
      EXPECT_FALSE(waiting.contains(*key)) << at << " went ahead of others";
      EXPECT_EQ(holders.emplace(*key, record.member).first->second, record.member) << at;
    }
  }

  void bury() {
    for (const GivenUp& records : partition_->given_up()) {
      const ShareStateBatches batches = partition_->archive(records);
      for (std::int64_t at = records.first.value; at <= records.last.value; ++at) {
        EXPECT_TRUE(records_[static_cast<std::size_t>(at)].buried) << at;
        records_[static_cast<std::size_t>(at)].buried = false;
        records_[static_cast<std::size_t>(at)].done = true;
      }
      known_ = combine(known_, batches, partition_->start());
    }
    start_ = partition_->start();
  }

  void apply(const ShareChange& change, bool written) {
    for (const ShareStateBatch& batch : change.batches)
      for (std::int64_t at = batch.first.value; written && at <= batch.last.value; ++at) {
        Record& record = records_[static_cast<std::size_t>(at)];
        record.member.clear();
        const auto state = static_cast<DeliveryState>(batch.delivery_state);
        record.done = is_final(state);
        record.buried = state == DeliveryState::archiving;
      }
    if (written) {
      known_ = combine(known_, change.batches, partition_->start());
      start_ = partition_->start();
    }
    partition_->settle(change, written, now_);
  }

  void speak(const std::string& member) {
    std::vector<AcknowledgedRange> words;
    for (std::int64_t at = 0; at < kRecords; ++at)
      if (records_[static_cast<std::size_t>(at)].member == member && random_.one_in(2))
        words.push_back({{at}, {at}, {random_.one_in(3) ? give_back() : Word::accept}});
    if (words.empty()) return;
    const auto change = partition_->acknowledge(member, now_, words);
    ASSERT_TRUE(change);
    apply(*change, !random_.one_in(5));
  }

  Word give_back() { return random_.one_in(5) ? Word::reject : Word::release; }

  void accept_all(const std::string& member) {
    std::vector<AcknowledgedRange> words;
    for (std::int64_t at = 0; at < kRecords; ++at)
      if (records_[static_cast<std::size_t>(at)].member == member) words.push_back({{at}, {at}, {Word::accept}});
    const auto change = partition_->acknowledge(member, now_, words);
    if (!words.empty() && change) apply(*change, true);
  }

  void leave(const std::string& member) { apply(partition_->release(member, now_), true); }

  void expire() { apply(partition_->expire(now_), true); }

  /// Another leader knows what was written, and nothing of who has acquired what.
  void fail_over() {
    partition_.emplace(start_, known_, settings_);
    for (std::int64_t at = 0; at < kRecords; ++at) {
      Record& record = records_[static_cast<std::size_t>(at)];
      record.member.clear();
      record.deliveries = 0;
    }
    for (const ShareStateBatch& batch : known_)
      for (std::int64_t at = batch.first.value; at <= batch.last.value; ++at)
        records_[static_cast<std::size_t>(at)].deliveries = batch.delivery_count;
  }

  void check() {
    std::int64_t acquired = 0;
    for (const Record& record : records_) {
      if (record.member.empty()) continue;
      ++acquired;
      EXPECT_GT(record.lock_ends, now_);
    }
    EXPECT_EQ(partition_->acquired_count(), acquired);
    if (settings_.ordered_by_key) check_keys();
    for (std::int64_t at = 0; at < partition_->start().value; ++at)
      EXPECT_TRUE(records_[static_cast<std::size_t>(at)].done) << at << " is left behind";
  }

  sim::SimLoop loop_;
  sim::Random& random_;
  SteadyTime now_{1h};
  DeliverySettings settings_;
  const std::vector<std::string> members_{"a", "b", "c"};
  std::vector<Record> records_ = std::vector<Record>(kRecords);
  std::optional<SharePartition> partition_;
  ShareStateBatches known_;
  Offset start_{0};
};

TEST(ShareModel, LosesNoRecordAndGivesNoneToTwo) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    Model model(seed);
    for (int step = 0; step < 300; ++step) {
      model.step();
      if (testing::Test::HasFailure()) return;
    }
    model.finish();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::test
