#include "record/batch_builder.h"
#include "tools/bench/share_exchange.h"
#include "tools/bench_exchange.h"
#include "wire/api/share_fetch.h"

namespace sluice::tools::bench {
namespace {

constexpr Uuid kTopic{{std::byte{7}}};

Buffer batch_at(Offset base, int records) {
  Buffer bytes;
  BatchBuilder builder(bytes, {.base_offset = base});
  for (int i = 0; i < records; ++i) EXPECT_TRUE(builder.append({.value = as_bytes("value")}));
  EXPECT_TRUE(builder.finish());
  return bytes;
}

TEST(ShareFetchExchange, AcceptsWhatItHasGotAndCountsItThen) {
  ShareFetchExchange exchange("g", "m", kTopic, {PartitionIndex{0}, PartitionIndex{1}}, {});
  Said<wire::ShareFetchRequest> first(exchange);
  EXPECT_EQ(first->share_session_epoch, 0);
  ASSERT_EQ(first->topics.size(), 1U);
  EXPECT_EQ(first->topics[0].partitions.size(), 2U);

  // Two batches come, of which this member has the second.
  Buffer records = batch_at({10}, 3);
  const Buffer acquired = batch_at({13}, 2);
  records.append(acquired.bytes());
  wire::ShareFetchResponse response;
  auto& topic = response.responses.emplace_back();
  topic.topic_id = kTopic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = {1};
  partition.records = wire::Records(records.bytes());
  partition.acquired_records.push_back({.first_offset = {13}, .last_offset = {14}, .delivery_count = 1});
  EXPECT_EQ(answer(exchange, response, first.version())->records, 0U);

  Said<wire::ShareFetchRequest> second(exchange);
  EXPECT_EQ(second->share_session_epoch, 1);
  ASSERT_EQ(second->topics.size(), 1U);
  ASSERT_EQ(second->topics[0].partitions.size(), 1U);
  const auto& told = second->topics[0].partitions[0];
  EXPECT_EQ(told.partition_index, PartitionIndex{1});
  ASSERT_EQ(told.acknowledgement_batches.size(), 1U);
  EXPECT_EQ(told.acknowledgement_batches[0].first_offset, Offset{13});
  EXPECT_EQ(told.acknowledgement_batches[0].last_offset, Offset{14});
  const auto done = answer(exchange, wire::ShareFetchResponse{}, second.version());
  EXPECT_EQ(done->records, 2U);
  EXPECT_EQ(done->bytes, acquired.size());

  Said<wire::ShareFetchRequest> third(exchange);
  EXPECT_EQ(third->share_session_epoch, 2);
  EXPECT_TRUE(third->topics.empty());
}

TEST(ShareFetchExchange, FailsWhereAcceptingFails) {
  ShareFetchExchange exchange("g", "m", kTopic, {PartitionIndex{0}}, {});
  wire::ShareFetchResponse response;
  auto& topic = response.responses.emplace_back();
  topic.topic_id = kTopic;
  auto& partition = topic.partitions.emplace_back();
  partition.records = wire::Records(Bytes{});
  partition.acknowledge_error_code = ErrorCode::invalid_record_state;
  EXPECT_FALSE(answer(exchange, response, ShareFetchExchange::kVersion).has_value());
}

}  // namespace
}  // namespace sluice::tools::bench
