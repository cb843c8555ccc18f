#include "raft/format.h"

#include <gtest/gtest.h>

#include "raft/power.h"
#include "raft/quorum_world.h"

namespace sluice::raft {
namespace {

using test::QuorumWorld;

FormatOptions options() {
  return {.cluster_id = "Ndpvnrm4SJGDmEzD_hUojA",
          .node_id = {1},
          .log_dirs = {"a", "b"},
          .metadata_log_dir = "b",
          .kraft_version = kDynamicVoters,
          .initial_voters = {{.key = {.id = {1}, .directory_id = {}},
                              .endpoints = {{.listener = "CONTROLLER", .host = "127.0.0.1", .port = 29311}}}},
          .bootstrap_snapshot = true,
          .bootstrap_records = {},
          .ignore_formatted = false};
}

std::string snapshot_of(const sim::SimDisk& disk, const std::string& log_dir) {
  return disk.contents(log_dir + "/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint");
}

TEST(Format, GivesEachDirectoryAnIdAndOneTheVoters) {
  QuorumWorld world;
  const auto formatted = world.loop.run(format(world.loop, world.disk, options()));
  ASSERT_TRUE(formatted) << formatted.error().what;
  ASSERT_EQ(formatted->formatted.size(), 2u);
  EXPECT_EQ(world.disk.files("a"), std::vector<std::string>{"meta.properties"});
  EXPECT_EQ(world.disk.files("b"),
            (std::vector<std::string>{"__cluster_metadata-0/00000000000000000000-0000000000.checkpoint",
                                      "meta.properties"}));
  const auto dirs = world.loop.run(read_log_dirs(world.disk, {"a", "b", "c"}));
  ASSERT_TRUE(dirs);
  EXPECT_EQ((*dirs)[0].properties->cluster_id, "Ndpvnrm4SJGDmEzD_hUojA");
  EXPECT_EQ((*dirs)[0].properties->node_id, NodeId{1});
  EXPECT_NE((*dirs)[0].properties->directory_id, (*dirs)[1].properties->directory_id);
  EXPECT_FALSE((*dirs)[2].properties);
}

TEST(Format, LeavesNoSnapshotWhereOthersKeepTheMetadata) {
  QuorumWorld world;
  FormatOptions wanted = options();
  wanted.bootstrap_snapshot = false;
  ASSERT_TRUE(world.loop.run(format(world.loop, world.disk, wanted)));
  EXPECT_EQ(world.disk.files("b"), std::vector<std::string>{"meta.properties"});
}

// Other nodes are told the same voters, so the directory takes the id that they know.
TEST(Format, GivesTheMetadataDirectoryTheIdUnderWhichTheNodeVotes) {
  QuorumWorld world;
  FormatOptions wanted = options();
  const Uuid id = *Uuid::parse("JEXY6aqzQY-32P5TStzaFg");
  wanted.initial_voters.front().key.directory_id = id;
  ASSERT_TRUE(world.loop.run(format(world.loop, world.disk, wanted)));
  const auto dirs = world.loop.run(read_log_dirs(world.disk, {"a", "b"}));
  ASSERT_TRUE(dirs);
  EXPECT_NE((*dirs)[0].properties->directory_id, id);
  EXPECT_EQ((*dirs)[1].properties->directory_id, id);
}

// The same voters and records as in the directory that kafka-storage.sh made: the snapshots then differ in times
// and in the CRCs over them.
TEST(Format, WritesTheBootstrapSnapshotThatKafkaWrites) {
  QuorumWorld world;
  test::load_fixture(world.disk, "data", "kafka");
  const auto meta = world.loop.run(MetaProperties::read(world.disk, "kafka"));
  FormatOptions wanted = options();
  wanted.initial_voters.front().key.directory_id = *(*meta)->directory_id;
  auto reader = world.loop.run(SnapshotReader::open(world.disk, "kafka/__cluster_metadata-0", kBootstrapSnapshot));
  ASSERT_TRUE(reader);
  const auto records = world.loop.run((*reader)->next());
  ASSERT_TRUE(records && *records);
  for (const Bytes record : **records) wanted.bootstrap_records.emplace_back(record.begin(), record.end());
  EXPECT_EQ(wanted.bootstrap_records.size(), 6u);
  ASSERT_TRUE(world.loop.run(format(world.loop, world.disk, wanted)));

  const std::string ours = snapshot_of(world.disk, "b");
  const std::string kafkas = snapshot_of(world.disk, "kafka");
  ASSERT_EQ(ours.size(), kafkas.size());
  ConstBatchWalk our_batches(as_bytes(ours));
  ConstBatchWalk kafkas_batches(as_bytes(kafkas));
  int batches = 0;
  for (auto one = our_batches.next(); one; one = our_batches.next(), ++batches) {
    const auto other = kafkas_batches.next();
    ASSERT_TRUE(*one && other && *other);
    EXPECT_EQ((*one)->base_offset(), (*other)->base_offset());
    EXPECT_EQ((*one)->attributes(), (*other)->attributes());
    EXPECT_EQ((*one)->record_count(), (*other)->record_count());
    EXPECT_EQ((*one)->size(), (*other)->size());
    if (batches == 0) {  // The header's record holds a time.
      EXPECT_EQ(as_text((*one)->payload().subspan(24)), as_text((*other)->payload().subspan(24)));
    } else {
      EXPECT_EQ(as_text((*one)->payload()), as_text((*other)->payload()));
    }
  }
  EXPECT_EQ(batches, 3);
}

TEST(Format, WritesNoVotersWhereTheyStandInConfigurations) {
  QuorumWorld world;
  FormatOptions wanted = options();
  wanted.kraft_version = kStaticVoters;
  wanted.initial_voters.clear();
  ASSERT_TRUE(world.loop.run(format(world.loop, world.disk, wanted)));
  auto reader = world.loop.run(SnapshotReader::open(world.disk, "b/__cluster_metadata-0", kBootstrapSnapshot));
  ASSERT_TRUE(reader);
  EXPECT_FALSE(*world.loop.run((*reader)->next()));
  EXPECT_EQ((*reader)->control().kraft_version, std::nullopt);
  EXPECT_EQ((*reader)->control().voters, std::nullopt);
  EXPECT_TRUE((*reader)->control().snapshot_time);
}

TEST(Format, RefusesWhatIsFormattedUnlessToldOtherwise) {
  QuorumWorld world;
  FormatOptions wanted = options();
  ASSERT_TRUE(world.loop.run(format(world.loop, world.disk, wanted)));
  const std::string before = world.disk.contents("a/meta.properties");
  const auto again = world.loop.run(format(world.loop, world.disk, wanted));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::already_exists);
  EXPECT_EQ(again.error().what,
            "Log directory a is already formatted. Use --ignore-formatted to ignore this directory and format the "
            "others.");

  wanted.ignore_formatted = true;
  wanted.log_dirs.push_back("c");
  const auto more = world.loop.run(format(world.loop, world.disk, wanted));
  ASSERT_TRUE(more);
  EXPECT_EQ(more->formatted.size(), 1u);
  EXPECT_EQ(more->kept.size(), 2u);
  EXPECT_EQ(world.disk.contents("a/meta.properties"), before);

  wanted.cluster_id = "x";
  const auto other = world.loop.run(format(world.loop, world.disk, wanted));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().what,
            "Invalid cluster.id in: a/meta.properties. Expected x, but read Ndpvnrm4SJGDmEzD_hUojA");
}

// Power fails at any moment of formatting: formatting again then succeeds, or finds all of it done.
TEST(Format, CanBeDoneAgainWhereverACrashFell) {
  for (int microseconds = 0; microseconds < 20'000; microseconds += 200) {
    SCOPED_TRACE(microseconds);
    QuorumWorld world(static_cast<std::uint64_t>(microseconds) + 1);
    world.disk.set_latency(std::chrono::milliseconds(1));
    {
      TaskGroup group(world.loop);
      const SteadyTime at = world.loop.now() + std::chrono::microseconds(microseconds);
      group.start(sluice::test::lose_power_at(&world.disk, at, &group));
      [[maybe_unused]] const auto first = world.loop.run(format(world.loop, world.disk, options()));
      world.loop.run(group.close());
    }
    sluice::test::restore_power(world.disk);
    FormatOptions wanted = options();
    wanted.ignore_formatted = true;
    const auto again = world.loop.run(format(world.loop, world.disk, wanted));
    ASSERT_TRUE(again) << again.error().what;
    const auto dirs = world.loop.run(read_log_dirs(world.disk, wanted.log_dirs));
    for (const LogDirState& dir : *dirs) ASSERT_TRUE(dir.properties);
    auto reader = world.loop.run(SnapshotReader::open(world.disk, "b/__cluster_metadata-0", kBootstrapSnapshot));
    ASSERT_TRUE(reader);
    while (true) {
      const auto batch = world.loop.run((*reader)->next());
      ASSERT_TRUE(batch) << batch.error().what;
      if (!*batch) break;
    }
    EXPECT_EQ((*reader)->control().voters->find({1})->key.directory_id, (*dirs)[1].properties->directory_id);
  }
}

}  // namespace
}  // namespace sluice::raft
