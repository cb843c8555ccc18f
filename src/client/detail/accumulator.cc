#include "client/detail/accumulator.h"

#include <algorithm>
#include <utility>

namespace sluice::client::detail {

Accumulator::Accumulator(Loop& loop, const ProducerConfig& config)
    : loop_(loop), config_(config), freed_(loop), reported_(loop) {}

/// How large, before compression, a batch of the topic is to become, so that it has batch.size when compressed.
std::size_t Accumulator::size_aim(const std::string& topic) const {
  const auto ratio = ratios_.find(topic);
  if (config_.compression.codec == Codec::none || ratio == ratios_.end()) return config_.batch_size;
  return static_cast<std::size_t>(static_cast<double>(config_.batch_size) / ratio->second);
}

void Accumulator::learn_ratio(const ProducerBatch& batch) {
  if (config_.compression.codec == Codec::none || batch.uncompressed_size() == 0) return;
  // Trusts slowly that records compress well and believes at once that they do not, since a batch that turns out
  // too large may have to be split.
  constexpr double kStep = 0.005;
  constexpr double kLeast = 0.05;
  const double seen = static_cast<double>(batch.bytes().size()) / static_cast<double>(batch.uncompressed_size());
  double& ratio = ratios_.try_emplace(batch.partition().topic, 1.0).first->second;
  ratio = seen >= ratio ? std::min(seen, 1.0) : std::max({ratio - kStep, seen, kLeast});
}

Outcome<bool> Accumulator::append(const TopicPartition& partition, const NewRecord& record,
                                  DeliveryReport& report) {
  auto found = queues_.find(partition);
  if (found == queues_.end()) {
    const PartitionQueue::Rules rules{.idempotent = config_.idempotent(),
                                      .in_flight_max = std::min(5, config_.max_in_flight_requests_per_connection)};
    found = queues_.emplace(partition, PartitionQueue(partition, rules)).first;
  }
  PartitionQueue& queue = found->second;
  const std::size_t aim = size_aim(partition.topic);
  ProducerBatch* batch = queue.open_batch();
  bool news = false;
  if (batch != nullptr) {
    const std::size_t before = batch->charged();
    const Result<bool> fits = batch->try_append(record, aim, report);
    if (!fits) return failed(failure_of(fits.error()));
    if (*fits) {
      queue.added(batch->charged() - before);
      used_ += batch->charged() - before;
      return false;
    }
    if (Result<void> closed = batch->close(); !closed) return failed(failure_of(closed.error()));
    learn_ratio(*batch);
    news = true;
  }
  const ProducerBatch::Times times{.created = loop_.now(), .deadline = loop_.now() + config_.delivery_timeout};
  const auto fresh = std::make_shared<ProducerBatch>(next_number_++, partition, config_.compression,
                                                     config_.transactional_id.has_value(), times);
  const Result<bool> fits = fresh->try_append(record, aim, report);
  if (!fits) return failed(failure_of(fits.error()));
  queue.added(fresh->charged());
  used_ += fresh->charged();
  unreported_.insert(fresh->number());
  news = news || queue.waiting().empty();
  queue.push(fresh);
  return news;
}

std::size_t Accumulator::queued_bytes(const TopicPartition& partition) const {
  const auto found = queues_.find(partition);
  return found == queues_.end() ? 0 : found->second.queued_bytes();
}

bool Accumulator::empty() const {
  return std::ranges::all_of(queues_, [](const auto& entry) { return entry.second.empty(); });
}

SteadyTime Accumulator::ready_at(const PartitionQueue& queue, const ProducerBatch& batch) const {
  const bool full = batch.closed() || queue.waiting().size() > 1 ||
                    batch.uncompressed_size() >= size_aim(queue.partition().topic);
  if (full || hurrying_ > 0 || waiting_for_room_ > 0) return std::max(batch.created(), batch.not_before);
  return batch.created() + config_.linger;
}

void Accumulator::finished(const ProducerBatch& batch) {
  if (const auto found = unreported_.find(batch.number()); found != unreported_.end()) unreported_.erase(found);
  reported_.notify_all();
}

void Accumulator::release(const ProducerBatch& batch) {
  SLUICE_ASSERT(used_ >= batch.charged());
  used_ -= batch.charged();
  freed_.notify_all();
}

void Accumulator::replaced(const ProducerBatch& batch, const std::vector<BatchPtr>& parts) {
  release(batch);
  for (const BatchPtr& part : parts) {
    used_ += part->charged();
    unreported_.insert(part->number());
  }
  finished(batch);
}

Task<void> Accumulator::wait_for_reports() {
  const std::uint64_t end = next_number_;
  while (!unreported_.empty() && *unreported_.begin() < end) co_await reported_.wait();
}

}  // namespace sluice::client::detail
