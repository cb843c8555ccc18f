// Disks that fail, and files that are not what they were. What was acknowledged stays; what is damaged is said,
// cut or mended, and never served.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>

#include "storage/compaction.h"
#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

/// A log with everything that changes files, and what its clients know of it.
struct FaultWorld : LogWorld {
  explicit FaultWorld(std::uint64_t seed) : LogWorld(seed) {
    config.segment_bytes = 700;
    config.index_interval_bytes = 100;
    config.file_delete_delay = 5ms;
    config.retention_bytes = 3000;
    config.preallocate = loop.seeded().one_in(4);
  }

  void do_something() {
    switch (loop.seeded().below(10)) {
      case 0: (void)loop.run(log->roll()); break;
      case 1: (void)loop.run(log->flush()); break;
      case 2: (void)loop.run(log->delete_old_segments(log->end())); break;
      case 3: loop.advance(10ms); break;
      case 4: (void)loop.run(log->maintain()); break;
      default: append_one(); break;
    }
    synced = std::max(synced, log->recovery_point());
  }
  void append_one() {
    const Offset end = log->end();
    const std::size_t size = 10 + loop.seeded().below(120);
    const auto appended = append({.value_size = size});
    if (!appended) return;
    EXPECT_EQ(appended->base, end);
    acknowledged[appended->base] = size;
  }
  /// Each record that is acknowledged and not deleted lies at its offset, as long as it was.
  void expect_all(Offset end) {
    for (const auto& [offset, size] : acknowledged) {
      if (offset < log->start() || offset >= end) continue;
      const auto slice = read_slice(offset, 1);
      ASSERT_TRUE(slice) << slice.error().what;
      ASSERT_EQ(slice->base, offset);
      const auto bytes = loop.run(slice->read());
      ASSERT_TRUE(bytes) << bytes.error().what;
      const auto batch = ConstBatchView::parse(bytes->bytes());
      ASSERT_TRUE(batch) << batch.error().what;
      EXPECT_EQ(batch->size(), batch_bytes({.value_size = size}).size());
    }
  }

  std::map<Offset, std::size_t> acknowledged;
  Offset synced{0};
};

// One call fails at some point of a log's life. Whatever it was, no acknowledged record is lost: not while the log
// goes on, not when its process is killed; and of what was synced nothing when the power fails.
TEST(LogFaults, AFailedCallLosesNothing) {
  using enum sim::DiskCall;
  int failed = 0, went_on = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    FaultWorld world(seed);
    auto& random = world.loop.seeded();
    world.open();
    for (int i = 0; i < 20; ++i) world.do_something();
    const sim::DiskCall calls[] = {write, sync,     rename,         remove, truncate,
                                   open,  allocate, sync_directory, read,   list};
    const sim::DiskCall call = calls[random.below(std::size(calls))];
    const bool full = random.one_in(2);
    world.disk->inject({.call = call,
                        .path_contains = "orders",
                        .error_number = full ? ENOSPC : EIO,
                        .skip = static_cast<int>(random.below(8)),
                        .times = 1 + static_cast<int>(random.below(2))});
    for (int i = 0; i < 30; ++i) world.do_something();
    world.disk->heal();
    (world.log->offline() ? failed : went_on) += 1;
    if (!world.log->offline()) world.expect_all(world.log->end());
    // The pages that a failed sync has lost are lost to everybody: such a machine is started anew.
    const bool power = call == sync || random.one_in(2);
    const Offset end = power ? world.synced : Offset{std::numeric_limits<std::int64_t>::max()};
    world.start = world.log->start();
    world.recovery_point = world.log->recovery_point();
    if (power) world.disk->lose_power();
    world.abandon();
    if (power) world.disk->restore_power();
    const auto opened = world.try_open(false);
    ASSERT_TRUE(opened) << opened.error().what;
    if (!world.acknowledged.empty() && !power) {
      EXPECT_GT(world.log->end(), world.acknowledged.rbegin()->first);
    }
    world.expect_all(std::min(end, world.log->end()));
    EXPECT_GE(world.log->end(), std::min(end, world.log->end()));
    const auto appended = world.append({});
    EXPECT_TRUE(appended) << "and it goes on: " << appended.error().what;
  }
  EXPECT_GT(failed, 100);
  EXPECT_GT(went_on, 100);
}

// A process that may open no more files for a while refuses what needs one, and goes on afterwards as if nothing
// had been: whatever it is doing, none of its logs is taken for broken.
TEST(LogFaults, GoesOnOnceItMayOpenFilesAgain) {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    FaultWorld world(seed);
    auto& random = world.loop.seeded();
    world.open_files = std::make_shared<OpenFiles>(3);  // So that it opens and closes all the time.
    world.open();
    for (int i = 0; i < 20; ++i) world.do_something();
    world.disk->inject({.call = sim::DiskCall::open,
                        .path_contains = ".",  // Segments' files: directories are not opened by their names.
                        .error_number = random.one_in(2) ? EMFILE : ENFILE,
                        .skip = static_cast<int>(random.below(4)),
                        .times = 1 + static_cast<int>(random.below(4))});
    for (int i = 0; i < 30; ++i) {
      const std::size_t before = world.acknowledged.size();
      const Offset end = world.log->end();
      world.do_something();
      if (world.acknowledged.size() == before) ++refused;
      ASSERT_FALSE(world.log->offline()) << "after " << i << " steps";
      ASSERT_GE(world.log->end(), end);
    }
    world.disk->heal();
    world.expect_all(world.log->end());
    EXPECT_TRUE(world.append({}));
    world.close();
    world.open(true);
    world.expect_all(world.log->end());
  }
  EXPECT_GT(refused, 0);
}

struct LogFaultsTest : testing::Test, LogWorld {
  /// Three closed segments with indexes.
  void write_some() {
    config.segment_bytes = 1500;
    config.index_interval_bytes = 150;
    open();
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(append({.timestamp = 1'000'000 + i}));
    ASSERT_GE(log->segment_count(), 3u);
    close();
  }
  void expect_all() {
    for (std::int64_t offset = 0; offset < 40; ++offset) {
      const auto slice = read_slice({offset}, 1);
      ASSERT_TRUE(slice) << slice.error().what;
      ASSERT_EQ(slice->base, Offset{offset});
      const auto at = loop.run(log->offset_for_time(WallTime{std::chrono::milliseconds(1'000'000 + offset)}));
      ASSERT_TRUE(at) << at.error().what;
      ASSERT_TRUE(*at);
      EXPECT_EQ((*at)->offset, Offset{offset});
    }
  }
};

// One index was loaded and the other could not be: the segment is not ready yet.
TEST_F(LogFaultsTest, GoesOnOnceBothIndexesCanBeLoaded) {
  write_some();
  config.segment_bytes = 1 << 20;               // It goes on with the last segment,
  open_files = std::make_shared<OpenFiles>(1);  // of which nothing stays open.
  open(true);
  ASSERT_TRUE(read_slice({0}));
  disk->inject({.call = sim::DiskCall::open, .path_contains = ".timeindex", .error_number = EMFILE, .times = 1});
  EXPECT_FALSE(append({}));
  ASSERT_FALSE(log->offline());
  const Offset end = log->end();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(append({.value_size = 200}));
  EXPECT_EQ(log->end(), end + 20);
}

// Every bit of an offset index, one after the other: what it says is checked against the log.
TEST_F(LogFaultsTest, AnOffsetIndexWithAFlippedBitLeadsNobodyAstray) {
  write_some();
  const std::string index = disk->contents(path(0, ".index"));
  ASSERT_GE(index.size(), 3 * OffsetIndex::kEntrySize);
  for (std::size_t byte = 0; byte < index.size(); ++byte) {
    for (unsigned bit = 0; bit < 8; bit += 3) {
      SCOPED_TRACE(fmt::format("byte {}, bit {}", byte, bit));
      disk->set_contents(path(0, ".index"), index);
      disk->flip_bit(path(0, ".index"), byte, bit);
      open(true);
      for (std::int64_t offset = 0; offset < 15; ++offset) {
        const auto slice = read_slice({offset}, 1);
        ASSERT_TRUE(slice) << slice.error().what;
        EXPECT_EQ(slice->base, Offset{offset});
      }
      abandon();
    }
  }
}

TEST_F(LogFaultsTest, LostIndexesAreMadeAnew) {
  write_some();
  for (const std::string& file : disk->files(kDirectory))
    if (file.ends_with("index")) disk->erase(std::string(kDirectory) + "/" + file);
  open(true);
  expect_all();
}

// Of an older state of the segment: too short, and right as far as they go.
TEST_F(LogFaultsTest, StaleIndexesAreNoHarm) {
  config.segment_bytes = 100'000;
  config.index_interval_bytes = 150;
  open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append({.timestamp = 1'000'000 + i}));
  close();
  const std::string index = disk->contents(path(0, ".index")), times = disk->contents(path(0, ".timeindex"));
  open(true);
  for (int i = 20; i < 40; ++i) ASSERT_TRUE(append({.timestamp = 1'000'000 + i}));
  close();
  disk->set_contents(path(0, ".index"), index);
  disk->set_contents(path(0, ".timeindex"), times);
  open(true);
  EXPECT_EQ(log->end(), Offset{40});
  expect_all();
}

TEST_F(LogFaultsTest, IndexesOfAWrongLengthAreMadeAnew) {
  write_some();
  for (const char* kind : {".index", ".timeindex"}) {
    const std::string whole = disk->contents(path(0, kind));
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
      SCOPED_TRACE(fmt::format("{} of {} bytes", kind, size));
      disk->set_contents(path(0, kind), whole.substr(0, size));
      open(true);
      expect_all();
      abandon();
    }
    disk->set_contents(path(0, kind), whole);
  }
}

// As Kafka reserves room for the indexes of an active segment.
TEST_F(LogFaultsTest, ZerosBehindAnIndexAreNoEntries) {
  config.index_interval_bytes = 150;
  open();
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(append({.timestamp = 1'000'000 + i}));
  close();
  for (const char* kind : {".index", ".timeindex"})
    disk->set_contents(path(0, kind), disk->contents(path(0, kind)) + std::string(240, '\0'));
  open(true);
  EXPECT_EQ(log->end(), Offset{40});
  expect_all();
  ASSERT_TRUE(append({}));
}

// Without checkpoints all of the log is looked at, and all of it is found.
TEST_F(LogFaultsTest, NeedsNoCheckpoints) {
  write_some();
  start = recovery_point = {0};
  for (const std::string& file : disk->files(kDirectory))
    if (file.ends_with(".snapshot") || file == "leader-epoch-checkpoint")
      disk->erase(std::string(kDirectory) + "/" + file);
  open(false);
  EXPECT_EQ(log->recovery().cut_bytes, 0u);
  EXPECT_GT(log->recovery().scanned_bytes, 0u);
  expect_all();
  EXPECT_TRUE(log->epochs().latest());
}

// A batch that claims to be longer or shorter than it is, in the part that recovery looks at.
TEST_F(LogFaultsTest, AWrongLengthEndsTheLogThere) {
  config.index_interval_bytes = 150;
  const std::string one = batch_bytes({});
  for (const std::uint32_t length :
       {0u, 1u, 48u, static_cast<std::uint32_t>(one.size() - 13), static_cast<std::uint32_t>(one.size()),
        0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    SCOPED_TRACE(fmt::format("length {}", length));
    disk = std::make_unique<sim::SimDisk>(loop);
    start = recovery_point = {0};
    open();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(append({}));
    abandon();
    std::string bytes = disk->contents(path(0, ".log"));
    store<std::uint32_t>(std::as_writable_bytes(std::span(bytes)), 5 * one.size() + batch_field::kLength, length);
    disk->set_contents(path(0, ".log"), bytes);
    open(false);
    EXPECT_EQ(log->end(), Offset{5});
    EXPECT_EQ(log->recovery().cut_at, Offset{5});
    EXPECT_FALSE(log->recovery().damage.empty());
    EXPECT_EQ(read_all({0}).size(), 5u);
    abandon();
  }
}

}  // namespace
}  // namespace sluice::test
