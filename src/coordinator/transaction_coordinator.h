// coordinator/transaction_coordinator.h: the transactional ids whose partitions of __transaction_state live on one
// shard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "base/event.h"
#include "coordinator/coordinator_log.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/transaction_partition.h"

namespace sluice {

/// One per shard, used on it. What requests view must stay until the answer. Any answer may be
/// coordinator_load_in_progress, coordinator_not_available or not_coordinator; without an id, or with one that no
/// log can hold, invalid_request.
class TransactionCoordinator {
 public:
  /// `surroundings` outlive the coordinator.
  TransactionCoordinator(Loop& loop, TransactionOptions options, TransactionSurroundings surroundings);

  /// Takes over the ids of a partition that this broker has come to lead in `epoch`; `partition_count` is the
  /// topic's. Until they are loaded requests are told to try again.
  void load(PartitionIndex partition, std::int32_t partition_count, std::int32_t epoch,
            std::unique_ptr<CoordinatorLog> log);
  /// Gives up the ids of a partition; what waits ends with not_coordinator. Fine if they are not here.
  Task<void> unload(PartitionIndex partition);
  /// Gives up all, for good. Must be called before it is destroyed.
  Task<void> close();
  /// The cluster's level of transaction.version, for what is decided from now on.
  void set_version(std::int16_t version) { options_->version = version; }

  // As those of Transactions.
  Task<ProducerAnswer> init(std::string_view id, TransactionTimeout timeout,
                            std::optional<TransactionProducer> known);
  Task<ErrorCode> add(std::string_view id, TransactionProducer producer, const TransactionPartitions& partitions,
                      std::int16_t client_version);
  /// As add(), but waits a little for the end of the transaction before: a producer of transaction.version 2 goes
  /// on as soon as that is decided.
  Task<ErrorCode> add_patiently(std::string_view id, TransactionProducer producer,
                                const TransactionPartitions& partitions, std::int16_t client_version);
  Task<ErrorCode> verify(std::string_view id, TransactionProducer producer, std::string_view topic,
                         PartitionIndex partition);
  Task<ProducerAnswer> end(std::string_view id, TransactionProducer producer, bool commit,
                           std::int16_t client_version);
  Task<DescribedTransaction> describe(std::string_view id);
  /// All transactions here that pass the filter. An error if some of them cannot be told yet.
  Task<TransactionListAnswer> list(const TransactionFilter& filter);

 private:
  using Partition = std::shared_ptr<TransactionPartition>;
  struct Found {
    ErrorCode error = ErrorCode::none;
    Partition partition;
  };
  Found partition_of(std::string_view id) const;
  Task<void> abort_timed_out();
  Task<void> expire_ids();

  Loop& loop_;
  std::shared_ptr<TransactionOptions> options_;
  TransactionSurroundings surroundings_;
  CoordinatorRuntimeOptions runtime_options_;
  std::int32_t partition_count_ = 0;  ///< None before the first load.
  std::map<PartitionIndex, Partition> partitions_;
  TaskGroup tasks_;
};

}  // namespace sluice
