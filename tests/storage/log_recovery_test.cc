#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "storage/log_fixture.h"
#include "storage/partition_metadata.h"

namespace sluice::test {
namespace {

struct BatchEnd {
  std::int64_t offset = 0;
  std::size_t position = 0;
};

/// Where the batches of the log end that lie wholly within its first `cut` bytes.
BatchEnd last_whole(const std::vector<BatchEnd>& written, std::size_t cut) {
  BatchEnd last;
  for (const BatchEnd& end : written) {
    if (end.position <= cut) last = end;
  }
  return last;
}

// Wherever the crash fell, reopening keeps each whole batch and no byte of the torn one. Not random: the file is
// cut at every length it can have, with its indexes as they were, without them, and with the log claimed to be
// clean.
TEST(LogRecovery, KeepsExactlyTheWholeBatchesBeforeATornTail) {
  LogWorld world;
  world.config.index_interval_bytes = 100;
  world.open();
  std::vector<BatchEnd> written;
  for (const int records : {3, 1, 4, 2}) {
    const auto appended = world.append({.records = records});
    ASSERT_TRUE(appended);
    written.push_back({appended->end.value, world.disk->contents(world.path(0, ".log")).size()});
  }
  world.close();
  world.recovery_point = {0};

  const std::size_t size = world.disk->contents(world.path(0, ".log")).size();
  for (std::size_t cut = 0; cut <= size; ++cut) {
    for (const bool clean : {false, true}) {
      SCOPED_TRACE(fmt::format("cut to {} of {} bytes, clean: {}", cut, size, clean));
      LogWorld survivor(cut);
      survivor.config = world.config;
      survivor.disk = world.disk->copy(survivor.loop);
      survivor.disk->cut(survivor.path(0, ".log"), cut);
      survivor.open(clean);
      const BatchEnd expected = last_whole(written, cut);
      EXPECT_EQ(survivor.log->end(), Offset{expected.offset});
      EXPECT_EQ(survivor.disk->contents(survivor.path(0, ".log")).size(), expected.position);
      EXPECT_EQ(survivor.log->recovery().cut_bytes, cut - expected.position);
      ASSERT_TRUE(survivor.append({.records = 2}));
      EXPECT_EQ(survivor.read_all({0}).back(), expected.offset);
    }
  }
}

// A new log costs no sync; the first flush makes all of it durable.
TEST(LogRecovery, ANewLogOutlastsAPowerFailureFromItsFirstFlushOn) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    LogWorld world(seed);
    world.open();
    const Uuid id = Uuid::parse("AAAAAAAAAAAAAAAAAAAAAQ").value();
    ASSERT_TRUE(world.loop.run(partition_metadata::write_with(*world.log, *world.disk, id)));
    ASSERT_TRUE(world.append({.records = 2}));
    ASSERT_TRUE(world.loop.run(world.log->flush()));
    world.crash();
    EXPECT_EQ(world.disk->contents("orders-0/partition.metadata"), partition_metadata::format(id));
    world.open();
    EXPECT_EQ(world.log->end(), Offset{2});
  }
}

// The process that made it ended before it flushed, in one way or another; the next one's flush is for all of it.
TEST(LogRecovery, WhatWasMadeBeforeACrashOutlastsAPowerFailureAfterAFlush) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    LogWorld world(seed);
    world.open();
    const bool killed = seed % 2 == 0;
    if (killed)
      world.abandon();
    else
      world.close();
    world.open(!killed);
    ASSERT_TRUE(world.append({.records = 2}));
    ASSERT_TRUE(world.loop.run(world.log->flush()));
    world.crash();
    world.open();
    EXPECT_EQ(world.log->end(), Offset{2}) << "seed " << seed;
  }
}

// Somebody cuts the file of a log that was closed: what its indexes know of the rest must not meet what comes
// next.
TEST(LogRecovery, ForgetsWhatIndexesKnowOfAFileThatWasCut) {
  for (const std::int32_t interval : {1, 4096}) {
    LogWorld world;
    world.config.index_interval_bytes = interval;
    world.open();
    std::vector<std::size_t> sizes;
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(world.append({.records = 2, .timestamp = 1'000 + 10 * i}));
      sizes.push_back(world.disk->contents(world.path(0, ".log")).size());
    }
    world.close();
    for (std::size_t left = 0; left < sizes.size(); ++left) {
      SCOPED_TRACE(fmt::format("interval {}, {} batches left", interval, left + 1));
      LogWorld cut(left);
      cut.config = world.config;
      cut.disk = world.disk->copy(cut.loop);
      cut.disk->cut(cut.path(0, ".log"), sizes[left]);
      cut.recovery_point = world.recovery_point;
      cut.open(true);
      const Offset end{2 * static_cast<std::int64_t>(left + 1)};
      EXPECT_EQ(cut.log->end(), end);
      ASSERT_TRUE(cut.append({.records = 1, .timestamp = 5'000}));
      cut.reopen();
      const auto found = cut.loop.run(cut.log->offset_for_time(WallTime{std::chrono::milliseconds{5'000}}));
      ASSERT_TRUE(found && *found);
      EXPECT_EQ((*found)->offset, end);
    }
  }
}

TEST(LogRecovery, CutsWhatFailsItsCrcAndAllBehindIt) {
  LogWorld world;
  world.config.segment_bytes = 300;
  world.open();
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(world.append({.records = 2}));
  world.abandon();
  world.disk->flip_bit(world.path(0, ".log"), batch_bytes({.records = 2}).size() + 70);
  world.open();
  EXPECT_EQ(world.log->end(), Offset{2});
  EXPECT_EQ(world.log->recovery().cut_at, Offset{2});
  EXPECT_GT(world.log->recovery().segments_removed, 0);
  EXPECT_FALSE(world.log->recovery().damage.empty());
  EXPECT_EQ(world.log->segment_count(), 1u);
}

TEST(LogRecovery, TrustsWhatLiesBeforeTheRecoveryPoint) {
  LogWorld world;
  world.config.segment_bytes = 300;
  world.open();
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(world.append({.records = 2}));
  ASSERT_TRUE(world.loop.run(world.log->flush()));
  world.crash();
  EXPECT_EQ(world.recovery_point, Offset{24});
  world.open();
  EXPECT_EQ(world.log->end(), Offset{24});
  EXPECT_LE(world.log->recovery().scanned_bytes, 300u) << "only the last segment";
}

TEST(LogRecovery, ReadsNoLogAfterACleanStop) {
  LogWorld world;
  world.config.segment_bytes = 100'000;
  world.open();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(world.append({.records = 2, .value_size = 200}));
  world.close();
  const int reads = world.disk->count(sim::DiskCall::read, ".log");
  world.open(true);
  EXPECT_EQ(world.log->recovery().scanned_bytes, 0u);
  EXPECT_LE(world.disk->count(sim::DiskCall::read, ".log") - reads, 3) << "but for the last few batches";
}

// A power cut may take an unflushed segment and spare the one behind it.
TEST(LogRecovery, KeepsNothingBehindAHole) {
  LogWorld world;
  world.config.segment_bytes = 300;
  world.open();
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(world.append({.records = 2}));
  ASSERT_GE(world.log->segment_count(), 3u);
  world.abandon();
  const std::string first = world.disk->contents(world.path(0, ".log"));
  const std::size_t batch = batch_bytes({.records = 2}).size();
  world.disk->cut(world.path(0, ".log"), first.size() - batch);
  world.open();
  EXPECT_EQ(world.log->end(), Offset{static_cast<std::int64_t>(first.size() / batch - 1) * 2});
  EXPECT_EQ(world.log->segment_count(), 1u);
  EXPECT_EQ(world.log->recovery().cut_at, world.log->end());
}

// What a recovery has cut off must not come back: a flush has nothing to do with a file that ends at the recovery
// point, and the next recovery does not look before that.
TEST(LogRecovery, CutsForGood) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    LogWorld world(seed);
    world.open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.append({.records = 1}));
    ASSERT_TRUE(world.loop.run(world.log->flush()));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.append({.records = 1, .value_size = 5'000}));
    world.crash();
    world.open();
    ASSERT_TRUE(world.loop.run(world.log->roll()));
    ASSERT_TRUE(world.append({.records = 1}));
    ASSERT_TRUE(world.loop.run(world.log->flush()));
    const Offset end = world.log->end();
    world.crash();
    world.open();
    EXPECT_EQ(world.log->end(), end);
    const std::vector<std::int64_t> bases = world.read_all(Offset{0});
    ASSERT_FALSE(bases.empty());
    EXPECT_EQ(bases.back() + 1, end.value);
    EXPECT_EQ(std::ssize(bases), end.value);
  }
}

// What was flushed survives every crash, and what survives is what was written, in order.
TEST(LogRecovery, KeepsWhatWasFlushedThroughCrashes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    LogWorld world(seed);
    world.config.segment_bytes = 700;
    world.config.index_interval_bytes = 64;
    world.open();
    std::vector<std::int64_t> sizes;  // The value size of the batch at each offset.
    std::int64_t flushed = 0;
    for (int round = 0; round < 4; ++round) {
      const auto appends = world.loop.seeded().below(12);
      for (std::uint64_t i = 0; i < appends; ++i) {
        const auto size = world.loop.seeded().below(200);
        ASSERT_TRUE(world.append({.value_size = size}));
        sizes.push_back(static_cast<std::int64_t>(size));
        if (world.loop.seeded().one_in(6)) {
          ASSERT_TRUE(world.loop.run(world.log->flush()));
          flushed = world.log->end().value;
        }
      }
      flushed = std::max(flushed, world.log->recovery_point().value);
      world.crash();
      const auto opened = world.try_open(false);
      ASSERT_TRUE(opened) << opened.error().what;
      ASSERT_GE(world.log->end().value, flushed);
      ASSERT_LE(world.log->end().value, static_cast<std::int64_t>(sizes.size()));
      sizes.resize(static_cast<std::size_t>(world.log->end().value));
      const auto bases = world.read_all(world.log->start());
      ASSERT_EQ(bases.size(), sizes.size());
      for (std::size_t i = 0; i < bases.size(); ++i) {
        ASSERT_EQ(bases[i], static_cast<std::int64_t>(i));
        const auto slice = world.read_slice({bases[i]}, 1);
        ASSERT_EQ(slice->size, batch_bytes({.value_size = static_cast<std::size_t>(sizes[i])}).size());
      }
    }
  }
}

// Opening twice changes nothing that opening once did not.
TEST(LogRecovery, IsTheSameTheSecondTime) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    LogWorld world(seed);
    world.config.segment_bytes = 700;
    world.open();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(world.append({.producer_id = 1, .producer_epoch = 0, .sequence = i}));
    world.crash();
    world.open();
    const Offset end = world.log->end();
    const auto producers = world.log->producers().sorted();
    world.abandon();
    world.open();
    EXPECT_EQ(world.log->end(), end);
    EXPECT_EQ(world.log->producers().sorted(), producers);
    EXPECT_EQ(world.log->recovery().cut_bytes, 0u);
  }
}

}  // namespace
}  // namespace sluice::test
