#include "storage/checkpoint_file.h"

#include <gtest/gtest.h>

#include "simulation/sim_disk.h"
#include "storage/log_name.h"

namespace sluice::test {
namespace {

TEST(OffsetCheckpoint, ReadsWhatKafkaWrites) {
  const auto offsets = OffsetCheckpoint::parse("0\n3\n__transaction_state 0 0\norders 2 7127\nwith.dot 0 12\n");
  ASSERT_TRUE(offsets) << offsets.error().what;
  EXPECT_EQ(offsets->at({"orders", {2}}), Offset{7127});
  EXPECT_EQ(offsets->at({"with.dot", {0}}), Offset{12});
  EXPECT_EQ(OffsetCheckpoint::format(*offsets), "0\n3\n__transaction_state 0 0\norders 2 7127\nwith.dot 0 12\n");
}

TEST(OffsetCheckpoint, RefusesWhatIsTornOrStrange) {
  const std::string whole = "0\n2\na 0 10\nb 1 20\n";
  for (std::size_t cut = 0; cut < whole.size() - 3; ++cut)
    EXPECT_FALSE(OffsetCheckpoint::parse(whole.substr(0, cut))) << "cut to " << cut;
  for (const char* text : {"1\n0\n", "x\n0\n", "0\n1\na 0\n", "0\n1\na -1 0\n", "0\n1\na 0 x\n", "0\n1\na 0 1 2\n",
                           "0\n99999999999999999999\n"})
    EXPECT_FALSE(OffsetCheckpoint::parse(text)) << text;
}

TEST(OffsetCheckpoint, IsEmptyWhereThereIsNoFile) {
  sim::SimLoop loop;
  sim::SimDisk disk(loop);
  const OffsetCheckpoint checkpoint("recovery-point-offset-checkpoint");
  EXPECT_TRUE(loop.run(checkpoint.read(disk))->empty());
  ASSERT_TRUE(loop.run(checkpoint.write(disk, {{{"a", {0}}, {5}}})));
  EXPECT_EQ(loop.run(checkpoint.read(disk))->at({"a", {0}}), Offset{5});
}

// A power cut leaves the old file or the new one, never a part.
TEST(OffsetCheckpoint, IsReplacedWholeOrNotAtAll) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    sim::SimLoop loop(seed);
    sim::SimDisk disk(loop);
    const OffsetCheckpoint checkpoint("c");
    ASSERT_TRUE(loop.run(checkpoint.write(disk, {{{"a", {0}}, {1}}})));
    disk.inject({.call = sim::DiskCall::rename,
                 .path_contains = "",
                 .error_number = 5,
                 .skip = static_cast<int>(seed % 2)});
    (void)loop.run(checkpoint.write(disk, {{{"a", {0}}, {2}}, {{"b", {0}}, {2}}}));
    disk.crash();
    const auto offsets = loop.run(checkpoint.read(disk));
    ASSERT_TRUE(offsets) << "seed " << seed << ": " << offsets.error().what;
    EXPECT_EQ(offsets->at({"a", {0}}).value, static_cast<std::int64_t>(offsets->size()));
  }
}

TEST(LogDirectoryName, ReadsAndWritesKafkasNames) {
  const std::string unique = "e8ae67b3a3c94f0a8a40d9a7c8bda6c4";
  using Kind = LogDirectoryKind;
  for (const auto& [text, topic, kind] :
       {std::tuple{"orders-3", "orders", Kind::current},
        {"with.dot-3", "with.dot", Kind::current},
        {"a-b-3", "a-b", Kind::current},
        {"with.dot-3.e8ae67b3a3c94f0a8a40d9a7c8bda6c4-delete", "with.dot", Kind::deleted},
        {"a-3.e8ae67b3a3c94f0a8a40d9a7c8bda6c4-future", "a", Kind::future},
        {"a-3.e8ae67b3a3c94f0a8a40d9a7c8bda6c4-stray", "a", Kind::stray}}) {
    const auto name = LogDirectoryName::parse(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(name->log, (LogName{topic, {3}})) << text;
    EXPECT_EQ(name->kind, kind) << text;
    EXPECT_EQ(LogDirectoryName::format(name->log, name->kind, unique), text);
  }
  for (const char* text : {"orders", "-1", "orders-", "orders-x", "orders--1-delete", "orders-99999999999", ""})
    EXPECT_FALSE(LogDirectoryName::parse(text)) << text;
  const std::string longest(249, 't');
  EXPECT_EQ(LogDirectoryName::format({longest, {1}}, Kind::deleted, unique).size(), 255u);
}

}  // namespace
}  // namespace sluice::test
