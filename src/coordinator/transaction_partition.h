// coordinator/transaction_partition.h: the transactional ids of one partition of __transaction_state at work:
// their state machine, the log that keeps it, and the markers that are on their way.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/event.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/transaction_marker.h"
#include "coordinator/transactions.h"

namespace sluice {

/// What transactions need of the world.
struct TransactionSurroundings {
  TransactionMarkers& markers;
  ProducerIds& producer_ids;
};

/// Lives on the shard of its partition. Requests hold it while they wait, so that it may be closed under them;
/// they then end with not_coordinator. What a request views must stay until its answer.
///
/// Every answer waits until what it may tell of is committed, so that nobody knows what could be rolled back. A
/// transaction's markers go out when its outcome is committed.
class TransactionPartition final : private CoordinatorState {
 public:
  /// `coordinator_epoch` is the leader epoch of the partition: an older coordinator's markers are refused.
  TransactionPartition(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log,
                       std::int32_t coordinator_epoch, std::shared_ptr<const TransactionOptions> options,
                       TransactionSurroundings surroundings, CoordinatorRuntimeOptions runtime_options);

  void start() { runtime_.start(); }
  Task<void> close();
  ErrorCode unavailable() const { return runtime_.unavailable(); }

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
  Task<TransactionListAnswer> list(const TransactionFilter& filter);

  void abort_timed_out();
  void expire_ids();

  const Transactions& transactions() const { return transactions_; }

 private:
  void reset() override;
  void replay(const LoggedRecord& record) override;
  void end_transaction(ProducerId, bool) override {}  // Nothing in this log is part of a transaction.
  void loaded() override;
  void suspended(ErrorCode error) override;

  TransactionStep step(TransactionEffects& effects) const { return {loop_.wall_now(), *options_, effects}; }
  /// Writes what a step has decided. Returns what answers must wait for.
  CoordinatorRuntime::Write apply(TransactionEffects effects);
  /// None when `write` is committed, otherwise what to answer instead.
  Task<ErrorCode> settled(CoordinatorRuntime::Write write);
  /// Tells the partitions of a transaction, once `decided` is committed, then notes that they know. `load` is that
  /// of the state which the decision is part of.
  Task<void> finish(EndedTransaction ended, CoordinatorRuntime::Write decided, std::uint64_t load);
  /// Takes steps until one can do with the producer ids that there are.
  template <class Decide>
  Task<ProducerAnswer> decide_identity(Decide decide);

  Loop& loop_;
  std::string name_;
  std::int32_t coordinator_epoch_;
  std::shared_ptr<const TransactionOptions> options_;
  TransactionSurroundings surroundings_;
  Transactions transactions_;
  std::size_t passed_over_ = 0;  ///< Records that replay did not understand.
  std::uint64_t loads_ = 0;      ///< By which a task sees that the state is not the one that it began with.
  Event completed_;              ///< Of any transaction.
  TaskGroup tasks_;
  CoordinatorRuntime runtime_;  // Last: it calls what is above.
};

}  // namespace sluice
