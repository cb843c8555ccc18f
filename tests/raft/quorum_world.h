// raft/quorum_world.h: one node's metadata log on a simulated disk, and the verbs that tests of it are told in.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "raft/format.h"
#include "raft/metadata_log.h"
#include "simulation/sim_disk.h"
#include "simulation/sim_loop.h"

namespace sluice::raft::test {

inline Uuid id(int number) {
  Uuid uuid;
  uuid.bytes[0] = std::byte{0x40};
  uuid.bytes[15] = static_cast<std::byte>(number);
  return uuid;
}

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Puts a directory of the fixture onto a disk.
inline void load_fixture(sim::SimDisk& disk, const std::string& name, const std::string& to) {
  const std::filesystem::path root = std::filesystem::path(SLUICE_FIXTURE_DIR) / name;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.is_regular_file())
      disk.set_contents(to + "/" + entry.path().lexically_relative(root).string(), file_bytes(entry.path()));
}

/// Node 1 with the log directory "data". The world must outlive its log; abandon() or close() ends the log.
class QuorumWorld {
 public:
  static constexpr const char* kMetadata = "data/__cluster_metadata-0";

  explicit QuorumWorld(std::uint64_t seed = 1) : loop(seed) {}
  ~QuorumWorld() { abandon(); }

  /// Formats the directory as a quorum of this node alone, whose voters are in the log.
  void format(std::vector<std::string> records = {"first"}) {
    FormatOptions wanted;
    wanted.cluster_id = "cluster";
    wanted.node_id = {1};
    wanted.log_dirs = {"data"};
    wanted.metadata_log_dir = "data";
    wanted.initial_voters = {{.key = {.id = {1}, .directory_id = {}},
                              .endpoints = {{.listener = "CONTROLLER", .host = "localhost", .port = 9093}}}};
    for (const std::string& record : records) {
      const Bytes bytes = as_bytes(record);
      wanted.bootstrap_records.emplace_back(bytes.begin(), bytes.end());
    }
    const auto formatted = loop.run(raft::format(loop, disk, wanted));
    ASSERT_TRUE(formatted) << formatted.error().what;
  }

  /// Opens the log with the ids that meta.properties has.
  Result<void> try_open() {
    abandon();
    auto meta = loop.run(MetaProperties::read(disk, "data"));
    EXPECT_TRUE(meta);
    options.log_dir = "data";
    options.local = {.id = {1}, .directory_id = {}};
    if (meta && *meta) options.local.directory_id = (*meta)->directory_id.value_or(Uuid{});
    options.log.health = std::make_shared<DirectoryHealth>();  // A new process trusts its disk again.
    auto opened = loop.run(MetadataLog::open(loop, disk, options));
    if (!opened) return fail(opened.error());
    log = std::move(*opened);
    return {};
  }
  void open() {
    const auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().what;
  }
  void elect() {
    const auto elected = loop.run(log->elect());
    ASSERT_TRUE(elected) << elected.error().what;
  }
  void close() {
    const auto closed = loop.run(log->close());
    ASSERT_TRUE(closed) << closed.error().what;
    log.reset();
  }
  /// The process dies; the machine goes on.
  void abandon() {
    if (!log) return;
    [[maybe_unused]] const auto closed = loop.run(log->close());
    log.reset();
  }

  Result<AppendedRecords> append(const std::vector<std::string>& records, Grouping grouping = Grouping::atomic) {
    std::vector<Bytes> values;
    for (const std::string& record : records) values.push_back(as_bytes(record));
    return loop.run(log->append(values, grouping));
  }

  /// The records from `from` to the high watermark.
  std::vector<std::string> read(Offset from) {
    std::vector<std::string> records;
    LogReader reader = log->read(from);
    while (true) {
      const auto batch = loop.run(reader.next(log->high_watermark()));
      EXPECT_TRUE(batch) << batch.error().what;
      if (!batch || !*batch) return records;
      Offset offset = (*batch)->batch.base_offset();
      for (const Bytes record : (*batch)->records) {
        if (offset >= from) records.emplace_back(as_text(record));
        offset = offset + 1;
      }
    }
  }

  std::vector<std::string> bootstrap_records() {
    const auto records = loop.run(log->read_bootstrap_records());
    EXPECT_TRUE(records) << records.error().what;
    std::vector<std::string> texts;
    for (const Buffer& record : *records) texts.emplace_back(as_text(record.bytes()));
    return texts;
  }

  void write_snapshot(Offset end, const std::vector<std::string>& records) {
    auto writer = loop.run(log->begin_snapshot({end, log->epoch()}, loop.wall_now()));
    ASSERT_TRUE(writer) << writer.error().what;
    std::vector<Bytes> values;
    for (const std::string& record : records) values.push_back(as_bytes(record));
    const auto appended = loop.run((*writer)->append(values));
    ASSERT_TRUE(appended) << appended.error().what;
    const auto ended = loop.run(log->end_snapshot(std::move(*writer)));
    ASSERT_TRUE(ended) << ended.error().what;
  }

  std::vector<std::string> read_snapshot(SnapshotId snapshot) {
    auto reader = loop.run(log->read_snapshot(snapshot));
    EXPECT_TRUE(reader) << reader.error().what;
    std::vector<std::string> records;
    while (true) {
      const auto batch = loop.run((*reader)->next());
      EXPECT_TRUE(batch) << batch.error().what;
      if (!batch || !*batch) return records;
      for (const Bytes record : **batch) records.emplace_back(as_text(record));
    }
  }

  std::string text(const std::string& file) const { return disk.contents(std::string(kMetadata) + "/" + file); }

  sim::SimLoop loop;
  sim::SimDisk disk{loop};
  MetadataLogOptions options;
  std::unique_ptr<MetadataLog> log;
};

}  // namespace sluice::raft::test
