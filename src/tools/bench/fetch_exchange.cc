#include "tools/bench/fetch_exchange.h"

#include "record/batch_view.h"
#include "wire/api/fetch.h"

namespace sluice::tools::bench {
namespace {

using wire::FetchRequest;

/// What stands for a partition's offset until its place in the request is known.
constexpr std::int64_t kMark = 0x5EA7'0000'0000'0000;

}  // namespace

Result<std::unique_ptr<FetchExchange>> FetchExchange::make(const Target& target, const Target::Share& share,
                                                           const std::map<PartitionIndex, Offset>& from,
                                                           FetchShape shape, std::optional<EndToEnd> end_to_end) {
  auto exchange = std::make_unique<FetchExchange>();
  exchange->shape_ = shape;
  exchange->end_to_end_ = end_to_end;
  FetchRequest::FetchTopic topic{.topic = {}, .topic_id = target.topic_id};
  for (const PartitionIndex partition : share.partitions)
    topic.partitions.push_back({.partition = partition,
                                .fetch_offset = {kMark + partition.value},
                                .partition_max_bytes = shape.partition_bytes_max});
  FetchRequest request{
      .max_wait_ms = shape.wait_ms_max, .min_bytes = shape.bytes_min, .max_bytes = shape.bytes_max};
  request.topics.push_back(std::move(topic));
  Result<wire::Frame> frame = wire::encode_request(request, kVersion, 0, "bench");
  if (!frame) return fail(frame.error());
  PreparedRequest& prepared = exchange->request_.emplace(std::move(*frame), std::span<const Bytes>{});
  for (const PartitionIndex partition : share.partitions)
    exchange->positions_[partition] = {.offset = from.at(partition),
                                       .place = prepared.find(kMark + partition.value)};
  return exchange;
}

const PreparedRequest& FetchExchange::next(Time) {
  for (const auto& [partition, position] : positions_) request_->set(position.place, position.offset.value);
  return *request_;
}

Result<Work> FetchExchange::take(Bytes frame, Time now) {
  const auto opened = wire::open_response(frame, wire::api_info(ApiKey::fetch), kVersion);
  if (!opened) return fail(opened.error());
  const auto response = wire::decode<wire::FetchResponse>(opened->body, kVersion);
  if (!response) return fail(response.error());
  if (response->error_code != ErrorCode::none) return fail(Errc::io, "fetching: {}", name(response->error_code));
  Work work{.requests = 1};
  for (const auto& topic : response->responses)
    for (const auto& partition : topic.partitions) {
      if (partition.error_code != ErrorCode::none)
        return fail(Errc::io, "fetching from partition {}: {}", partition.partition_index.value,
                    name(partition.error_code));
      const Bytes records = partition.records ? partition.records->bytes() : Bytes{};
      if (auto taken = take_records(partition.partition_index, records, now, work); !taken)
        return fail(taken.error());
      Offset& offset = positions_.at(partition.partition_index).offset;
      if (shape_.rewind && offset >= partition.high_watermark) offset = partition.log_start_offset;
    }
  return work;
}

Result<void> FetchExchange::take_records(PartitionIndex partition, Bytes records, Time now, Work& work) {
  Position& position = positions_.at(partition);
  while (!records.empty()) {
    const auto batch = ConstBatchView::parse(records, shape_.check_crcs ? CrcCheck::verify : CrcCheck::skip);
    if (!batch && batch.error().code == Errc::incomplete) break;  // Kafka may cut the last one short.
    if (!batch) return fail(batch.error());
    if (batch->next_offset() <= position.offset) return fail(Errc::corrupt, "a batch before the one asked for");
    position.offset = batch->next_offset();
    work.records += static_cast<std::uint64_t>(batch->record_count());
    work.bytes += batch->size();
    records = records.subspan(batch->size());
    if (!end_to_end_) continue;
    if (const auto intended = end_to_end_->timeline->find(partition, batch->base_offset()))
      end_to_end_->window->took(*intended, now, *end_to_end_->latency);
  }
  return {};
}

}  // namespace sluice::tools::bench
