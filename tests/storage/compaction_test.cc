#include "storage/compaction.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>

#include "record/record_reader.h"
#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct Kept {
  std::int64_t offset = 0;
  std::string key;
  std::optional<std::string> value{};
  friend bool operator==(const Kept&, const Kept&) = default;
};

/// A compacted log. `Keyed` writes records as a producer of tables would.
struct CompactionWorld : LogWorld {
  explicit CompactionWorld(std::uint64_t seed = 1) : LogWorld(seed) {
    config.cleanup_compact = true;
    config.cleanup_delete = false;
    config.segment_bytes = 1000;
    config.index_interval_bytes = 100;
    config.file_delete_delay = 1s;
  }

  Result<Appended> put(const std::string& key, std::size_t value_size, std::int64_t producer = -1,
                       std::int32_t sequence = -1, bool transactional = false) {
    return append({.timestamp = loop.wall_now().time_since_epoch().count(),
                   .producer_id = producer,
                   .producer_epoch = static_cast<std::int16_t>(producer < 0 ? -1 : 0),
                   .sequence = sequence,
                   .transactional = transactional,
                   .value_size = value_size,
                   .key = key});
  }
  Result<Appended> remove(const std::string& key) {
    return append({.timestamp = loop.wall_now().time_since_epoch().count(), .key = key, .null_value = true});
  }
  Result<Appended> end(std::int64_t producer, bool commit) {
    return append({.timestamp = loop.wall_now().time_since_epoch().count(),
                   .producer_id = producer,
                   .producer_epoch = 0,
                   .control = commit ? 1 : 0},
                  0, AppendOrigin::coordinator);
  }
  /// Seals what was written, and cleans all of it.
  Result<Compacted> compact(std::size_t key_bytes_max = 1 << 20) {
    if (const auto rolled = loop.run(log->roll()); !rolled) return fail(rolled.error());
    if (const auto flushed = loop.run(log->flush()); !flushed) return fail(flushed.error());
    Compaction compaction(tasks, *disk, {.key_bytes_max = key_bytes_max});
    const auto dirt = loop.run(compaction.measure(*log, log->last_stable_offset(log->end())));
    if (!dirt) return fail(dirt.error());
    return loop.run(compaction.run(*log, *dirt));
  }
  /// Every data record of the log.
  std::vector<Kept> records() {
    std::vector<Kept> kept;
    Decompressor decompressor;
    for (Offset from = log->start(); from < log->end();) {
      const auto slice = read_slice(from);
      EXPECT_TRUE(slice) << slice.error().what;
      if (!slice || slice->empty()) break;
      const auto bytes = loop.run(slice->read());
      ConstBatchWalk walk(bytes->bytes());
      for (auto batch = walk.next(); batch && *batch; batch = walk.next()) {
        from = (*batch)->next_offset();
        if ((*batch)->is_control()) continue;
        RecordReader reader(**batch, decompressor);
        for (auto record = reader.next(); record; record = reader.next()) {
          EXPECT_TRUE(*record) << record->error().what;
          const RecordView& view = **record;
          Kept one{.offset = view.offset.value, .key = std::string(as_text(*view.key))};
          if (view.value) one.value = std::string(as_text(*view.value));
          kept.push_back(std::move(one));
        }
      }
    }
    return kept;
  }
  std::vector<std::pair<std::int64_t, std::string>> keys() {
    std::vector<std::pair<std::int64_t, std::string>> found;
    for (const Kept& record : records()) found.emplace_back(record.offset, record.key);
    return found;
  }
  TaskGroup tasks{loop};
};

using Keys = std::vector<std::pair<std::int64_t, std::string>>;
struct CompactionTest : testing::Test, CompactionWorld {};

TEST_F(CompactionTest, KeepsTheLastRecordOfEachKeyAtItsOffset) {
  open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(put(i % 2 == 0 ? "even" : "odd", 50));
  ASSERT_TRUE(put("once", 50));
  const auto compacted = compact();
  ASSERT_TRUE(compacted) << compacted.error().what;
  EXPECT_EQ(compacted->cleaned_to, Offset{31});
  EXPECT_LT(compacted->bytes_after, compacted->bytes_before);
  EXPECT_EQ(keys(), (Keys{{28, "even"}, {29, "odd"}, {30, "once"}}));
  EXPECT_EQ(log->end(), Offset{31});
  EXPECT_EQ(read_slice({3})->base, Offset{28});
  reopen();
  EXPECT_EQ(keys(), (Keys{{28, "even"}, {29, "odd"}, {30, "once"}}));
}

TEST_F(CompactionTest, MergesSegmentsThatHaveBecomeSmall) {
  open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(put("a", 50));
  ASSERT_TRUE(compact());
  ASSERT_GE(log->segment_count(), 4u);
  ASSERT_TRUE(put("b", 50));
  ASSERT_TRUE(compact());
  EXPECT_EQ(log->segment_count(), 2u) << "a clean one and the active one";
  EXPECT_EQ(keys(), (Keys{{29, "a"}, {30, "b"}}));
}

TEST_F(CompactionTest, GoesOnWhereItEnded) {
  open();
  for (const char* key : {"a", "b", "a"}) ASSERT_TRUE(put(key, 10));
  ASSERT_TRUE(compact());
  for (const char* key : {"b", "c"}) ASSERT_TRUE(put(key, 10));
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys(), (Keys{{2, "a"}, {3, "b"}, {4, "c"}}));
}

TEST_F(CompactionTest, LeavesTheActiveSegmentAlone) {
  open();
  for (const char* key : {"a", "a", "a"}) ASSERT_TRUE(put(key, 10));
  Compaction compaction(tasks, *disk, {});
  const auto dirt = loop.run(compaction.measure(*log, log->end()));
  EXPECT_EQ(dirt->dirty_bytes, 0u);
  EXPECT_FALSE(Compaction::is_due(*dirt, config));
}

TEST_F(CompactionTest, IsDueByRatioOrByAge) {
  config.compaction_lag_max = 1h;
  config.cleanable_dirty_ratio_min = 0.6;
  open();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(put("a" + std::to_string(i), 100));
  ASSERT_TRUE(compact());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(put("b" + std::to_string(i), 100));
  ASSERT_TRUE(loop.run(log->roll()));
  ASSERT_TRUE(loop.run(log->flush()));
  Compaction compaction(tasks, *disk, {});
  const auto measure = [&] { return *loop.run(compaction.measure(*log, log->end())); };
  EXPECT_NEAR(measure().ratio(), 0.5, 0.01);
  EXPECT_FALSE(Compaction::is_due(measure(), config));
  loop.advance(1h + 1ms);
  EXPECT_TRUE(measure().overdue);
  EXPECT_TRUE(Compaction::is_due(measure(), config));
}

TEST_F(CompactionTest, WaitsForTheLeastLag) {
  config.compaction_lag_min = 1h;
  open();
  for (const char* key : {"a", "a"}) ASSERT_TRUE(put(key, 10));
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys().size(), 2u);
  loop.advance(1h);
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys(), (Keys{{1, "a"}}));
}

// A reader who is at most delete.retention.ms behind must learn of the deletion.
TEST_F(CompactionTest, KeepsTombstonesForAWhile) {
  config.delete_retention_time = 1h;
  open();
  ASSERT_TRUE(put("a", 10));
  ASSERT_TRUE(remove("a"));
  ASSERT_TRUE(compact());
  EXPECT_EQ(records(), (std::vector<Kept>{{1, "a", std::nullopt}}));
  loop.advance(1h - 1ms);
  ASSERT_TRUE(put("x", 10));
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys(), (Keys{{1, "a"}, {2, "x"}}));
  loop.advance(1ms);
  ASSERT_TRUE(put("y", 10));
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys(), (Keys{{2, "x"}, {3, "y"}}));
}

TEST_F(CompactionTest, DropsWhatWasAbortedAndThenItsMarker) {
  config.delete_retention_time = 1h;
  open();
  ASSERT_TRUE(put("a", 10));              // 0
  ASSERT_TRUE(put("a", 10, 1, 0, true));  // 1: aborted, so it supersedes nothing.
  ASSERT_TRUE(put("b", 10, 2, 0, true));  // 2: committed.
  ASSERT_TRUE(end(1, false));             // 3
  ASSERT_TRUE(end(2, true));              // 4
  ASSERT_TRUE(put("c", 10, 1, 1));        // 5: so that the aborted batch is not its producer's last
  ASSERT_TRUE(put("c", 10, 2, 1));        // 6
  log->high_watermark_moved(log->end());
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys(), (Keys{{0, "a"}, {2, "b"}, {6, "c"}}));
  EXPECT_EQ(read_all({0}), (std::vector<std::int64_t>{0, 2, 3, 4, 5, 6}))
      << "markers stay for now, and so does the header of a producer's last batch";
  ASSERT_TRUE(put("d", 10));
  ASSERT_TRUE(compact());
  loop.advance(1h + 1ms);
  ASSERT_TRUE(put("e", 10));
  ASSERT_TRUE(compact());
  EXPECT_EQ(read_all({0}), (std::vector<std::int64_t>{0, 2, 4, 5, 6, 7, 8})) << "the commit still has its records";
}

// Otherwise a restart would forget the producer's sequence numbers and take its repeats for new.
TEST_F(CompactionTest, KeepsTheHeaderOfAProducersLastBatch) {
  open();
  ASSERT_TRUE(put("a", 10, 1, 0));
  ASSERT_TRUE(put("a", 10, 1, 1));
  ASSERT_TRUE(put("a", 10));
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys(), (Keys{{2, "a"}}));
  EXPECT_EQ(read_all({0}), (std::vector<std::int64_t>{1, 2}));
  abandon();
  for (const std::string& file : disk->files(kDirectory)) {
    if (file.ends_with(".snapshot")) disk->erase(std::string(kDirectory) + "/" + file);
  }
  recovery_point = {0};
  open(false);
  EXPECT_TRUE(put("a", 10, 1, 1)->duplicate);
}

TEST_F(CompactionTest, DropsRecordsWithoutKeys) {
  open();
  ASSERT_TRUE(append({.records = 2}));
  ASSERT_TRUE(put("a", 10));
  ASSERT_TRUE(compact());
  EXPECT_EQ(keys(), (Keys{{2, "a"}}));
}

// With room for few keys a run gets less far, and several get through.
TEST_F(CompactionTest, GetsThroughWithLittleMemory) {
  open();
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(put("key" + std::to_string(i % 1500), 1));
  int runs = 0;
  for (; runs < 10 && log->cleaned_to() < Offset{3000}; ++runs) ASSERT_TRUE(compact(1));
  EXPECT_GT(runs, 1);
  const auto left = records();
  ASSERT_EQ(left.size(), 1500u);
  EXPECT_EQ(left.front().offset, 1500);
}

TEST_F(CompactionTest, GivesUpWhenItsSegmentsAreCutOff) {
  open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(put("a", 50));
  ASSERT_TRUE(loop.run(log->roll()));
  ASSERT_TRUE(loop.run(log->flush()));
  Compaction compaction(tasks, *disk, {});
  const auto dirt = loop.run(compaction.measure(*log, log->end()));
  disk->set_latency(1ms);
  struct Run {
    static Task<void> run(Compaction* compaction, Log* log, Dirtiness dirt, bool* ended) {
      (void)co_await compaction->run(*log, dirt);
      *ended = true;
    }
  };
  bool ended = false;
  tasks.start(Run::run(&compaction, log.get(), *dirt, &ended));
  loop.advance(2ms);
  ASSERT_TRUE(loop.run(log->truncate_to({3})));
  loop.advance(1h);
  ASSERT_TRUE(ended);
  EXPECT_EQ(keys(), (Keys{{0, "a"}, {1, "a"}, {2, "a"}}));
  for (const std::string& file : disk->files(kDirectory)) EXPECT_FALSE(file.ends_with(".cleaned")) << file;
}

TEST_F(CompactionTest, LeavesADamagedLogAsItIs) {
  open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put("a", 50));
  ASSERT_TRUE(loop.run(log->roll()));
  disk->flip_bit(path(0, ".log"), 100);
  const auto compacted = compact();
  ASSERT_FALSE(compacted);
  EXPECT_EQ(compacted.error().code, Errc::corrupt);
  EXPECT_FALSE(log->offline());
  for (const std::string& file : disk->files(kDirectory)) EXPECT_FALSE(file.ends_with(".cleaned")) << file;
}

// Whenever the power fails, the log reads as before or as after, and the next start leaves nothing half done.
TEST(CompactionCrash, LeavesTheOldSegmentsOrTheNewOne) {
  int before = 0, after = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    CompactionWorld world(seed);
    world.open();
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(world.put("key" + std::to_string(world.loop.seeded().below(6)), 50));
    ASSERT_TRUE(world.loop.run(world.log->roll()));
    ASSERT_TRUE(world.loop.run(world.log->flush()));
    std::map<std::string, Kept> latest;
    for (const Kept& record : world.records()) latest[record.key] = record;

    world.disk->set_latency(1ms);
    Compaction compaction(world.tasks, *world.disk, {});
    const auto dirt = world.loop.run(compaction.measure(*world.log, world.log->end()));
    struct Run {
      static Task<void> run(Compaction* compaction, Log* log, Dirtiness dirt) {
        (void)co_await compaction->run(*log, dirt);
      }
    };
    TaskGroup runs(world.loop);
    runs.start(Run::run(&compaction, world.log.get(), *dirt));
    world.loop.advance(std::chrono::microseconds(world.loop.seeded().below(80'000)));
    world.start = world.log->start();
    world.recovery_point = world.log->recovery_point();
    world.disk->lose_power();
    world.loop.run(runs.close());
    world.abandon();
    world.disk->restore_power();
    world.disk->set_latency(0ns);

    const auto opened = world.try_open(false);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ(world.log->end(), Offset{40});
    std::map<std::string, Kept> found;
    std::int64_t previous = -1;
    const auto records = world.records();
    for (const Kept& record : records) {
      EXPECT_GT(record.offset, previous);
      previous = record.offset;
      found[record.key] = record;
    }
    EXPECT_EQ(found, latest);
    (records.size() == 40 ? before : after) += 1;
    for (const std::string& file : world.disk->files(CompactionWorld::kDirectory)) {
      EXPECT_FALSE(file.ends_with(".cleaned") || file.ends_with(".swap")) << file;
    }
    ASSERT_TRUE(world.compact()) << "and it can be done again";
  }
  EXPECT_GT(before, 0);
  EXPECT_GT(after, 0);
}

TEST(KeyOffsets, KeepsTheLastOffsetOfEachKeyUntilItIsFull) {
  KeyOffsets keys(2048 * KeyOffsets::kBytesPerKey, 0.75, {1, 2});
  keys.start(1'000'000);
  int count = 0;
  while (keys.put(as_bytes("key" + std::to_string(count)), {count})) ++count;
  EXPECT_EQ(count, 1536) << "three quarters of the slots";
  EXPECT_TRUE(keys.put(as_bytes("key5"), {9999})) << "a known key needs no room";
  EXPECT_EQ(keys.find(as_bytes("key5")), Offset{9999});
  EXPECT_EQ(keys.find(as_bytes("key6")), Offset{6});
  EXPECT_EQ(keys.find(as_bytes("other")), std::nullopt);
  keys.clear();
  EXPECT_EQ(keys.find(as_bytes("key5")), std::nullopt);
}

// The first test vectors that SipHash's authors give for 128 bits: key 00 01 … 0f, message 00 01 … of growing
// length.
TEST(KeyHash, IsSipHash) {
  const detail::HashSecret secret{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const std::string message{0, 1, 2, 3, 4, 5, 6, 7, 8};
  const auto hash = [&](std::size_t size) { return detail::hash_key(as_bytes(message).first(size), secret); };
  EXPECT_EQ(hash(0), (detail::KeyHash{0xe6a825ba047f81a3, 0x930255c71472f66d}));
  EXPECT_EQ(hash(1), (detail::KeyHash{0x44af996bd8c187da, 0x45fc229b11597634}));
}

}  // namespace
}  // namespace sluice::test
