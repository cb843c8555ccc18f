// coordinator/transactions.h: the transactional ids of one partition of __transaction_state. A pure state machine:
// requests and time go in; changes of state, records, answers and ended transactions come out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/transaction_step.h"

namespace sluice {

/// Requests come with ids that are not empty. Errors are those of the newest API versions; older ones know
/// producer_fenced as invalid_producer_epoch.
class Transactions {
 public:
  using ById = std::map<std::string, TransactionMetadata, std::less<>>;

  // Replay. The order of records is that of their offsets.
  void reset() { by_id_.clear(); }
  /// False where the record could not be understood and was passed over.
  bool replay(const LoggedRecord& record);
  /// Yields the transactions whose outcome was decided but that were not known to be complete.
  void resume(TransactionStep& step);

  /// InitProducerId (KIP-98, KIP-360): a producer takes the id over. `known` is what it was told before, if it
  /// goes on after an error. Nothing if it takes a fresh producer id, which the step does not have.
  /// Errors also: transactional_id_authorization_failed (a two-phase commit that the configuration forbids),
  /// unsupported_version (to keep what was prepared, which Kafka 4.4 does not do either).
  std::optional<ProducerAnswer> init(TransactionStep& step, std::string_view id, TransactionTimeout timeout,
                                     std::optional<TransactionProducer> known);
  /// Adds partitions to the transaction, which begins with the first ones. `client_version` is the level of
  /// transaction.version that the client goes by.
  ErrorCode add(TransactionStep& step, std::string_view id, TransactionProducer producer,
                const TransactionPartitions& partitions, std::int16_t client_version);
  /// Whether the producer's open transaction has the partition: transaction_abortable if not (KIP-890).
  ErrorCode verify(std::string_view id, TransactionProducer producer, std::string_view topic,
                   PartitionIndex partition) const;
  /// EndTxn. Answers with the identity that the next transaction goes by. Nothing as init().
  std::optional<ProducerAnswer> end(TransactionStep& step, std::string_view id, TransactionProducer producer,
                                    bool commit, std::int16_t client_version);
  /// Every partition has its marker. Does nothing if the transaction is another one by now.
  void complete(TransactionStep& step, const EndedTransaction& ended);

  /// transactional_id_not_found …
  DescribedTransaction describe(std::string_view id) const;
  std::vector<ListedTransaction> list(const TransactionFilter& filter, WallTime now) const;

  /// Aborts transactions that have been open for longer than their producers asked for.
  void abort_timed_out(TransactionStep& step);
  /// Forgets ids that have not been used for long.
  void expire_ids(TransactionStep& step);

  const ById& by_id() const { return by_id_; }

 private:
  TransactionMetadata* find(std::string_view id);
  const TransactionMetadata* find(std::string_view id) const;
  /// Puts `next` in the place of what is known of the id, and on record.
  void change(TransactionStep& step, std::string_view id, TransactionMetadata next);
  /// Changes to Prepare… and yields the transaction to be ended.
  void decide(TransactionStep& step, std::string_view id, TransactionMetadata next, bool commit,
              std::int16_t client_version);
  /// Aborts the open transaction and locks its producer out.
  void fence(TransactionStep& step, std::string_view id, const TransactionMetadata& metadata);
  std::optional<ProducerAnswer> end_with_same_epoch(TransactionStep& step, std::string_view id,
                                                    const TransactionMetadata& metadata,
                                                    TransactionProducer producer, bool commit);
  std::optional<ProducerAnswer> end_with_next_epoch(TransactionStep& step, std::string_view id,
                                                    const TransactionMetadata& metadata,
                                                    TransactionProducer producer, bool commit);

  ById by_id_;
};

}  // namespace sluice
