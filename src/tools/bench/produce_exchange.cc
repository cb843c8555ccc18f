#include "tools/bench/produce_exchange.h"

#include <algorithm>

#include "wire/api/produce.h"

namespace sluice::tools::bench {
namespace {

using wire::ProduceRequest;

constexpr std::int32_t kTimeoutMs = 30'000;

/// One request with the batch for each of `partitions`.
Result<wire::Frame> encode(const Target& target, std::span<const PartitionIndex> partitions,
                           const PreparedBatch& batch, std::int16_t acks) {
  ProduceRequest::TopicProduceData topic{.name = {}, .topic_id = target.topic_id};
  for (const PartitionIndex partition : partitions)
    topic.partition_data.push_back(
        {.index = partition, .records = wire::Records::external(batch.bytes.size(), 0)});
  ProduceRequest request{.acks = acks, .timeout_ms = kTimeoutMs};
  request.topic_data.push_back(std::move(topic));
  return wire::encode_request(request, ProduceExchange::kVersion, 0, "bench");
}

}  // namespace

Result<std::unique_ptr<ProduceExchange>> ProduceExchange::make(const Target& target,
                                                               std::span<const PartitionIndex> partitions,
                                                               const PreparedBatch& batch, ProduceShape shape) {
  auto exchange = std::make_unique<ProduceExchange>();
  const std::size_t count = std::min(shape.batches_per_request, partitions.size());
  exchange->work_ = {.requests = 1, .records = count * batch.record_count, .bytes = count * batch.bytes.size()};
  exchange->answered_ = shape.acks != 0;
  const Bytes externals[] = {batch.bytes.bytes()};
  for (std::size_t first = 0; first < partitions.size(); first += count) {
    // The last request begins again with the first partitions, so that all are of one size.
    std::vector<PartitionIndex> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(partitions[(first + i) % partitions.size()]);
    Result<wire::Frame> frame = encode(target, chosen, batch, shape.acks);
    if (!frame) return fail(frame.error());
    exchange->requests_.emplace_back(std::move(*frame), externals, std::move(chosen));
  }
  return exchange;
}

const PreparedRequest& ProduceExchange::next(Time intended) {
  const Prepared& prepared = requests_[next_++ % requests_.size()];
  if (timeline_ != nullptr)
    for (const PartitionIndex partition : prepared.partitions) timeline_->sent(partition, intended);
  return prepared.request;
}

Result<Work> ProduceExchange::take(Bytes frame, Time) {
  const auto opened = wire::open_response(frame, wire::api_info(ApiKey::produce), kVersion);
  if (!opened) return fail(opened.error());
  const auto response = wire::decode<wire::ProduceResponse>(opened->body, kVersion);
  if (!response) return fail(response.error());
  for (const auto& topic : response->responses)
    for (const auto& partition : topic.partition_responses)
      if (partition.error_code != ErrorCode::none)
        return fail(Errc::io, "producing to partition {}: {} {}", partition.index.value,
                    name(partition.error_code), partition.error_message.value_or(""));
  return work_;
}

}  // namespace sluice::tools::bench
