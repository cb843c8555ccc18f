#include "client/detail/partition_queue.h"

#include <algorithm>
#include <utility>

namespace sluice::client::detail {

ProducerBatch* PartitionQueue::open_batch() {
  if (waiting_.empty() || waiting_.back()->closed()) return nullptr;
  return waiting_.back().get();
}

void PartitionQueue::push(BatchPtr batch) { waiting_.push_back(std::move(batch)); }

bool PartitionQueue::next_is_in_doubt() const { return !waiting_.empty() && waiting_.front()->in_doubt; }

ProducerBatch* PartitionQueue::next_to_leave(const ProducerIdentity& identity) const {
  if (waiting_.empty()) return nullptr;
  ProducerBatch* const batch = waiting_.front().get();
  if (std::cmp_greater_equal(in_flight_.size(), rules_.in_flight_max)) return nullptr;
  if (!rules_.idempotent) return batch;
  if (!identity.valid()) return nullptr;
  // Under the numbers that it had: either the broker knows it by them, or it says that it never came.
  if (next_is_in_doubt()) return in_flight_.empty() ? batch : nullptr;
  if (identity_ != identity) return may_adopt() ? batch : nullptr;
  if (reset_needed_) return nullptr;
  // What came back leaves alone: whether what was numbered after it may be written depends on it.
  if (batch->has_sequence() && !in_flight_.empty()) return nullptr;
  // Nor does anything new overtake it.
  const bool repeating = !in_flight_.empty() && in_flight_.front()->attempts > 1;
  return repeating ? nullptr : batch;
}

bool PartitionQueue::overtakes(const ProducerBatch& batch) const {
  const auto was_before = [&batch](const BatchPtr& other) {
    return other->has_sequence() && other->number() < batch.number();
  };
  return std::ranges::any_of(waiting_, was_before);
}

void PartitionQueue::adopt(const ProducerIdentity& identity) {
  identity_ = identity;
  next_sequence_ = 0;
  reset_needed_ = false;
  for (const BatchPtr& batch : waiting_) {
    if (!batch->has_sequence()) break;
    batch->set_sequence(identity_, next_sequence_);
    next_sequence_ = batch->next_sequence();
  }
}

Result<BatchPtr> PartitionQueue::leave(const ProducerIdentity& identity) {
  BatchPtr batch = waiting_.front();
  if (rules_.idempotent && identity_ != identity && !batch->in_doubt) adopt(identity);
  waiting_.pop_front();
  if (Result<void> closed = batch->close(); !closed) {
    queued_bytes_ -= batch->charged();
    return sluice::fail(std::move(closed.error()));
  }
  if (rules_.idempotent && !batch->has_sequence()) {
    batch->set_sequence(identity_, next_sequence_);
    next_sequence_ = batch->next_sequence();
  }
  ++batch->attempts;
  in_flight_.push_back(batch);
  return batch;
}

bool PartitionQueue::remove_in_flight(const BatchPtr& batch) { return std::erase(in_flight_, batch) > 0; }

void PartitionQueue::acknowledged(const BatchPtr& batch, Offset base_offset,
                                  std::optional<WallTime> log_append_time) {
  if (remove_in_flight(batch)) queued_bytes_ -= batch->charged();
  acknowledged_.push_back({batch, base_offset, log_append_time});
}

bool PartitionQueue::is_first_to_report(const ProducerBatch& batch) const {
  const auto is_due_before = [&batch](const BatchPtr& other) {
    return other->number() < batch.number() && !other->reported();
  };
  return std::ranges::none_of(waiting_, is_due_before) && std::ranges::none_of(in_flight_, is_due_before);
}

std::vector<PartitionQueue::Acknowledged> PartitionQueue::take_acknowledged() {
  std::ranges::sort(acknowledged_, {}, [](const Acknowledged& one) { return one.batch->number(); });
  auto end = acknowledged_.begin();
  while (end != acknowledged_.end() && (!rules_.idempotent || is_first_to_report(*end->batch))) ++end;
  std::vector<Acknowledged> taken(std::make_move_iterator(acknowledged_.begin()), std::make_move_iterator(end));
  acknowledged_.erase(acknowledged_.begin(), end);
  return taken;
}

bool PartitionQueue::explains_gap_before(const ProducerBatch& batch) const {
  const auto is_before = [&batch](const BatchPtr& other) { return other->number() < batch.number(); };
  return reset_needed_ || overtakes(batch) || std::ranges::any_of(in_flight_, is_before);
}

void PartitionQueue::put_back(BatchPtr batch) {
  const auto later = std::ranges::find_if(waiting_, [&batch](const BatchPtr& other) {
    // Not by sequence, which begins again at 0. The parts of one batch have one number; what left did so first.
    return other->number() >= batch->number();
  });
  waiting_.insert(later, std::move(batch));
}

void PartitionQueue::come_back(const BatchPtr& batch) {
  if (remove_in_flight(batch)) put_back(batch);
}

void PartitionQueue::come_back_as(const BatchPtr& batch, std::vector<BatchPtr> parts) {
  if (!remove_in_flight(batch)) return;
  queued_bytes_ -= batch->charged();
  while (!parts.empty()) {
    queued_bytes_ += parts.back()->charged();
    put_back(std::move(parts.back()));  // Each in front of the one behind it, which has the same number.
    parts.pop_back();
  }
}

void PartitionQueue::gave_up(const BatchPtr& batch) {
  if (!remove_in_flight(batch)) return;
  queued_bytes_ -= batch->charged();
  reset_sequence();
}

std::vector<BatchPtr> PartitionQueue::take_expired(SteadyTime now) {
  std::vector<BatchPtr> expired;
  while (!waiting_.empty() && waiting_.front()->deadline() <= now) {
    BatchPtr batch = std::move(waiting_.front());
    waiting_.pop_front();
    queued_bytes_ -= batch->charged();
    if (batch->has_sequence()) reset_sequence();
    expired.push_back(std::move(batch));
  }
  return expired;
}

std::vector<BatchPtr> PartitionQueue::take_all_waiting() {
  std::vector<BatchPtr> all(waiting_.begin(), waiting_.end());
  waiting_.clear();
  for (const BatchPtr& batch : all) {
    queued_bytes_ -= batch->charged();
    if (batch->has_sequence()) reset_sequence();
  }
  return all;
}

}  // namespace sluice::client::detail
