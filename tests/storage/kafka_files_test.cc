// A data directory that Kafka 4.4.0 wrote: we read it, and from its batches we make the same files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "storage/log_directory.h"
#include "storage/log_fixture.h"
#include "storage/partition_metadata.h"

namespace sluice::test {
namespace {

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct KafkaFilesTest : testing::Test {
  KafkaFilesTest() {
    const std::filesystem::path root(SLUICE_FIXTURE_DIR);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.is_regular_file())
        disk.set_contents("data/" + entry.path().lexically_relative(root).string(), file_bytes(entry.path()));
    }
    auto opened = loop.run(LogDirectory::open(loop, disk, "data"));
    EXPECT_TRUE(opened) << opened.error().what;
    directory = std::move(*opened);
  }
  ~KafkaFilesTest() override {
    for (const auto& log : logs) loop.run(log->abandon());
  }

  Log& open(const std::string& topic, std::int32_t partition) {
    auto opened = loop.run(Log::open(loop, disk, directory->opening({topic, {partition}}, LogConfig{})));
    EXPECT_TRUE(opened) << opened.error().what;
    logs.push_back(std::move(*opened));
    return *logs.back();
  }
  /// Reads a log from its start to its end and returns how many records it holds; batches must follow one another.
  std::int64_t count_records(Log& log) {
    std::int64_t count = 0;
    for (Offset from = log.start(); from < log.end();) {
      const auto slice = loop.run(log.read({.from = from, .limit = log.end(), .bytes_max = 1 << 16}));
      EXPECT_TRUE(slice && !slice->empty());
      if (!slice || slice->empty()) break;
      const auto bytes = loop.run(slice->read());
      ConstBatchWalk walk(bytes->bytes());
      for (auto batch = walk.next(); batch && *batch; batch = walk.next()) {
        EXPECT_LE((*batch)->base_offset(), from);
        EXPECT_GT((*batch)->next_offset(), from);
        count += (*batch)->record_count();
        from = (*batch)->next_offset();
      }
    }
    return count;
  }

  sim::SimLoop loop;
  sim::SimDisk disk{loop};
  std::unique_ptr<LogDirectory> directory;
  std::vector<std::unique_ptr<Log>> logs;
};

TEST_F(KafkaFilesTest, KnowsWhoseDirectoryItIs) {
  EXPECT_TRUE(directory->was_clean());
  EXPECT_EQ(directory->clean_broker_epoch(), 20);
  EXPECT_EQ(directory->meta()->node_id, NodeId{1});
  EXPECT_EQ(directory->meta()->cluster_id, "Ndpvnrm4SJGDmEzD_hUojA");
  EXPECT_EQ(directory->high_watermarks().at({"orders", {1}}), Offset{6788});
  const auto id = loop.run(partition_metadata::read(disk, directory->path_of({"orders", {0}})));
  EXPECT_EQ((*id)->text(), "X_NlAWkeT22UV5yknbLZ1g");
}

TEST_F(KafkaFilesTest, OpensEveryLogWithItsOffsets) {
  int count = 0;
  for (const FoundLog& found : directory->found()) {
    SCOPED_TRACE(found.path);
    ASSERT_EQ(found.name.kind, LogDirectoryKind::current);
    if (found.name.log.topic == "__cluster_metadata") continue;  // Raft's, which checkpoints nothing.
    const Log& log = open(found.name.log.topic, found.name.log.partition.value);
    EXPECT_EQ(log.end(), directory->high_watermarks().at(found.name.log));
    EXPECT_EQ(log.recovery().scanned_bytes, 0u);
    ++count;
  }
  EXPECT_EQ(count, 158);
}

TEST_F(KafkaFilesTest, ReadsEveryRecord) {
  for (const auto& [partition, end] : {std::pair{0, 7115}, {1, 6788}, {2, 7127}}) {
    Log& log = open("orders", partition);
    EXPECT_EQ(log.end(), Offset{end});
    EXPECT_EQ(count_records(log), end);
  }
  Log& small = open("small", 0);
  EXPECT_EQ(small.start(), Offset{2});
  EXPECT_EQ(count_records(small), 31);
}

TEST_F(KafkaFilesTest, KnowsItsTransactionsAndProducers) {
  Log& log = open("tx", 0);
  EXPECT_EQ(log.end(), Offset{8});
  EXPECT_EQ(*loop.run(log.aborted_transactions(Offset{0}, Offset{8})),
            (std::vector<AbortedTransaction>{{{8}, {4}, {6}, {7}}}));
  EXPECT_EQ(log.last_stable_offset(log.end()), Offset{7});
  EXPECT_EQ(log.producers().find({8})->epoch, ProducerEpoch{2});
  EXPECT_EQ(log.producers().find({9})->transaction_start, Offset{7});
  Log& orders = open("orders", 0);
  EXPECT_EQ(orders.producers().find({7})->last_sequence(), 0x1997);
  EXPECT_EQ(orders.producers().find({10})->last_sequence(), 0x22a);
}

// Recovery makes of the logs alone what Kafka has written beside them.
TEST_F(KafkaFilesTest, RecoversToWhatKafkaHas) {
  for (const LogName& name :
       {LogName{"orders", {0}}, LogName{"orders", {2}}, LogName{"tx", {0}}, LogName{"small", {0}}}) {
    SCOPED_TRACE(name.text());
    const std::string path = directory->path_of(name);
    std::map<std::string, std::string> expected;
    for (const std::string& file : disk.files(path)) expected[file] = disk.contents(path + "/" + file);
    for (const auto& [file, contents] : expected) {
      if (file.ends_with("index") || file.ends_with(".snapshot")) disk.erase(path + "/" + file);
    }
    LogOpening opening = directory->opening(name, LogConfig{});
    opening.clean = false;
    opening.recovery_point = {0};
    auto log = loop.run(Log::open(loop, disk, std::move(opening)));
    ASSERT_TRUE(log) << log.error().what;
    EXPECT_EQ((*log)->recovery().cut_bytes, 0u) << (*log)->recovery().damage;
    ASSERT_TRUE(loop.run((*log)->close()));
    std::map<std::string, std::string> got;
    for (const std::string& file : disk.files(path)) got[file] = disk.contents(path + "/" + file);
    for (const auto& [file, contents] : expected) EXPECT_TRUE(got[file] == contents) << file << " differs";
    EXPECT_EQ(got.size(), expected.size());
  }
}

// Appending Kafka's batches one by one makes Kafka's files, segment by segment, index by index.
TEST_F(KafkaFilesTest, WritesTheSameFiles) {
  for (const std::int32_t partition : {0, 1, 2}) {
    SCOPED_TRACE(partition);
    const std::string path = directory->path_of({"orders", {partition}});
    LogOpening opening{.directory = "copy-" + std::to_string(partition)};
    opening.config.segment_bytes = 1 << 20;
    auto copy = loop.run(Log::open(loop, disk, std::move(opening)));
    ASSERT_TRUE(copy);
    for (const std::string& file : disk.files(path)) {
      if (!file.ends_with(".log")) continue;
      std::string bytes = disk.contents(path + "/" + file);
      BatchWalk walk(std::as_writable_bytes(std::span(bytes)));
      for (auto batch = walk.next(); batch; batch = walk.next()) {
        ASSERT_TRUE(*batch);
        const BatchView view = **batch;
        ASSERT_TRUE(loop.run((*copy)->append_as_leader(view, {0})));
      }
    }
    ASSERT_TRUE(loop.run((*copy)->close()));
    const std::string written = (*copy)->directory();
    for (const std::string& file : disk.files(path)) {
      if (file == "partition.metadata") continue;  // The directory's business, not the log's.
      ASSERT_TRUE(disk.has(written + "/" + file)) << file;
      EXPECT_TRUE(disk.contents(written + "/" + file) == disk.contents(path + "/" + file)) << file << " differs";
    }
    EXPECT_EQ(disk.files(written).size() + 1, disk.files(path).size());
  }
}

}  // namespace
}  // namespace sluice::test
