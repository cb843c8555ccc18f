#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "replica/partition.h"
#include "simulation/sim_disk.h"
#include "simulation/sim_loop.h"
#include "storage/batches.h"

namespace sluice::test {
namespace {

using ::testing::ElementsAre;

/// A partition in "a/orders-0", to be moved to "b/orders-0".
class MoveWorld {
 public:
  explicit MoveWorld(std::uint64_t seed = 1) : loop(seed), disk(loop) {
    settings.log.segment_bytes = 1 << 16;
    for (const char* directory : {"a", "b"}) disk.set_contents(std::string(directory) + "/meta.properties", "");
    partition = std::make_shared<Partition>(loop, LogName{"orders", {0}}, Uuid{}, open("a/orders-0"),
                                            LeaderEpoch{0}, std::make_shared<PartitionSettings>(settings));
  }
  ~MoveWorld() {
    if (!partition->closed()) EXPECT_TRUE(loop.run(partition->close()));
  }

  std::unique_ptr<Log> open(std::string directory, bool clean = false) {
    LogOpening opening{.directory = std::move(directory), .config = settings.log};
    opening.clean = clean;
    return loop.run(Log::open(loop, disk, std::move(opening))).value();
  }
  LogMove move(std::int64_t bytes_per_second = std::numeric_limits<std::int64_t>::max()) {
    return {.future = open("b/orders-0.0f-future"),
            .path = "b/orders-0",
            .renamed = "a/orders-0.0d-delete",
            .bytes_per_second = bytes_per_second};
  }
  Result<Appended> append(int records = 1) {
    OwnedBatch batch({.records = records, .value_size = 100});
    return loop.run(partition->append(batch.view(), AppendOrigin::client));
  }
  /// The offsets of all batches, as a reader meets them.
  std::vector<std::int64_t> bases() {
    std::vector<std::int64_t> found;
    Offset from = partition->log().start();
    while (from < partition->high_watermark()) {
      const PartitionReadResult read =
          loop.run(partition->read({.from = from, .bytes_max = 1 << 20, .at_least_one_batch = true}));
      EXPECT_FALSE(read.error) << read.error->what;
      if (read.error || read.slice.empty()) break;
      const Buffer bytes = loop.run(read.slice.read()).value();
      ConstBatchWalk walk(bytes.bytes());
      for (auto batch = walk.next(); batch && *batch; batch = walk.next()) {
        found.push_back((*batch)->base_offset().value);
        from = (*batch)->next_offset();
      }
    }
    return found;
  }

  sim::SimLoop loop;
  sim::SimDisk disk;
  PartitionSettings settings;
  std::shared_ptr<Partition> partition;
};

TEST(PartitionMove, GoesOnInTheOtherDirectoryWithAllThatItHad) {
  MoveWorld world;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(world.append(2));
  const std::vector<std::int64_t> before = world.bases();
  const auto left = world.loop.run(world.partition->move_log(world.move()));
  ASSERT_TRUE(left) << left.error().what;
  EXPECT_EQ(*left, "a/orders-0.0d-delete");
  EXPECT_EQ(world.partition->log().directory(), "b/orders-0");
  EXPECT_EQ(world.partition->future_log(), nullptr);
  EXPECT_EQ(world.bases(), before);
  const auto appended = world.append();
  ASSERT_TRUE(appended) << appended.error().what;
  EXPECT_EQ(appended->base.value, 100);
  EXPECT_EQ(world.partition->high_watermark().value, 101);
}

TEST(PartitionMove, BeginsWhereRecordsWereDeleted) {
  MoveWorld world;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(world.append(10));
  ASSERT_TRUE(world.loop.run(world.partition->delete_records(Offset{25})));
  ASSERT_TRUE(world.loop.run(world.partition->move_log(world.move())));
  EXPECT_EQ(world.partition->log().start().value, 25);
  EXPECT_THAT(world.bases(), ElementsAre(20, 30, 40, 50, 60, 70, 80, 90));
}

TEST(PartitionMove, TakesAnEmptyLog) {
  MoveWorld world;
  ASSERT_TRUE(world.loop.run(world.partition->move_log(world.move())));
  EXPECT_EQ(world.partition->log().directory(), "b/orders-0");
  EXPECT_TRUE(world.append());
}

/// What goes on while a partition moves.
struct Writers {
  static Task<void> write(MoveWorld& world, int count, std::vector<std::int64_t>& acknowledged) {
    for (int i = 0; i < count; ++i) {
      OwnedBatch batch({.records = 1, .value_size = 100});
      const auto appended = co_await world.partition->append(batch.view(), AppendOrigin::client);
      if (appended) acknowledged.push_back(appended->base.value);
      EXPECT_TRUE(appended) << appended.error().what;
    }
  }
  static Task<void> move(MoveWorld& world, LogMove move, Result<std::string>& outcome) {
    outcome = co_await world.partition->move_log(std::move(move));
  }
};

TEST(PartitionMove, LosesNothingThatIsWrittenMeanwhile) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    MoveWorld world(seed);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(world.append(100));
    world.disk.set_latency(std::chrono::microseconds(100));
    std::vector<std::int64_t> acknowledged;
    Result<std::string> outcome;
    LogMove move = world.move(100'000);
    TaskGroup tasks(world.loop);
    for (int writer = 0; writer < 3; ++writer) tasks.start(Writers::write(world, 50, acknowledged));
    tasks.start(Writers::move(world, std::move(move), outcome));
    while (tasks.size() > 0) world.loop.advance(std::chrono::milliseconds(10));
    ASSERT_TRUE(outcome) << outcome.error().what;
    EXPECT_EQ(world.partition->log().directory(), "b/orders-0");
    EXPECT_EQ(acknowledged.size(), 150U);
    const std::vector<std::int64_t> bases = world.bases();
    EXPECT_EQ(bases.size(), 170U) << "seed " << seed;
    std::ranges::sort(acknowledged);
    EXPECT_TRUE(std::ranges::includes(bases, acknowledged)) << "seed " << seed;
    EXPECT_EQ(world.partition->high_watermark(), world.partition->log().end());
  }
}

/// A producer that sends each batch without waiting for those before it.
struct Pipeline {
  static Task<void> send(MoveWorld& world, std::int32_t sequence, std::vector<std::int32_t>& refused) {
    OwnedBatch batch(
        {.records = 1, .producer_id = 7, .producer_epoch = 0, .sequence = sequence, .value_size = 100});
    if (!co_await world.partition->append(batch.view(), AppendOrigin::client)) refused.push_back(sequence);
  }
};

TEST(PartitionMove, KeepsTheOrderOfBatchesThatWaitForIt) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    MoveWorld world(seed);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(world.append(100));
    world.disk.set_latency(std::chrono::microseconds(100));
    std::vector<std::int32_t> refused;
    Result<std::string> outcome;
    LogMove move = world.move();
    TaskGroup tasks(world.loop);
    tasks.start(Writers::move(world, std::move(move), outcome));
    std::int32_t sequence = 0;
    // Some come right behind the end of the move, before those who waited for it go on.
    int sent_behind = 0;
    world.loop.watch([&] {
      if (world.partition->future_log() == nullptr && sent_behind++ > 10) return;
      tasks.start(Pipeline::send(world, sequence++, refused));
    });
    while (tasks.size() > 0) world.loop.advance(std::chrono::milliseconds(10));
    ASSERT_TRUE(outcome) << outcome.error().what;
    EXPECT_THAT(refused, ::testing::IsEmpty()) << "seed " << seed;
    EXPECT_EQ(world.partition->log().end().value, 500 + sequence);
    world.loop.watch(nullptr);
  }
}

TEST(PartitionMove, StaysWhereItWasWhenTheOtherDirectoryFails) {
  MoveWorld world;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(world.append(10));
  LogMove move = world.move();
  world.disk.inject({.call = sim::DiskCall::write, .path_contains = "b/", .error_number = EIO});
  const auto left = world.loop.run(world.partition->move_log(std::move(move)));
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().code, Errc::storage_offline);
  EXPECT_EQ(world.partition->log().directory(), "a/orders-0");
  EXPECT_EQ(world.bases().size(), 10U);
  EXPECT_TRUE(world.append());
}

TEST(PartitionMove, IsGivenUpWhenAsked) {
  MoveWorld world;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(world.append(100));
  Result<std::string> outcome;
  TaskGroup tasks(world.loop);
  tasks.start(Writers::move(world, world.move(1), outcome));
  world.loop.advance(std::chrono::seconds(1));
  ASSERT_NE(world.partition->future_log(), nullptr);
  world.loop.run(world.partition->end_move());
  EXPECT_EQ(world.partition->future_log(), nullptr);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::closed);
  EXPECT_EQ(world.partition->log().directory(), "a/orders-0");
  world.loop.run(tasks.close());
}

TEST(PartitionMove, IsWholeAfterPowerIsLostBehindIt) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    MoveWorld world(seed);
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(world.append(10));
    ASSERT_TRUE(world.loop.run(world.partition->move_log(world.move())));
    world.disk.crash();
    static_cast<void>(world.loop.run(world.partition->close()));
    const std::unique_ptr<Log> log = world.open("b/orders-0");
    EXPECT_EQ(log->end().value, 300) << "seed " << seed;
    world.loop.run(log->abandon());
  }
}

}  // namespace
}  // namespace sluice::test
