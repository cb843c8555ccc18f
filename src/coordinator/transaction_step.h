// coordinator/transaction_step.h: what goes into a step of the transactions' state machine and what comes out of
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "coordinator/coordinator_record.h"
#include "coordinator/transaction_metadata.h"
#include "wire/error_code.h"

namespace sluice {

struct TransactionOptions {
  std::chrono::milliseconds timeout_max{900'000};                  ///< transaction.max.timeout.ms
  std::chrono::milliseconds id_expiration{604'800'000};            ///< transactional.id.expiration.ms
  std::chrono::milliseconds abort_check_interval{10'000};          ///< transaction.abort.timed.out…interval.ms
  std::chrono::milliseconds expiration_check_interval{3'600'000};  ///< transaction.remove.expired…interval.ms
  std::chrono::milliseconds commit_timeout{5'000};                 ///< How long an answer may wait for the log.
  std::chrono::milliseconds add_patience{100};                     ///< add.partitions.to.txn.retry.backoff.max.ms
  std::chrono::milliseconds marker_retry_delay{100};               ///< Between attempts to write a marker.
  std::size_t record_bytes_max = 1'000'000;                        ///< What the log takes as one record.
  std::size_t load_bytes = 5 * 1024 * 1024;                        ///< transaction.state.log.load.buffer.size
  bool two_phase_commit = false;                                   ///< transaction.two.phase.commit.enable
  std::int16_t version = kTransactionsEpochBump;                   ///< The cluster's level of transaction.version.
};

/// A transaction whose outcome is in the log, and which has to be told to its partitions.
struct EndedTransaction {
  std::string transactional_id;
  ProducerId producer_id;
  ProducerEpoch epoch;
  bool commit = false;
  std::int16_t version = 0;  ///< As the client's.
  TransactionPartitions partitions;
};

/// What is left to be done when a step has changed the state: records to be written, in this order, and, once they
/// are committed, transactions to be ended.
struct TransactionEffects {
  std::vector<CoordinatorRecord> records;
  std::vector<EndedTransaction> ended;
};

/// The surroundings of one step: they do not change while it lasts.
struct TransactionStep {
  WallTime wall;
  const TransactionOptions& options;
  TransactionEffects& effects;
  std::optional<ProducerId> fresh = std::nullopt;  ///< An id that no producer had before, if one was asked for.
};

/// A producer's identity, or why there is none.
struct ProducerAnswer {
  ErrorCode error = ErrorCode::none;
  ProducerId producer_id{-1};
  ProducerEpoch epoch{-1};

  static ProducerAnswer failed(ErrorCode error) { return {.error = error}; }
};

/// Who claims to write to a transaction.
struct TransactionProducer {
  ProducerId id{-1};
  ProducerEpoch epoch{-1};
};

/// How long a producer's transactions may be open, as it asks.
struct TransactionTimeout {
  std::chrono::milliseconds time{0};
  /// Somebody else decides when they end (KIP-939): they are open for as long as it takes, whatever `time` says.
  bool two_phase_commit = false;
  bool keep_prepared = false;  ///< The transaction that is open stays so.
};

struct DescribedTransaction {
  ErrorCode error = ErrorCode::none;
  TransactionMetadata metadata;
};

/// Which transactions to list. What is empty or unset lets all through.
struct TransactionFilter {
  std::set<TransactionState> states = {};
  bool any_state = true;  ///< Otherwise those of `states`, which may be none.
  std::set<ProducerId> producer_ids = {};
  std::optional<std::chrono::milliseconds> longer_than = {};  ///< Open for more than this.
};

struct ListedTransaction {
  std::string transactional_id;
  ProducerId producer_id;
  TransactionState state;
};

struct TransactionListAnswer {
  ErrorCode error = ErrorCode::none;
  std::vector<ListedTransaction> transactions;
};

}  // namespace sluice
