// Compaction of what producers before magic 2 wrote, as it lies in directories of old clusters.
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "record/message_builder.h"
#include "record/message_reader.h"
#include "storage/compaction.h"
#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

struct OldRecord {
  std::int64_t offset = 0;
  std::string key{};  ///< None if empty.
  std::optional<std::string> value{};
  std::int64_t timestamp = 1000;
  friend bool operator==(const OldRecord&, const OldRecord&) = default;
};
using OldRecords = std::vector<OldRecord>;

/// A message set as an old broker has it in a file: message after message, or one that wraps all.
std::string set_of(std::int8_t magic, Codec codec, const OldRecords& records) {
  Buffer out;
  MessageSetBuilder builder(out, {.magic = magic, .compression = {.codec = codec}});
  for (const OldRecord& record : records) {
    RecordView view{.offset = {record.offset},
                    .timestamp = WallTime{std::chrono::milliseconds(record.timestamp)},
                    .create_timestamp = {},
                    .key = {},
                    .value = {},
                    .headers = {}};
    if (!record.key.empty()) view.key = as_bytes(record.key);
    if (record.value) view.value = as_bytes(*record.value);
    EXPECT_TRUE(builder.append(view));
  }
  EXPECT_TRUE(builder.finish());
  return std::string(as_text(out.bytes()));
}

struct MessageCompactionTest : testing::Test, LogWorld {
  MessageCompactionTest() {
    config.cleanup_compact = true;
    config.cleanup_delete = false;
    config.delete_retention_time = 1h;
  }
  void put_segment(std::int64_t base, const std::string& bytes) { disk->set_contents(path(base, ".log"), bytes); }
  void compact() {
    ASSERT_TRUE(loop.run(log->roll()));
    ASSERT_TRUE(loop.run(log->flush()));
    Compaction compaction(tasks, *disk, {.key_bytes_max = 1 << 20});
    const auto dirt = loop.run(compaction.measure(*log, log->end()));
    ASSERT_TRUE(dirt) << dirt.error().what;
    const auto compacted = loop.run(compaction.run(*log, *dirt));
    ASSERT_TRUE(compacted) << compacted.error().what;
  }
  std::string first_file() const { return disk->contents(path(0, ".log")); }
  /// What a file of old messages holds.
  OldRecords records_in(const std::string& file) {
    OldRecords records;
    Decompressor decompressor;
    for (Bytes rest = as_bytes(file); !rest.empty();) {
      const auto message = MessageView::parse(rest);
      EXPECT_TRUE(message) << message.error().what;
      if (!message) break;
      rest = rest.subspan(message->size());
      auto reader = MessageReader::open(*message, decompressor);
      EXPECT_TRUE(reader);
      for (auto record = reader->next(); record; record = reader->next()) {
        EXPECT_TRUE(*record) << record->error().what;
        OldRecord one{.offset = (*record)->offset.value,
                      .timestamp = (*record)->timestamp.time_since_epoch().count()};
        if ((*record)->key) one.key = as_text(*(*record)->key);
        if ((*record)->value) one.value = as_text(*(*record)->value);
        records.push_back(std::move(one));
      }
    }
    return records;
  }
  TaskGroup tasks{loop};
};

// Of each key the last record stays at its offset, in the magic and the compression in which it was.
TEST_F(MessageCompactionTest, KeepsTheLastRecordOfEachKey) {
  for (const auto magic : std::array<std::int8_t, 2>{0, 1}) {
    for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4}) {
      SCOPED_TRACE(fmt::format("magic {}, {}", magic, name(codec)));
      const std::int64_t time = magic == 0 ? -1 : 1000;
      put_segment(0, set_of(magic, codec,
                            {{0, "a", "1", time}, {1, "b", "2", time}, {2, "a", "3", time}, {3, "", "4", time}}));
      put_segment(4, set_of(magic, codec, {{4, "c", "5", time}, {5, "b", "6", time}}));
      open();
      compact();
      EXPECT_EQ(records_in(first_file()),
                (OldRecords{{2, "a", "3", time}, {4, "c", "5", time}, {5, "b", "6", time}}));
      EXPECT_EQ(MessageView::parse(as_bytes(first_file()))->magic(), magic);
      EXPECT_EQ(MessageView::parse(as_bytes(first_file()))->codec(), codec);
      EXPECT_EQ(log->end(), Offset{6});
      EXPECT_EQ(read_slice({0})->base, Offset{2});
      abandon();
      disk = std::make_unique<sim::SimDisk>(loop);
    }
  }
}

TEST_F(MessageCompactionTest, LeavesWhatStaysWholeAsItIs) {
  const std::string set = set_of(1, Codec::gzip, {{0, "a", "1"}, {1, "b", "2"}});
  put_segment(0, set);
  open();
  compact();
  EXPECT_EQ(first_file(), set);
}

// A later batch of magic 2 supersedes what an old producer wrote.
TEST_F(MessageCompactionTest, KnowsKeysOverAllMagics) {
  put_segment(
      0, set_of(0, Codec::none, {{0, "a", "1", -1}}) + set_of(1, Codec::gzip, {{1, "b", "2"}, {2, "c", "3"}}));
  open();
  ASSERT_TRUE(append({.key = "a"}));
  ASSERT_TRUE(append({.key = "c"}));
  compact();
  const std::string kept = set_of(1, Codec::gzip, {{1, "b", "2"}});
  ASSERT_EQ(first_file().substr(0, kept.size()), kept);
  EXPECT_EQ(read_all({3}), (std::vector<std::int64_t>{3, 4}));
  reopen();
  EXPECT_EQ(log->end(), Offset{5});
}

// A tombstone goes once its segment is delete.retention.ms older than what was clean before.
TEST_F(MessageCompactionTest, KeepsTombstonesForAWhile) {
  config.segment_bytes = 200;  // So that none are merged.
  const std::int64_t hour = 3'600'000;
  put_segment(0, set_of(1, Codec::none, {{0, "a", std::nullopt, 5}}));
  put_segment(1, set_of(1, Codec::none, {{1, "b", std::string(180, 'x'), hour + 4}}));
  open();
  compact();
  EXPECT_EQ(records_in(first_file()), (OldRecords{{0, "a", std::nullopt, 5}})) << "nothing was clean before";
  ASSERT_TRUE(append({.timestamp = hour + 5, .value_size = 60, .key = "c"}));
  compact();
  EXPECT_EQ(records_in(first_file()).size(), 1u) << "one millisecond is missing";
  ASSERT_TRUE(append({.timestamp = hour + 6, .key = "d"}));
  compact();
  EXPECT_TRUE(first_file().empty());
}

}  // namespace
}  // namespace sluice::test
