#include "record/batch_view.h"
#include "tools/bench/transaction_exchange.h"
#include "tools/bench_exchange.h"
#include "wire/api/end_txn.h"
#include "wire/api/init_producer_id.h"
#include "wire/api/produce.h"

namespace sluice::tools::bench {
namespace {

using namespace std::chrono_literals;

const Time kBegin{};

wire::ProduceResponse produced(Uuid topic, ErrorCode error) {
  wire::ProduceResponse response;
  auto& answered = response.responses.emplace_back();
  answered.topic_id = topic;
  answered.partition_responses.emplace_back().error_code = error;
  return response;
}

TEST(TransactionBatch, IsWholeWithItsProducer) {
  const auto prepared = PreparedBatch::make({.batch_bytes = 1, .record_bytes = 10, .compression = {}}, WallTime{});
  TransactionBatch batch(prepared->bytes.bytes());
  batch.set({42}, {7});
  const auto view = ConstBatchView::parse(batch.bytes());
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->producer_id(), ProducerId{42});
  EXPECT_EQ(view->producer_epoch(), ProducerEpoch{7});
  EXPECT_EQ(view->base_sequence(), 0);
  EXPECT_TRUE(view->is_transactional());
}

// From the producer's id over a batch that comes too early to the next transaction, which has the epoch that the
// first one's end named.
TEST(TransactionExchange, GoesOnWithTheEpochThatTheEndNames) {
  const Target target{
      .topic = "t", .topic_id = {{std::byte{7}}}, .partitions = {}, .brokers = {}, .starts = {}, .ends = {}};
  const auto batch = PreparedBatch::make({.batch_bytes = 1, .record_bytes = 10, .compression = {}}, WallTime{});
  std::uint64_t retries = 0;
  TransactionExchange exchange(target, "x", {PartitionIndex{0}, PartitionIndex{1}}, 1, *batch, retries);

  Said<wire::InitProducerIdRequest> begin(exchange);
  EXPECT_EQ(begin->transactional_id, "x");
  ASSERT_TRUE(answer(exchange, wire::InitProducerIdResponse{.producer_id = {5}, .producer_epoch = {0}},
                     begin.version(), kBegin));

  Said<wire::ProduceRequest> early(exchange, kBegin + 1ms);
  const auto refused = answer(exchange, produced(target.topic_id, ErrorCode::concurrent_transactions),
                              early.version(), kBegin + 2ms);
  EXPECT_EQ(refused->requests, 0U);
  EXPECT_EQ(retries, 1U);
  EXPECT_EQ(exchange.ready(kBegin + 2ms), kBegin + 22ms);
  Said<wire::ProduceRequest> again(exchange, kBegin + 22ms);
  EXPECT_EQ(again->topic_data.front().partition_data.front().index, PartitionIndex{0});
  ASSERT_TRUE(answer(exchange, produced(target.topic_id, ErrorCode::none), again.version(), kBegin + 23ms));

  Said<wire::EndTxnRequest> end(exchange);
  EXPECT_TRUE(end->committed);
  EXPECT_EQ(end->producer_epoch, ProducerEpoch{0});
  const auto done = answer(exchange, wire::EndTxnResponse{.producer_id = {5}, .producer_epoch = {1}},
                           end.version(), kBegin + 24ms);
  EXPECT_EQ(done->requests, 1U);
  EXPECT_EQ(done->records, 1U);
  EXPECT_EQ(exchange.begun(kBegin + 24ms), kBegin + 1ms) << "the pause counts";

  Said<wire::ProduceRequest> next(exchange);
  const auto& data = next->topic_data.front().partition_data.front();
  EXPECT_EQ(data.index, PartitionIndex{1});
  EXPECT_EQ(ConstBatchView::parse(data.records->bytes())->producer_epoch(), ProducerEpoch{1});
}

}  // namespace
}  // namespace sluice::tools::bench
