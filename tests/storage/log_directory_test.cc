#include "storage/log_directory.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "simulation/sim_disk.h"
#include "storage/batches.h"
#include "storage/clean_shutdown.h"
#include "storage/partition_metadata.h"

namespace sluice::test {
namespace {

struct LogDirectoryTest : testing::Test {
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().what;
    directory = std::move(*opened);
  }
  Result<std::unique_ptr<LogDirectory>> try_open() {
    directory.reset();
    return loop.run(LogDirectory::open(loop, disk, "data", [this](const Error&) { ++failures; }));
  }

  sim::SimLoop loop;
  sim::SimDisk disk{loop};
  int failures = 0;
  std::unique_ptr<LogDirectory> directory;
};

TEST_F(LogDirectoryTest, BeginsEmpty) {
  open();
  EXPECT_FALSE(directory->meta());
  EXPECT_FALSE(directory->was_clean());
  EXPECT_TRUE(directory->found().empty());
  EXPECT_TRUE(disk.has("data/.lock"));
}

TEST_F(LogDirectoryTest, IsHeldByOneProcess) {
  open();
  const auto second = loop.run(LogDirectory::open(loop, disk, "data"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::already_exists);
}

TEST_F(LogDirectoryTest, FindsLogsOfEveryKind) {
  for (const char* name : {"a-0", "a-1.e8ae67b3a3c94f0a8a40d9a7c8bda6c4-delete", "b.c-2",
                           "b.c-3.e8ae67b3a3c94f0a8a40d9a7c8bda6c4-future", "no partition"})
    disk.set_contents(fmt::format("data/{}/partition.metadata", name), "");
  disk.set_contents("data/recovery-point-offset-checkpoint", "0\n1\nb.c 2 17\n");
  disk.set_contents("data/log-start-offset-checkpoint", "0\n1\nb.c 2 5\n");
  open();
  std::vector<std::pair<std::string, LogDirectoryKind>> found;
  for (const FoundLog& log : directory->found()) found.emplace_back(log.name.log.text(), log.name.kind);
  using Kind = LogDirectoryKind;
  EXPECT_EQ(
      found,
      (std::vector<std::pair<std::string, Kind>>{
          {"a-0", Kind::current}, {"a-1", Kind::deleted}, {"b.c-2", Kind::current}, {"b.c-3", Kind::future}}));
  const LogOpening opening = directory->opening({"b.c", {2}}, LogConfig{});
  EXPECT_EQ(opening.directory, "data/b.c-2");
  EXPECT_EQ(opening.recovery_point, Offset{17});
  EXPECT_EQ(opening.start, Offset{5});
  EXPECT_FALSE(opening.clean);
}

// The mark counts once: a crash after it was seen is a crash, whatever the power spares.
TEST_F(LogDirectoryTest, CountsAsCleanOnce) {
  open();
  ASSERT_TRUE(loop.run(directory->mark_clean(20)));
  EXPECT_EQ(disk.contents("data/.kafka_cleanshutdown"), "{\"version\":0,\"brokerEpoch\":20}");
  open();
  EXPECT_TRUE(directory->was_clean());
  EXPECT_EQ(directory->clean_broker_epoch(), 20);
  disk.crash();
  open();
  EXPECT_FALSE(directory->was_clean());
}

TEST_F(LogDirectoryTest, ReadsMarksOfEveryAge) {
  EXPECT_EQ(CleanShutdown::parse("").broker_epoch, std::nullopt);
  EXPECT_EQ(CleanShutdown::parse("{\"version\":0,\"brokerEpoch\":7,\"more\":[]}").broker_epoch, 7);
  EXPECT_EQ(CleanShutdown::parse("{\"brokerEpoch\":\"x\"}").broker_epoch, std::nullopt);
  EXPECT_EQ(CleanShutdown::parse("{").broker_epoch, std::nullopt);
}

TEST_F(LogDirectoryTest, RecoversAllWhenItsCheckpointIsUnreadable) {
  open();
  ASSERT_TRUE(loop.run(directory->write_recovery_points({{{"a", {0}}, {5}}})));
  ASSERT_TRUE(loop.run(directory->mark_clean(1)));
  disk.set_contents("data/recovery-point-offset-checkpoint", "0\n1\nto");
  open();
  EXPECT_FALSE(directory->was_clean());
  EXPECT_EQ(directory->opening({"a", {0}}, {}).recovery_point, Offset{0});
}

TEST_F(LogDirectoryTest, GoesOfflineWithTheFirstError) {
  open();
  disk.inject(
      {.call = sim::DiskCall::sync, .path_contains = "replication-offset", .error_number = EIO, .times = 1});
  EXPECT_FALSE(loop.run(directory->write_high_watermarks({{{"a", {0}}, {5}}})));
  EXPECT_TRUE(directory->offline());
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(loop.run(directory->write_recovery_points({})).error().code, Errc::storage_offline);
  EXPECT_EQ(loop.run(directory->mark_clean(1)).error().code, Errc::storage_offline);
  auto log = loop.run(Log::open(loop, disk, directory->opening({"a", {0}}, LogConfig{})));
  ASSERT_TRUE(log);
  OwnedBatch batch(BatchSpec{});
  EXPECT_EQ(loop.run((*log)->append_as_leader(batch.view(), {0})).error().code, Errc::storage_offline);
  loop.run((*log)->abandon());
}

TEST_F(LogDirectoryTest, WritesACheckpointOnlyWhereItChanged) {
  open();
  const LogName name{"orders", {0}};
  ASSERT_TRUE(loop.run(directory->write_recovery_points({{name, Offset{5}}})));
  disk.inject({.call = sim::DiskCall::write, .path_contains = "recovery-point", .error_number = EIO});
  EXPECT_TRUE(loop.run(directory->write_recovery_points({{name, Offset{5}}})));
  EXPECT_FALSE(loop.run(directory->write_recovery_points({{name, Offset{6}}})));
}

TEST_F(LogDirectoryTest, TakesADeletedLogOutOfTheWayAtOnce) {
  open();
  const LogName name{"a", {0}};
  auto log = loop.run(Log::open(loop, disk, directory->opening(name, LogConfig{})));
  ASSERT_TRUE(log);
  OwnedBatch batch(BatchSpec{});
  ASSERT_TRUE(loop.run((*log)->append_as_leader(batch.view(), {0})));
  const auto slice = loop.run((*log)->read({.from = {0}, .limit = {1}, .bytes_max = 100}));
  const std::string path = directory->unused_path_of(name, LogDirectoryKind::deleted);
  ASSERT_TRUE(loop.run((*log)->rename_directory(path)));
  EXPECT_FALSE(disk.has("data/a-0"));
  EXPECT_TRUE(loop.run(slice->read())) << "who was reading reads on";
  OwnedBatch another(BatchSpec{});
  EXPECT_TRUE(loop.run((*log)->append_as_leader(another.view(), {0})));
  loop.run((*log)->abandon());
  log->reset();
  ASSERT_TRUE(loop.run(directory->remove(path)));
  EXPECT_FALSE(disk.has(path));
  open();
  EXPECT_TRUE(directory->found().empty());
}

TEST(PartitionMetadata, IsKafkasText) {
  const Uuid id = *Uuid::parse("X_NlAWkeT22UV5yknbLZ1g");
  EXPECT_EQ(partition_metadata::format(id), "version: 0\ntopic_id: X_NlAWkeT22UV5yknbLZ1g");
  EXPECT_EQ(partition_metadata::parse("version: 0\ntopic_id: X_NlAWkeT22UV5yknbLZ1g"), id);
  for (const char* text :
       {"", "version: 1\ntopic_id: X_NlAWkeT22UV5yknbLZ1g", "topic_id: X_NlAWkeT22UV5yknbLZ1g", "version: 0\n",
        "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA", "version: 0\ntopic_id: x"})
    EXPECT_FALSE(partition_metadata::parse(text)) << text;
}

TEST(MetaProperties, IsKafkasText) {
  const std::string text =
      "#\n#Sun Nov 22 10:25:41 UTC 2026\nnode.id=1\ndirectory.id=eLlutDZ4RVSNEM1CIIx8Ag\nversion=1\n"
      "cluster.id=Ndpvnrm4SJGDmEzD_hUojA\n";
  const auto meta = MetaProperties::parse(text);
  ASSERT_TRUE(meta) << meta.error().what;
  EXPECT_EQ(meta->node_id, NodeId{1});
  EXPECT_EQ(meta->cluster_id, "Ndpvnrm4SJGDmEzD_hUojA");
  EXPECT_EQ(meta->directory_id->text(), "eLlutDZ4RVSNEM1CIIx8Ag");
  using namespace std::chrono_literals;
  const WallTime then = std::chrono::sys_days{std::chrono::November / 22 / 2026} + 10h + 25min + 41s;
  EXPECT_EQ(meta->format(then), text);
}

TEST(MetaProperties, ReadsWhatJavaWouldRead) {
  const auto meta = MetaProperties::parse("! old\r\n  broker.id : 7\r\nversion=0\ncluster.id = a\\:b");
  ASSERT_TRUE(meta) << meta.error().what;
  EXPECT_EQ(meta->node_id, NodeId{7});
  EXPECT_EQ(meta->cluster_id, "a:b");
  for (const char* text : {"version=2", "version=1\ncluster.id=x", "version=1\nnode.id=1", "version=x",
                           "version=1\nnode.id=99999999999\ncluster.id=x",
                           "version=1\nnode.id=1\ncluster.id=x\ndirectory.id=?", "\\"})
    if (const auto parsed = MetaProperties::parse(text)) EXPECT_EQ(std::string(text), "\\");
}

}  // namespace
}  // namespace sluice::test
