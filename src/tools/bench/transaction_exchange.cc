#include "tools/bench/transaction_exchange.h"

#include "record/batch_view.h"
#include "record/crc32c.h"
#include "wire/api/end_txn.h"
#include "wire/api/init_producer_id.h"
#include "wire/api/produce.h"

namespace sluice::tools::bench {
namespace {

// The versions that clients of Kafka 4 use.
constexpr std::int16_t kInitVersion = 5;
constexpr std::int16_t kProduceVersion = 13;
constexpr std::int16_t kEndVersion = 5;

constexpr std::int32_t kTimeoutMs = 30'000;
constexpr std::int16_t kAcksAll = -1;

}  // namespace

void TransactionBatch::set(ProducerId id, ProducerEpoch epoch) {
  const MutableBytes bytes = bytes_.bytes();
  const auto attributes = load<std::int16_t>(bytes, batch_field::kAttributes);
  store<std::int16_t>(bytes, batch_field::kAttributes,
                      static_cast<std::int16_t>(attributes | Attributes::kTransactional));
  store<std::int64_t>(bytes, batch_field::kProducerId, id.value);
  store<std::int16_t>(bytes, batch_field::kProducerEpoch, epoch.value);
  store<std::int32_t>(bytes, batch_field::kBaseSequence, 0);
  store<std::uint32_t>(bytes, batch_field::kCrc, crc32c(bytes.subspan(batch_field::kAttributes)));
}

TransactionExchange::TransactionExchange(const Target& target, std::string id,
                                         std::vector<PartitionIndex> partitions, std::size_t count,
                                         const PreparedBatch& batch, std::uint64_t& retries)
    : target_(target),
      id_(std::move(id)),
      partitions_(std::move(partitions)),
      count_(std::min(count, partitions_.size())),
      batch_(batch.bytes.bytes()),
      work_{.requests = 1, .records = count_ * batch.record_count, .bytes = count_ * batch.bytes.size()},
      retries_(retries) {}

const PreparedRequest& TransactionExchange::next(Time intended) {
  switch (step_) {
    case Step::begin:
      return request_.encode(
          wire::InitProducerIdRequest{.transactional_id = id_, .transaction_timeout_ms = 2 * kTimeoutMs},
          kInitVersion);
    case Step::produce:
      if (!repeated_) begun_ = intended;
      return produce();
    case Step::end: break;
  }
  return request_.encode(
      wire::EndTxnRequest{
          .transactional_id = id_, .producer_id = producer_, .producer_epoch = epoch_, .committed = true},
      kEndVersion);
}

const PreparedRequest& TransactionExchange::produce() {
  batch_.set(producer_, epoch_);
  wire::ProduceRequest::TopicProduceData topic{.name = {}, .topic_id = target_.topic_id};
  for (std::size_t i = 0; i < count_; ++i)
    topic.partition_data.push_back({.index = partitions_[(next_partition_ + i) % partitions_.size()],
                                    .records = wire::Records::external(batch_.bytes().size(), 0)});
  wire::ProduceRequest request{.transactional_id = id_, .acks = kAcksAll, .timeout_ms = kTimeoutMs};
  request.topic_data.push_back(std::move(topic));
  const Bytes externals[] = {batch_.bytes()};
  return request_.encode(request, kProduceVersion, externals);
}

Result<Work> TransactionExchange::take(Bytes frame, Time now) {
  repeated_ = false;
  switch (step_) {
    case Step::begin: return take_begin(frame, now);
    case Step::produce: return take_produce(frame, now);
    case Step::end: break;
  }
  return take_end(frame, now);
}

Work TransactionExchange::again_later(Time now) {
  repeated_ = true;
  not_before_ = now + kSoon;
  ++retries_;
  return Work{};
}

Result<Work> TransactionExchange::take_begin(Bytes frame, Time now) {
  const auto response = open_answer<wire::InitProducerIdResponse>(frame, kInitVersion);
  if (!response) return fail(response.error());
  if (comes_later(response->error_code)) return again_later(now);
  if (response->error_code != ErrorCode::none) return refused("InitProducerId", response->error_code);
  producer_ = response->producer_id;
  epoch_ = response->producer_epoch;
  step_ = Step::produce;
  return Work{};
}

Result<Work> TransactionExchange::take_produce(Bytes frame, Time now) {
  const auto response = open_answer<wire::ProduceResponse>(frame, kProduceVersion);
  if (!response) return fail(response.error());
  // A batch that is there already is known again by its sequence, so all are repeated where one was refused.
  bool pass = false;
  for (const auto& topic : response->responses)
    for (const auto& partition : topic.partition_responses) {
      if (partition.error_code == ErrorCode::none) continue;
      if (!comes_later(partition.error_code))
        return refused("producing", partition.error_code, partition.error_message.value_or(""));
      pass = true;
    }
  if (pass) return again_later(now);
  next_partition_ += count_;
  step_ = Step::end;
  return Work{};
}

Result<Work> TransactionExchange::take_end(Bytes frame, Time now) {
  const auto response = open_answer<wire::EndTxnResponse>(frame, kEndVersion);
  if (!response) return fail(response.error());
  if (comes_later(response->error_code)) return again_later(now);
  if (response->error_code != ErrorCode::none) return refused("EndTxn", response->error_code);
  producer_ = response->producer_id;
  epoch_ = response->producer_epoch;
  step_ = Step::produce;
  return work_;
}

}  // namespace sluice::tools::bench
