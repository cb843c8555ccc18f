// client/detail/partition_queue.h: the batches of one partition from their first record to their report, in order.
//
// With idempotence a batch gets its sequence number when it first leaves and keeps it until it is reported, so the
// broker can tell a repetition. Those that come back lie at the front, in the order of their numbers, and leave
// again one at a time. When a batch with a number is given up, nobody knows whether the broker has it: then
// nothing new leaves until all others have come back, and the partition begins again at 0 with a greater epoch
// (KIP-360).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "client/detail/producer_batch.h"

namespace sluice::client::detail {

using BatchPtr = std::shared_ptr<ProducerBatch>;

class PartitionQueue {
 public:
  struct Rules {
    bool idempotent = false;
    /// Batches of the partition on their way at once: brokers remember five.
    int in_flight_max = 5;
  };

  PartitionQueue(TopicPartition partition, Rules rules) : partition_(std::move(partition)), rules_(rules) {}

  const TopicPartition& partition() const { return partition_; }
  bool empty() const { return waiting_.empty() && in_flight_.empty(); }
  const std::deque<BatchPtr>& waiting() const { return waiting_; }
  const std::deque<BatchPtr>& in_flight() const { return in_flight_; }
  std::size_t queued_bytes() const { return queued_bytes_; }

  /// The batch that takes records now; nullptr if a new one must be made.
  ProducerBatch* open_batch();
  void push(BatchPtr batch);
  /// Told after records were added to the open batch.
  void added(std::size_t bytes) { queued_bytes_ += bytes; }

  /// The batch that would leave next, nullptr if none may leave now: order or sequence forbid it.
  /// `identity` is the producer's; what is sent with an older one stays with it.
  ProducerBatch* next_to_leave(const ProducerIdentity& identity) const;
  /// Whether one that was numbered before the batch has come back: the batch may not go before it.
  bool overtakes(const ProducerBatch& batch) const;
  /// Closes the batch that next_to_leave() gave, numbers it and counts it as being on its way.
  /// Errors: too_large; the batch has then left the queue and is to be failed.
  Result<BatchPtr> leave(const ProducerIdentity& identity);

  // What became of a batch on its way. Each takes it off the way.

  /// The broker has it, and said where it lies.
  void acknowledged(const BatchPtr& batch, Offset base_offset, std::optional<WallTime> log_append_time);
  /// It will be sent again.
  void come_back(const BatchPtr& batch);
  /// It has been split: its parts take its place.
  void come_back_as(const BatchPtr& batch, std::vector<BatchPtr> parts);
  /// It is given up. What was numbered after it can then not be written either, so the numbers begin again.
  void gave_up(const BatchPtr& batch);

  /// Takes out the acknowledged batches that may be reported: with idempotence those before which none is still to
  /// be reported, so that reports come in the order of the records.
  struct Acknowledged {
    BatchPtr batch;
    Offset base_offset;
    std::optional<WallTime> log_append_time;
  };
  std::vector<Acknowledged> take_acknowledged();

  /// Takes out the waiting batches that are past their deadline.
  std::vector<BatchPtr> take_expired(SteadyTime now);
  /// Takes out all that wait.
  std::vector<BatchPtr> take_all_waiting();

  /// Begins again at 0 with the next identity, as soon as nothing is on its way and nothing in doubt: under new
  /// numbers a broker would not know again what it has.
  void reset_sequence() { reset_needed_ = rules_.idempotent; }
  /// Whether a new identity is needed before anything leaves.
  bool needs_identity(const ProducerIdentity& current) const {
    return reset_needed_ && may_adopt() && identity_ == current;
  }
  /// Whether it is no wonder that the broker misses what was numbered before the batch: that is on its way again,
  /// or has been given up.
  bool explains_gap_before(const ProducerBatch& batch) const;

 private:
  bool is_first_to_report(const ProducerBatch& batch) const;
  bool next_is_in_doubt() const;
  bool may_adopt() const { return in_flight_.empty() && !next_is_in_doubt(); }
  void adopt(const ProducerIdentity& identity);
  void put_back(BatchPtr batch);
  bool remove_in_flight(const BatchPtr& batch);

  TopicPartition partition_;
  Rules rules_;
  std::deque<BatchPtr> waiting_;    // Those that came back first.
  std::deque<BatchPtr> in_flight_;  // As they left.
  std::vector<Acknowledged> acknowledged_;
  std::size_t queued_bytes_ = 0;
  ProducerIdentity identity_;
  std::int32_t next_sequence_ = 0;
  bool reset_needed_ = false;
};

}  // namespace sluice::client::detail
