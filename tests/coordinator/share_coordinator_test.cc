#include "coordinator/share_coordinator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/when_all.h"
#include "coordinator/memory_log.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using ::testing::ElementsAre;

constexpr std::int8_t kAvailable = 0, kDone = 2;

const SharePartitionKey kOrders{"workers", {.bytes = {std::byte{1}}}, {3}};

/// A coordinator with one partition, on a log that outlives it.
class ShareWorld {
 public:
  explicit ShareWorld(std::uint64_t seed = 1) : loop(seed), store(loop) {
    options.updates_per_snapshot = 3;
    open();
  }
  ~ShareWorld() { loop.run(coordinator->close()); }

  void open() {
    coordinator = std::make_unique<ShareCoordinator>(loop, options,
                                                     [this](const Uuid& topic) { return !gone.contains(topic); });
    coordinator->load({0}, 1, store.open());
    loop.run_until_idle();
  }
  void restart() {
    loop.run(coordinator->close());
    open();
  }
  ErrorCode initialize(std::int32_t epoch, std::int64_t start = -1) {
    return loop.run(coordinator->initialize(kOrders, epoch, {start}));
  }
  ErrorCode write(ShareWrite change) { return loop.run(coordinator->write(kOrders, change)); }
  ShareStateAnswer read(std::int32_t leader_epoch) { return loop.run(coordinator->read(kOrders, {leader_epoch})); }

  sim::SimLoop loop;
  MemoryStore store;
  ShareCoordinatorOptions options;
  std::set<Uuid> gone;  ///< Topics that do not exist.
  std::unique_ptr<ShareCoordinator> coordinator;
};

ShareWrite change(std::int64_t start, ShareStateBatches batches, std::int32_t leader_epoch = 5,
                  std::int32_t state_epoch = 1) {
  return {.state_epoch = state_epoch,
          .leader_epoch = {leader_epoch},
          .start = {start},
          .delivery_complete_count = 0,
          .batches = std::move(batches)};
}

TEST(ShareCoordinator, KnowsNothingOfAPartitionThatWasNeverInitialised) {
  ShareWorld world;
  EXPECT_EQ(world.read(0).error, ErrorCode::invalid_request);
  EXPECT_EQ(world.write(change(0, {})), ErrorCode::invalid_request);
  const ShareStateAnswer summary = world.loop.run(world.coordinator->summarize(kOrders));
  EXPECT_EQ(summary.error, ErrorCode::none);
  EXPECT_EQ(summary.state.start.value, -1);
  EXPECT_EQ(world.loop.run(world.coordinator->remove(kOrders)), ErrorCode::none);
}

TEST(ShareCoordinator, KeepsWhatIsWrittenAcrossARestart) {
  ShareWorld world;
  ASSERT_EQ(world.initialize(1, 100), ErrorCode::none);
  ASSERT_EQ(world.read(5).state.start.value, 100);
  ASSERT_EQ(world.write(change(100, {{{100}, {109}, kDone, 1}})), ErrorCode::none);
  ASSERT_EQ(world.write(change(110, {{{110}, {119}, kAvailable, 2}})), ErrorCode::none);
  const ShareState before = world.read(5).state;
  EXPECT_THAT(before.batches, ElementsAre(ShareStateBatch{{110}, {119}, kAvailable, 2}));
  world.restart();
  const ShareState after = world.read(5).state;
  EXPECT_EQ(after.batches, before.batches);
  EXPECT_EQ(after.start, before.start);
  EXPECT_EQ(after.state_epoch, 1);
}

TEST(ShareCoordinator, LocksOutLeadersAndGroupsOfThePast) {
  ShareWorld world;
  ASSERT_EQ(world.initialize(2, 0), ErrorCode::none);
  ASSERT_EQ(world.read(7).error, ErrorCode::none);
  EXPECT_EQ(world.read(6).error, ErrorCode::fenced_leader_epoch);
  EXPECT_EQ(world.write(change(0, {}, 6, 2)), ErrorCode::fenced_leader_epoch);
  EXPECT_EQ(world.write(change(0, {}, 7, 1)), ErrorCode::fenced_state_epoch);
  EXPECT_EQ(world.initialize(1, 0), ErrorCode::fenced_state_epoch);
  EXPECT_EQ(world.write(change(0, {}, 7, 2)), ErrorCode::none);
  world.restart();
  EXPECT_EQ(world.read(6).error, ErrorCode::fenced_leader_epoch);
}

TEST(ShareCoordinator, BeginsAfreshWhenInitialisedAgain) {
  ShareWorld world;
  ASSERT_EQ(world.initialize(1, 0), ErrorCode::none);
  ASSERT_EQ(world.write(change(0, {{{0}, {9}, kDone, 1}}, 0)), ErrorCode::none);
  ASSERT_EQ(world.initialize(2, 50), ErrorCode::none);
  const ShareState state = world.read(0).state;
  EXPECT_EQ(state.start.value, 50);
  EXPECT_TRUE(state.batches.empty());
}

TEST(ShareCoordinator, ForgetsWhatIsRemoved) {
  ShareWorld world;
  ASSERT_EQ(world.initialize(1, 0), ErrorCode::none);
  ASSERT_EQ(world.loop.run(world.coordinator->remove(kOrders)), ErrorCode::none);
  EXPECT_EQ(world.read(0).error, ErrorCode::invalid_request);
  world.restart();
  EXPECT_EQ(world.read(0).error, ErrorCode::invalid_request);
}

TEST(ShareCoordinator, RefusesBatchesThatCannotBe) {
  ShareWorld world;
  ASSERT_EQ(world.initialize(1, 0), ErrorCode::none);
  EXPECT_EQ(world.write(change(0, {{{9}, {3}, kDone, 1}}, 0)), ErrorCode::invalid_request);
  EXPECT_EQ(world.write(change(0, {{{-4}, {3}, kDone, 1}}, 0)), ErrorCode::invalid_request);
}

TEST(ShareCoordinator, TellsNobodyWhatIsNotCommitted) {
  ShareWorld world;
  ASSERT_EQ(world.initialize(1, 0), ErrorCode::none);
  world.store.fail_next(Errc::storage_offline, false);
  EXPECT_NE(world.write(change(0, {{{0}, {9}, kDone, 1}}, 0)), ErrorCode::none);
  world.loop.advance(std::chrono::seconds(5));
  const ShareStateAnswer read = world.read(0);
  ASSERT_EQ(read.error, ErrorCode::none);
  EXPECT_TRUE(read.state.batches.empty());
}

TEST(ShareCoordinator, IsNotThatOfAnotherBrokersGroups) {
  ShareWorld world;
  world.loop.run(world.coordinator->unload({0}));
  EXPECT_EQ(world.read(0).error, ErrorCode::not_coordinator);
}

/// Whatever is done, a coordinator that replays the log, cut at its front as far as it may be, knows the same.
TEST(ShareCoordinator, RemembersWhatItsLogNeedsToHoldOnly) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    ShareWorld world(seed);
    sim::Random& random = world.loop.seeded();
    std::vector<SharePartitionKey> keys;
    for (int i = 0; i < 4; ++i) keys.push_back({"g", {.bytes = {std::byte{1}}}, {i}});
    std::map<SharePartitionKey, std::int64_t> starts;
    std::map<SharePartitionKey, std::map<std::int64_t, std::int8_t>> done;
    for (int step = 0; step < 200; ++step) {
      const SharePartitionKey& key = keys[random.below(keys.size())];
      if (!starts.contains(key)) {
        ASSERT_EQ(world.loop.run(world.coordinator->initialize(key, 1, {0})), ErrorCode::none);
        starts[key] = 0;
        continue;
      }
      switch (random.below(8)) {
        case 0: world.restart(); break;
        case 1: world.loop.advance(std::chrono::minutes(4)); break;
        default: {
          std::int64_t& start = starts[key];
          const auto first = start + static_cast<std::int64_t>(random.below(20));
          if (random.one_in(3)) start += static_cast<std::int64_t>(random.below(10));
          ASSERT_EQ(
              world.loop.run(world.coordinator->write(key, change(start, {{{first}, {first + 2}, kDone, 1}}, 0))),
              ErrorCode::none);
          for (std::int64_t offset = first; offset <= first + 2; ++offset) done[key][offset] = kDone;
        }
      }
      if (!starts.contains(key)) continue;
      const ShareStateAnswer read = world.loop.run(world.coordinator->read(key, {0}));
      ASSERT_EQ(read.error, ErrorCode::none);
      ASSERT_EQ(read.state.start.value, starts[key]);
      std::map<std::int64_t, std::int8_t> found;
      for (const ShareStateBatch& batch : read.state.batches)
        for (std::int64_t offset = batch.first.value; offset <= batch.last.value; ++offset)
          found[offset] = batch.delivery_state;
      auto expected = done[key];
      expected.erase(expected.begin(), expected.lower_bound(starts[key]));
      ASSERT_EQ(found, expected);
    }
    EXPECT_LT(world.store.batch_sizes().size(), 200U);
  }
}

TEST(ShareCoordinator, ForgetsDeletedTopics) {
  ShareWorld world;
  const SharePartitionKey other{"workers", {.bytes = {std::byte{2}}}, {0}};
  ASSERT_EQ(world.initialize(1, 5), ErrorCode::none);
  ASSERT_EQ(world.loop.run(world.coordinator->initialize(other, 1, {7})), ErrorCode::none);
  world.coordinator->forget_topics({kOrders.topic_id});
  EXPECT_EQ(world.read(0).error, ErrorCode::invalid_request);
  world.loop.run_until_idle();
  world.restart();
  EXPECT_EQ(world.read(0).error, ErrorCode::invalid_request) << "for good";
  EXPECT_EQ(world.loop.run(world.coordinator->read(other, {0})).state.start.value, 7);
}

// A topic that was deleted while nobody could write that down.
TEST(ShareCoordinator, ForgetsInTimeWhatIsLeftOfDeletedTopics) {
  ShareWorld world;
  ASSERT_EQ(world.initialize(1, 5), ErrorCode::none);
  world.gone.insert(kOrders.topic_id);
  world.restart();
  EXPECT_EQ(world.read(0).error, ErrorCode::none);
  world.loop.advance(world.options.prune_interval + std::chrono::seconds(1));
  EXPECT_EQ(world.read(0).error, ErrorCode::invalid_request);
}

TEST(ShareCoordinator, GathersAndCompressesWhatItWrites) {
  ShareWorld world;
  world.options.append_linger = std::chrono::milliseconds(10);
  world.options.compression = {.codec = Codec::zstd};
  world.restart();
  ASSERT_EQ(world.initialize(1, 5), ErrorCode::none);
  const std::size_t before = world.store.append_count();
  const ShareWrite first = change(5, {{{5}, {5}, kDone, 1}}, 0), second = change(5, {{{6}, {6}, kDone, 1}}, 0);
  std::vector<Task<ErrorCode>> writes;
  for (const ShareWrite* one : {&first, &second}) writes.push_back(world.coordinator->write(kOrders, *one));
  const std::vector<ErrorCode> written = world.loop.run(when_all(std::move(writes)));
  EXPECT_THAT(written, ElementsAre(ErrorCode::none, ErrorCode::none));
  EXPECT_EQ(world.store.append_count(), before + 1);
  world.restart();
  EXPECT_EQ(world.read(0).state.start.value, 5);
}

TEST(ShareCoordinator, LetsGoOfALogThatItNeedsNoMore) {
  ShareWorld world;
  const SharePartitionKey idle{"workers", {.bytes = {std::byte{2}}}, {0}};
  ASSERT_EQ(world.loop.run(world.coordinator->initialize(idle, 1, {7})), ErrorCode::none);
  ASSERT_EQ(world.initialize(1, 0), ErrorCode::none);
  for (std::int64_t i = 0; i < 100; ++i) {
    ASSERT_EQ(world.write(change(i, {{{i}, {i}, kDone, 1}}, 0)), ErrorCode::none);
    world.loop.advance(std::chrono::seconds(30));
  }
  // Twice the interval of the snapshots of what is idle, at two writes a minute.
  EXPECT_LT(world.store.end() - world.store.start(), 30);
  world.restart();
  EXPECT_EQ(world.loop.run(world.coordinator->read(idle, {0})).state.start.value, 7);
  EXPECT_EQ(world.read(0).state.start.value, 99);
}

}  // namespace
}  // namespace sluice::test
