// client/detail/accumulator.h: the records that a producer has taken and not reported, by partition, and their
// memory.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/event.h"
#include "client/detail/partition_queue.h"
#include "client/producer_config.h"

namespace sluice::client::detail {

class Accumulator {
 public:
  /// Both outlive this.
  Accumulator(Loop& loop, const ProducerConfig& config);

  // Memory: what records count for from append() to release().

  bool has_room(std::size_t size) const { return used_ == 0 || used_ + size <= config_.buffer_memory; }
  /// Notified when there may be room.
  Event& freed() { return freed_; }
  /// Somebody waits for room: no batch lingers then.
  void wait_began() { ++waiting_for_room_; }
  void wait_ended() { --waiting_for_room_; }

  /// Adds a record to its partition's batch, for which there is room. True if the sender should look: a batch is
  /// full, or the first record of a new one has come. Errors: message_too_large.
  Outcome<bool> append(const TopicPartition& partition, const NewRecord& record, DeliveryReport& report);

  std::map<TopicPartition, PartitionQueue>& queues() { return queues_; }
  PartitionQueue& queue(const TopicPartition& partition) { return queues_.at(partition); }
  std::size_t queued_bytes(const TopicPartition& partition) const;
  bool empty() const;

  /// When the batch that would leave next is worth sending: at once if it is full, else after it has lingered.
  SteadyTime ready_at(const PartitionQueue& queue, const ProducerBatch& batch) const;

  /// The batch has been reported.
  void finished(const ProducerBatch& batch);
  /// The batch's memory is not needed any more.
  void release(const ProducerBatch& batch);
  /// The parts of a batch have taken its place.
  void replaced(const ProducerBatch& batch, const std::vector<BatchPtr>& parts);
  /// Learns from a closed batch how well a topic's records compress.
  void learn_ratio(const ProducerBatch& batch);

  // Flushing: while somebody flushes, or the producer closes, no batch lingers.

  void hurry() { ++hurrying_; }
  void relax() { --hurrying_; }
  /// Waits until all that is here now has been reported.
  Task<void> wait_for_reports();

 private:
  std::size_t size_aim(const std::string& topic) const;

  Loop& loop_;
  const ProducerConfig& config_;
  std::map<TopicPartition, PartitionQueue> queues_;
  std::map<std::string, double, std::less<>> ratios_;
  std::size_t used_ = 0;
  int hurrying_ = 0;
  int waiting_for_room_ = 0;
  Event freed_;
  std::uint64_t next_number_ = 0;
  std::multiset<std::uint64_t> unreported_;  ///< Numbers of batches; a split one's several times.
  Event reported_;
};

}  // namespace sluice::client::detail
