#include "tools/bench/share_exchange.h"

#include "record/batch_view.h"
#include "wire/api/share_fetch.h"
#include "wire/api/share_group_heartbeat.h"

namespace sluice::tools::bench {
namespace {

constexpr std::int16_t kHeartbeatVersion = 1;
constexpr std::int8_t kAccept = 1;

// Between heartbeats: until there is an assignment, and then.
constexpr std::chrono::milliseconds kUntilAssigned{100};
constexpr std::chrono::seconds kOnceAssigned{3};

}  // namespace

const PreparedRequest& ShareHeartbeat::next(Time) {
  wire::ShareGroupHeartbeatRequest request{.group_id = group_, .member_id = member_, .member_epoch = epoch_};
  if (epoch_ == 0) request.subscribed_topic_names = std::vector<std::string_view>{topic_};
  return request_.encode(request, kHeartbeatVersion);
}

Result<Work> ShareHeartbeat::take(Bytes frame, Time now) {
  const auto response = open_answer<wire::ShareGroupHeartbeatResponse>(frame, kHeartbeatVersion);
  if (!response) return fail(response.error());
  if (comes_later(response->error_code)) {
    next_ = now + kSoon;
    return Work{};
  }
  if (response->error_code != ErrorCode::none)
    return refused("heartbeat", response->error_code, response->error_message.value_or(""));
  epoch_ = response->member_epoch;
  const bool first = !assigned_ && response->assignment && !response->assignment->topic_partitions.empty();
  assigned_ = assigned_ || first;
  next_ = now + (assigned_ ? std::chrono::milliseconds(kOnceAssigned) : kUntilAssigned);
  return Work{.requests = first ? 1U : 0U};
}

const PreparedRequest& ShareFetchExchange::next(Time) {
  wire::ShareFetchRequest request{.group_id = group_,
                                  .member_id = member_,
                                  .share_session_epoch = session_epoch_,
                                  .max_wait_ms = shape_.wait_ms_max,
                                  .min_bytes = shape_.bytes_min,
                                  .max_bytes = shape_.bytes_max,
                                  .max_records = shape_.records_max,
                                  .batch_size = shape_.records_max};
  wire::ShareFetchRequest::FetchTopic topic{.topic_id = topic_};
  if (session_epoch_ == 0)
    for (const PartitionIndex partition : partitions_) topic.partitions.push_back({.partition_index = partition});
  for (const auto& [partition, acquired] : acquired_) {
    auto& told = topic.partitions.emplace_back();
    told.partition_index = partition;
    for (const Acquired& range : acquired)
      told.acknowledgement_batches.push_back(
          {.first_offset = range.first, .last_offset = range.last, .acknowledge_types = {kAccept}});
  }
  if (!topic.partitions.empty()) request.topics.push_back(std::move(topic));
  return request_.encode(request, kVersion);
}

Result<Work> ShareFetchExchange::take(Bytes frame, Time) {
  const auto response = open_answer<wire::ShareFetchResponse>(frame, kVersion);
  if (!response) return fail(response.error());
  if (response->error_code != ErrorCode::none)
    return refused("fetching", response->error_code, response->error_message.value_or(""));
  const Work accepted = std::exchange(held_, Work{});
  acquired_.clear();
  ++session_epoch_;
  for (const auto& topic : response->responses)
    for (const auto& partition : topic.partitions) {
      if (partition.error_code != ErrorCode::none)
        return refused("fetching", partition.error_code, partition.error_message.value_or(""));
      if (partition.acknowledge_error_code != ErrorCode::none)
        return refused("accepting", partition.acknowledge_error_code,
                       partition.acknowledge_error_message.value_or(""));
      std::vector<Acquired> acquired;
      for (const auto& range : partition.acquired_records)
        acquired.push_back({.first = range.first_offset, .last = range.last_offset});
      const Bytes records = partition.records ? partition.records->bytes() : Bytes{};
      if (auto taken = take_partition(partition.partition_index, records, std::move(acquired)); !taken)
        return fail(taken.error());
    }
  return Work{.requests = 1, .records = accepted.records, .bytes = accepted.bytes};
}

Result<void> ShareFetchExchange::take_partition(PartitionIndex partition, Bytes records,
                                                std::vector<Acquired> acquired) {
  if (acquired.empty()) return {};
  for (const Acquired& range : acquired) held_.records += static_cast<std::uint64_t>(range.last - range.first) + 1;
  while (!records.empty()) {
    const auto batch = ConstBatchView::parse(records, CrcCheck::skip);
    if (!batch && batch.error().code == Errc::incomplete) break;  // Kafka may cut the last one short.
    if (!batch) return fail(batch.error());
    const bool ours = std::ranges::any_of(acquired, [&](const Acquired& range) {
      return batch->base_offset() <= range.last && range.first < batch->next_offset();
    });
    if (ours) held_.bytes += batch->size();
    records = records.subspan(batch->size());
  }
  acquired_[partition] = std::move(acquired);
  return {};
}

}  // namespace sluice::tools::bench
