#include "metadata/metadata_replay.h"

#include <gtest/gtest.h>

#include "metadata/records.h"
#include "wire/metadata/abort_transaction_record.h"
#include "wire/metadata/begin_transaction_record.h"
#include "wire/metadata/end_transaction_record.h"
#include "wire/metadata/no_op_record.h"

namespace sluice {
namespace {

using namespace test;

const wire::BeginTransactionRecord kBegin;
const wire::EndTransactionRecord kEnd;
const wire::AbortTransactionRecord kAbort;

/// Replays batches that follow one another.
class Replay {
 public:
  Result<void> batch(const RecordList& records) {
    const std::vector<Bytes> values = records.values();
    return replay_.apply(
        {.base_offset = replay_.next_offset(), .epoch = {1}, .append_time = {}, .records = values});
  }
  /// Replays a batch and returns what may be shown after it.
  std::optional<MetadataUpdate> shown_after(const RecordList& records) {
    const auto applied = batch(records);
    EXPECT_TRUE(applied) << (applied ? "" : applied.error().what);
    return replay_.take_update();
  }
  const MetadataImage& image() const { return *replay_.image(); }
  bool in_transaction() const { return replay_.in_transaction(); }

 private:
  MetadataReplay replay_{std::make_shared<MetadataImage>()};
};

std::vector<std::string> topic_names(const MetadataChanges& changes) {
  std::vector<std::string> names;
  for (const TopicChange& change : changes.topics) names.push_back(change.name());
  return names;
}

TEST(MetadataReplay, ShowsWhereItStandsAndWhatChanged) {
  Replay replay;
  const auto made = replay.shown_after(
      list(topic("orders", id(1)), config(2, "orders", "x", "y"), partition(id(1), 0, {1}), broker(1, 3)));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->image->provenance.last_offset, Offset{3});
  EXPECT_EQ(made->image->provenance.last_epoch, LeaderEpoch{1});
  ASSERT_EQ(made->changes.topics.size(), 1u);
  EXPECT_TRUE(made->changes.topics[0].created());
  EXPECT_EQ(made->changes.topics[0].partitions(), std::vector<PartitionIndex>{{0}});
  EXPECT_EQ(made->changes.configs, (std::vector<ConfigResource>{{ConfigResourceType::topic, "orders"}}));
  EXPECT_EQ(made->changes.brokers, std::vector<NodeId>{{1}});
  EXPECT_FALSE(made->changes.features);

  auto record = change(id(1), 0);
  record.leader = {-1};
  const auto changed = replay.shown_after(list(record, partition(id(1), 1, {1})));
  ASSERT_TRUE(changed);
  EXPECT_FALSE(changed->changes.topics[0].created());
  EXPECT_EQ(changed->changes.topics[0].partitions(), (std::vector<PartitionIndex>{{0}, {1}}));
  EXPECT_TRUE(changed->changes.brokers.empty());

  const auto removed = replay.shown_after(list(remove(id(1))));
  ASSERT_TRUE(removed);
  EXPECT_TRUE(removed->changes.topics[0].deleted());
  EXPECT_EQ(removed->changes.topics[0].name(), "orders");
  EXPECT_EQ(removed->changes.configs.size(), 1u);
}

TEST(MetadataReplay, ShowsNoOpsOnlyAsAnOffset) {
  Replay replay;
  const auto update = replay.shown_after(list(wire::NoOpRecord{}));
  ASSERT_TRUE(update);
  EXPECT_EQ(update->image->provenance.last_offset, Offset{0});
  EXPECT_TRUE(update->changes.empty());
}

TEST(MetadataReplay, ShowsATransactionOnlyWhenItHasEnded) {
  Replay replay;
  EXPECT_FALSE(replay.shown_after(list(kBegin, topic("a", id(1)))));
  EXPECT_TRUE(replay.in_transaction());
  EXPECT_FALSE(replay.shown_after(list(partition(id(1), 0, {1}))));
  EXPECT_EQ(replay.image().topic("a"), nullptr);
  const auto ended = replay.shown_after(list(topic("b", id(2)), kEnd));
  ASSERT_TRUE(ended);
  EXPECT_EQ(topic_names(ended->changes), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ended->image->topic("a")->partition_count(), 1u);
}

TEST(MetadataReplay, ForgetsATransactionThatIsAborted) {
  Replay replay;
  ASSERT_TRUE(replay.shown_after(list(topic("before", id(1)))));
  EXPECT_FALSE(replay.shown_after(list(kBegin, topic("never", id(2)), remove(id(1)))));
  const auto aborted = replay.shown_after(list(kAbort));
  ASSERT_TRUE(aborted);
  EXPECT_TRUE(aborted->changes.empty());
  EXPECT_EQ(aborted->image->topic("never"), nullptr);
  EXPECT_NE(aborted->image->topic("before"), nullptr);
  EXPECT_EQ(aborted->image->provenance.last_offset, Offset{4});
}

TEST(MetadataReplay, ShowsWhatStandsInABatchBeforeATransaction) {
  Replay replay;
  const auto update = replay.shown_after(list(topic("a", id(1)), kBegin, topic("b", id(2))));
  ASSERT_TRUE(update);
  EXPECT_EQ(topic_names(update->changes), std::vector<std::string>{"a"});
  EXPECT_EQ(update->image->provenance.last_offset, Offset{0});
  const auto rest = replay.shown_after(list(kEnd, topic("c", id(3))));
  ASSERT_TRUE(rest);
  EXPECT_EQ(topic_names(rest->changes), (std::vector<std::string>{"b", "c"}));
}

TEST(MetadataReplay, RefusesTransactionsThatDoNotMatch) {
  Replay nested;
  EXPECT_EQ(nested.batch(list(kBegin, kBegin)).error().code, Errc::corrupt);
  Replay unopened;
  EXPECT_EQ(unopened.batch(list(kEnd)).error().code, Errc::corrupt);
  Replay unaborted;
  EXPECT_EQ(unaborted.batch(list(kAbort)).error().code, Errc::corrupt);
}

TEST(MetadataReplay, RefusesOffsetsThatItHasSeen) {
  MetadataReplay replay(std::make_shared<MetadataImage>());
  const RecordList records = list(wire::NoOpRecord{}, wire::NoOpRecord{});
  const std::vector<Bytes> values = records.values();
  ASSERT_TRUE(replay.apply({.base_offset = {5}, .epoch = {1}, .append_time = {}, .records = values}));
  EXPECT_EQ(replay.apply({.base_offset = {6}, .epoch = {1}, .append_time = {}, .records = values}).error().code,
            Errc::corrupt);
  EXPECT_TRUE(replay.apply({.base_offset = {9}, .epoch = {1}, .append_time = {}, .records = values}));
}

TEST(MetadataReplay, NamesTheOffsetOfARecordThatItCannotTake) {
  Replay replay;
  const auto failed = replay.batch(list(wire::NoOpRecord{}, remove(id(1))));
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().what.find("offset 1"), std::string::npos) << failed.error().what;
}

}  // namespace
}  // namespace sluice
