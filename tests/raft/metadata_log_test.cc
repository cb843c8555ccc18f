#include "raft/metadata_log.h"

#include <gtest/gtest.h>

#include "raft/quorum_world.h"

namespace sluice::raft {
namespace {

using test::QuorumWorld;
using Texts = std::vector<std::string>;

TEST(MetadataLog, IsNotThereBeforeItIsFormatted) {
  QuorumWorld world;
  const auto opened = world.try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
}

TEST(MetadataLog, BeginsWithAnElectionAndTheVoters) {
  QuorumWorld world;
  world.format();
  world.open();
  EXPECT_EQ(world.log->role(), Role::unattached);
  EXPECT_EQ(world.log->high_watermark(), Offset{0});
  EXPECT_EQ(world.bootstrap_records(), Texts{"first"});
  EXPECT_EQ(world.log->latest_snapshot(), std::nullopt);

  world.elect();
  EXPECT_EQ(world.log->epoch(), LeaderEpoch{1});
  EXPECT_EQ(world.log->leader(), NodeId{1});
  EXPECT_EQ(world.log->end(), Offset{3});  // Leader, version of the quorum, voters.
  EXPECT_EQ(world.log->high_watermark(), Offset{3});
  EXPECT_EQ(world.read({0}), Texts{});
}

// The files are those that Kafka's layout transcript lists for a running node.
TEST(MetadataLog, KeepsTheFilesThatKafkaKeeps) {
  QuorumWorld world;
  world.format();
  world.open();
  world.elect();
  EXPECT_EQ(
      world.text("quorum-state"),
      R"({"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1})");
  EXPECT_EQ(world.text("leader-epoch-checkpoint"), "0\n1\n1 0\n");
  EXPECT_EQ(world.text("partition.metadata"), "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ");
  EXPECT_TRUE(world.disk.has(std::string(QuorumWorld::kMetadata) + "/00000000000000000000.log"));
}

TEST(MetadataLog, AppendsAndReadsBack) {
  QuorumWorld world;
  world.format();
  world.open();
  world.elect();
  const auto first = world.append({"a", "b"});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->base, Offset{3});
  EXPECT_EQ(first->end, Offset{5});
  EXPECT_EQ(first->epoch, LeaderEpoch{1});
  EXPECT_EQ(first->time, world.loop.wall_now());
  ASSERT_TRUE(world.append({"c"}, Grouping::loose));
  EXPECT_EQ(world.log->high_watermark(), Offset{6});
  EXPECT_EQ(world.read({0}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(world.read({4}), (Texts{"b", "c"}));
  EXPECT_EQ(world.read({6}), Texts{});
}

TEST(MetadataLog, ComesBackInTheNextEpochWithAllThatItHeld) {
  QuorumWorld world;
  world.format();
  world.open();
  world.elect();
  ASSERT_TRUE(world.append({"a", "b"}));
  world.close();
  world.open();
  EXPECT_EQ(world.log->high_watermark(), Offset{0});
  world.elect();
  EXPECT_EQ(world.log->epoch(), LeaderEpoch{2});
  EXPECT_EQ(world.log->end(), Offset{6});  // The voters stand in the log already.
  EXPECT_EQ(world.read({0}), (Texts{"a", "b"}));
  EXPECT_EQ(world.text("leader-epoch-checkpoint"), "0\n2\n1 0\n2 5\n");
}

TEST(MetadataLog, TakesNothingBeforeItIsElected) {
  QuorumWorld world;
  world.format();
  world.open();
  EXPECT_EQ(world.append({"a"}).error().code, Errc::not_leader);
}

TEST(MetadataLog, RefusesWhatIsTooMuchForABatchAndGoesOn) {
  QuorumWorld world;
  world.format();
  world.open();
  world.elect();
  EXPECT_EQ(world.append({std::string(kBatchBytesMax, 'x')}).error().code, Errc::too_large);
  ASSERT_TRUE(world.append({"a"}));
  EXPECT_EQ(world.read({0}), Texts{"a"});
}

TEST(MetadataLog, IsNotElectedWhereItsDirectoryDoesNotVote) {
  QuorumWorld world;
  world.format();
  world.disk.set_contents("data/meta.properties",
                          "version=1\nnode.id=1\ncluster.id=cluster\ndirectory.id=eLlutDZ4RVSNEM1CIIx8Ag\n");
  world.open();
  EXPECT_EQ(world.loop.run(world.log->elect()).error().code, Errc::not_leader);
}

TEST(MetadataLog, TakesNoMoreAfterAFailedWrite) {
  QuorumWorld world;
  world.format();
  world.open();
  world.elect();
  ASSERT_TRUE(world.append({"a"}));
  world.disk.inject({.call = sim::DiskCall::sync, .path_contains = ".log", .error_number = EIO});
  EXPECT_FALSE(world.append({"b"}));
  world.disk.heal();
  EXPECT_FALSE(world.append({"c"}));
  EXPECT_EQ(world.log->high_watermark(), Offset{4});
}

TEST(MetadataLog, WritesSnapshotsAndReadsThem) {
  QuorumWorld world;
  world.format();
  world.open();
  world.elect();
  ASSERT_TRUE(world.append({"a", "b"}));
  world.write_snapshot({5}, {"ab"});
  EXPECT_EQ(world.log->latest_snapshot(), (SnapshotId{{5}, {1}}));
  EXPECT_EQ(world.read_snapshot({{5}, {1}}), Texts{"ab"});
  world.close();
  world.open();
  EXPECT_EQ(world.log->latest_snapshot(), (SnapshotId{{5}, {1}}));
  EXPECT_EQ(world.log->kraft_version(), kDynamicVoters);
  EXPECT_EQ(world.log->voters().size(), 1u);
  world.elect();
  EXPECT_EQ(world.log->end(), Offset{6});
}

TEST(MetadataLog, RemovesWhatACrashLeftOfSnapshots) {
  QuorumWorld world;
  world.format();
  const std::string directory = QuorumWorld::kMetadata;
  world.disk.set_contents(directory + "/00000000000000000005-0000000001.checkpoint.part", "torn");
  world.disk.set_contents(directory + "/00000000000000000004-0000000001-81.checkpoint.part", "torn");
  world.disk.set_contents(directory + "/00000000000000000003-0000000001.checkpoint.deleted", "gone");
  world.open();
  for (const std::string& file : world.disk.files(directory)) {
    EXPECT_FALSE(file.ends_with(".part")) << file;
    EXPECT_FALSE(file.ends_with(".deleted")) << file;
  }
}

// With room for next to nothing, only the newest snapshot stays, and of the log what lies behind it.
TEST(MetadataLog, LetsGoOfWhatSnapshotsStandFor) {
  QuorumWorld world;
  world.format();
  world.options.retention_bytes = 1;
  world.options.log.config.segment_bytes = 1 << 20;
  world.open();
  world.elect();
  const std::string large(600'000, 'x');
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(world.append({large}));
  const Offset end = world.log->end();
  world.write_snapshot(end, {"state"});
  EXPECT_EQ(world.log->start(), end);
  EXPECT_FALSE(world.disk.has(std::string(QuorumWorld::kMetadata) + "/" + snapshot_file_name(kBootstrapSnapshot)));
  ASSERT_TRUE(world.append({"after"}));
  EXPECT_EQ(world.read(end), Texts{"after"});
  world.close();

  world.open();
  world.elect();
  EXPECT_EQ(world.log->latest_snapshot(), (SnapshotId{end, {1}}));
  EXPECT_EQ(world.read_snapshot({end, {1}}), Texts{"state"});
  EXPECT_EQ(world.read(end), Texts{"after"});
}

TEST(MetadataLog, LetsGoOfOldSnapshots) {
  QuorumWorld world;
  world.format();
  world.options.retention_time = std::chrono::hours(1);
  world.open();
  world.elect();
  ASSERT_TRUE(world.append({"a"}));
  world.write_snapshot({4}, {"a"});
  EXPECT_TRUE(world.disk.has(std::string(QuorumWorld::kMetadata) + "/" + snapshot_file_name(kBootstrapSnapshot)));
  world.loop.advance(std::chrono::hours(2));
  ASSERT_TRUE(world.append({"b"}));
  world.write_snapshot({5}, {"ab"});
  EXPECT_FALSE(world.disk.has(std::string(QuorumWorld::kMetadata) + "/" + snapshot_file_name({{4}, {1}})));
  EXPECT_EQ(world.log->start(), Offset{5});
}

// --- What Kafka wrote.

TEST(MetadataLog, GoesOnWithAQuorumThatKafkaBegan) {
  QuorumWorld world;
  test::load_fixture(world.disk, "data", "data");
  world.open();
  EXPECT_EQ(world.log->kraft_version(), kDynamicVoters);
  EXPECT_EQ(world.log->end(), Offset{2033});
  EXPECT_EQ(world.bootstrap_records().size(), 6u);
  world.elect();
  EXPECT_EQ(world.log->epoch(), LeaderEpoch{2});
  EXPECT_EQ(world.log->end(), Offset{2034});
  EXPECT_EQ(world.read({0}).size(), 2033u - 3u);
  EXPECT_EQ(world.text("leader-epoch-checkpoint"), "0\n2\n1 0\n2 2033\n");
}

TEST(MetadataLog, GoesOnFromASnapshotThatKafkaWrote) {
  QuorumWorld world;
  test::load_fixture(world.disk, "dynamic", "data");
  world.open();
  EXPECT_EQ(world.log->latest_snapshot(), (SnapshotId{{2716}, {2}}));
  EXPECT_EQ(world.read_snapshot({{2716}, {2}}).size(), 221u);
  world.elect();
  EXPECT_EQ(world.log->epoch(), LeaderEpoch{3});
  EXPECT_EQ(world.read({2716}).size(), 1u);
}

TEST(MetadataLog, GoesOnWithKafkasStaticVoters) {
  QuorumWorld world;
  test::load_fixture(world.disk, "static", "data");
  world.options.static_voters = *VoterSet::parse("1@127.0.0.1:29311", "CONTROLLER");
  world.open();
  EXPECT_EQ(world.log->kraft_version(), kStaticVoters);
  const Offset end = world.log->end();
  world.elect();
  EXPECT_EQ(world.log->end(), end + 1);
  EXPECT_EQ(
      world.text("quorum-state"),
      R"({"clusterId":"","leaderId":1,"leaderEpoch":2,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0})");
}

// The first batch of our log is the first batch of Kafka's, but for the times in it.
TEST(MetadataLog, BeginsAnEpochInKafkasBytes) {
  QuorumWorld world;
  test::load_fixture(world.disk, "data", "data");
  const std::string kafkas = world.text("00000000000000000000.log");
  world.disk.erase("data/__cluster_metadata-0/00000000000000000000.log");
  world.disk.erase("data/__cluster_metadata-0/quorum-state");
  world.disk.erase("data/__cluster_metadata-0/leader-epoch-checkpoint");
  world.open();
  world.elect();
  const std::string ours = world.text("00000000000000000000.log");
  const auto our_batch = ConstBatchView::parse(as_bytes(ours));
  const auto kafkas_batch = ConstBatchView::parse(as_bytes(kafkas));
  ASSERT_TRUE(our_batch && kafkas_batch);
  EXPECT_EQ(our_batch->size(), kafkas_batch->size());
  EXPECT_EQ(our_batch->leader_epoch(), kafkas_batch->leader_epoch());
  EXPECT_EQ(our_batch->attributes(), kafkas_batch->attributes());
  EXPECT_EQ(as_text(our_batch->payload()), as_text(kafkas_batch->payload()));
}

}  // namespace
}  // namespace sluice::raft
