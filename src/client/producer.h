// client/producer.h: sends records to topics.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/cluster.h"
#include "client/delivery.h"
#include "client/group_metadata.h"
#include "client/offset_and_metadata.h"
#include "client/partitioner.h"
#include "client/producer_config.h"

namespace sluice::client {

namespace detail {
class Accumulator;
class Sender;
class Transactions;
}  // namespace detail

/// Collects records into batches by partition and sends them in the background. Records of one partition keep the
/// order in which their sends were awaited; with idempotence (the default) also through retries, and none is
/// written twice. Lives on one shard; `close` it before it dies.
class Producer {
 public:
  /// `config` passes its check().
  Producer(Loop& loop, Network& network, ProducerConfig config);
  ~Producer();

  /// Takes the record in; its bytes may go when this returns. Waits for metadata and for room in buffer.memory, at
  /// the most max.block.ms. `report` is called when the record is delivered or given up, if this succeeded; never
  /// else. Errors: request_timed_out, message_too_large, unknown_topic_or_partition, topic_authorization_failed …
  Task<Outcome<void>> send(ProducerRecord record, DeliveryReport report = {});
  /// Sends a record and waits for what becomes of it.
  Task<Outcome<Delivered>> deliver(ProducerRecord record);
  /// Sends what has been taken in without lingering, and waits until all of it has been reported.
  Task<void> flush();

  // Transactions, with a transactional.id. Errors of all: invalid_txn_state out of turn; producer_fenced once
  // another producer with the same id has come, and then for good; request_timed_out after max.block.ms, when the
  // same may be asked for again.

  /// Once, before the first transaction: takes over from whoever had the id, and ends what he left open.
  Task<Outcome<void>> init_transactions();
  Outcome<void> begin_transaction();
  /// Makes the offsets of a group part of the transaction: they count when it is committed (KIP-447).
  Task<Outcome<void>> send_offsets_to_transaction(Offsets offsets, GroupMetadata group);
  /// Flushes first. Errors: also that of a record which could not be delivered: the transaction must then be
  /// aborted.
  Task<Outcome<void>> commit_transaction();
  /// Records that have not left do not; what has is not seen by those who read committed records.
  Task<Outcome<void>> abort_transaction();

  /// The partitions of a topic. Errors: as of send().
  Task<Outcome<std::vector<PartitionInfo>>> partitions_for(std::string topic);

  const ProducerConfig& config() const { return config_; }
  Cluster& cluster() { return cluster_; }

  /// Delivers what has been taken in until `deadline`, fails the rest, and waits until nothing of it is at work.
  Task<void> close(SteadyTime deadline = SteadyTime::max());

 private:
  Outcome<void> have_transactions() const;
  Task<Outcome<void>> wait_for_room(std::size_t size, SteadyTime deadline);
  Outcome<PartitionIndex> choose_partition(const ProducerRecord& record, const TopicInfo& topic);
  Outcome<void> append(const ProducerRecord& record, PartitionIndex partition, DeliveryReport report);

  ProducerConfig config_;
  Cluster cluster_;
  Partitioner partitioner_;
  std::unique_ptr<detail::Accumulator> accumulator_;
  std::unique_ptr<detail::Transactions> transactions_;  ///< Null without a transactional.id.
  std::unique_ptr<detail::Sender> sender_;
  bool closing_ = false;
};

}  // namespace sluice::client
