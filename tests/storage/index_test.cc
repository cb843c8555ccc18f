#include <gtest/gtest.h>

#include "simulation/sim_disk.h"
#include "storage/offset_index.h"
#include "storage/time_index.h"
#include "storage/transaction_index.h"

namespace sluice::test {
namespace {

WallTime at(std::int64_t milliseconds) { return WallTime{std::chrono::milliseconds{milliseconds}}; }

struct IndexTest : testing::Test {
  template <class Index>
  void write(Index& index) {
    ASSERT_TRUE(loop.run(index.file().write(disk)));
  }
  std::uint64_t size(const std::string& path) const { return disk.contents(path).size(); }

  sim::SimLoop loop;
  sim::SimDisk disk{loop};
};

// Every offset is looked up, in memory and on disk, with fewer and with more entries than a block has.
TEST_F(IndexTest, FindsEveryOffsetInMemoryAndOnDisk) {
  for (const int count : {0, 1, 2, 255, 256, 257, 1000}) {
    SCOPED_TRACE(count);
    const std::string path = fmt::format("{}.index", count);
    OffsetIndex index(path, {100}, 0);
    index.file().reset();
    for (int i = 0; i < count; ++i) index.append({105 + 10 * i}, static_cast<std::uint32_t>(1 + 50 * i));
    write(index);
    OffsetIndex on_disk(path, {100}, size(path));
    for (std::int64_t target = 99; target < 120 + 10 * count; ++target) {
      const std::int64_t entries = target < 105 ? 0 : std::min<std::int64_t>(count, (target - 105) / 10 + 1);
      const OffsetIndex::Entry expected =
          entries == 0 ? OffsetIndex::Entry{{100}, 0}
                       : OffsetIndex::Entry{{95 + 10 * entries}, static_cast<std::uint32_t>(50 * entries - 49)};
      ASSERT_EQ(*loop.run(index.find(disk, {target})), expected) << target;
      ASSERT_EQ(*loop.run(on_disk.find(disk, {target})), expected) << target;
    }
  }
}

TEST_F(IndexTest, FindsWhatBeginsBehindAPosition) {
  OffsetIndex index("i", {0}, 0);
  index.file().reset();
  for (int i = 1; i <= 3; ++i) index.append({10 * i}, static_cast<std::uint32_t>(100 * i));
  EXPECT_EQ(*loop.run(index.find_beyond(disk, 0)), (OffsetIndex::Entry{{10}, 100}));
  EXPECT_EQ(*loop.run(index.find_beyond(disk, 100)), (OffsetIndex::Entry{{10}, 100}));
  EXPECT_EQ(*loop.run(index.find_beyond(disk, 101)), (OffsetIndex::Entry{{20}, 200}));
  EXPECT_EQ(*loop.run(index.find_beyond(disk, 301)), std::nullopt);
}

TEST_F(IndexTest, DropsTheZerosOfAFileThatWasPreallocated) {
  OffsetIndex index("i", {0}, 0);
  index.file().reset();
  index.append({5}, 70);
  write(index);
  disk.set_contents("i", disk.contents("i") + std::string(800, '\0'));
  OffsetIndex again("i", {0}, size("i"));
  ASSERT_TRUE(loop.run(again.load(disk, 100)));
  EXPECT_EQ(again.file().count(), 1u);
  write(again);
  EXPECT_EQ(size("i"), 8u);
}

TEST_F(IndexTest, NoticesEntriesThatCannotBe) {
  const auto load = [&](std::vector<std::pair<std::int32_t, std::int32_t>> entries, std::uint64_t log_size) {
    std::string bytes(8 * entries.size(), '\0');
    for (std::size_t i = 0; i < entries.size(); ++i) {
      store(std::as_writable_bytes(std::span(bytes)), 8 * i, entries[i].first);
      store(std::as_writable_bytes(std::span(bytes)), 8 * i + 4, entries[i].second);
    }
    disk.set_contents("i", bytes);
    OffsetIndex index("i", {0}, bytes.size());
    return loop.run(index.load(disk, log_size));
  };
  EXPECT_TRUE(load({{5, 10}, {6, 20}}, 21));
  EXPECT_EQ(load({{5, 10}, {6, 20}}, 20).error().code, Errc::corrupt) << "beyond the log";
  EXPECT_EQ(load({{5, 10}, {5, 20}}, 99).error().code, Errc::corrupt);
  EXPECT_EQ(load({{5, 10}, {6, 10}}, 99).error().code, Errc::corrupt);
  EXPECT_EQ(load({{-2, 10}}, 99).error().code, Errc::corrupt);
  EXPECT_EQ(load({{5, -10}}, 99).error().code, Errc::corrupt);
}

TEST_F(IndexTest, KeepsTimesThatGrow) {
  TimeIndex index("t", {100}, 0);
  index.file().reset();
  index.append(at(-1), {100});
  EXPECT_EQ(index.file().count(), 0u) << "no time is no entry";
  index.append(at(10), {105});
  index.append(at(10), {110});
  index.append(at(20), {115});
  EXPECT_EQ(index.file().count(), 2u);
  EXPECT_EQ(*loop.run(index.find(disk, at(9))), (TimeIndex::Entry{at(-1), {100}}));
  EXPECT_EQ(*loop.run(index.find(disk, at(19))), (TimeIndex::Entry{at(10), {105}}));
  index.truncate_to({115});
  EXPECT_EQ(index.last(), (TimeIndex::Entry{at(10), {105}}));
  EXPECT_FALSE(index.is_full(36));
  EXPECT_TRUE(index.is_full(24)) << "one entry stays free";
}

TEST_F(IndexTest, CollectsWhatWasAbortedInARange) {
  TransactionIndex index("x", false);
  EXPECT_FALSE(disk.has("x"));
  ASSERT_TRUE(loop.run(index.append(disk, {{1}, {0}, {10}, {5}})));
  ASSERT_TRUE(loop.run(index.append(disk, {{2}, {5}, {20}, {21}})));
  TransactionIndex again("x", true);
  std::vector<AbortedTransaction> found;
  EXPECT_EQ(loop.run(again.collect(disk, {11}, {15}, found)), true) << "what comes later began at 21 or behind it";
  EXPECT_EQ(found, (std::vector<AbortedTransaction>{{{2}, {5}, {20}, {21}}}));
  found.clear();
  EXPECT_EQ(loop.run(again.collect(disk, {0}, {30}, found)), false);
  EXPECT_EQ(found.size(), 2u);
  ASSERT_TRUE(loop.run(again.truncate_to(disk, {20})));
  EXPECT_EQ(size("x"), 34u);
}

}  // namespace
}  // namespace sluice::test
