// coordinator/transaction_metadata.h: one transactional id as its coordinator knows it, and the record that keeps
// it (KIP-98, KIP-890).
//
//   Empty -> Ongoing -> PrepareCommit -> CompleteCommit -> Ongoing …
//               |   \-> PrepareAbort  -> CompleteAbort  -> Ongoing …
//               timeouts and new producers of the same id abort, too
//
// From Prepare… on the outcome is decided; Complete… says that every partition has its marker. InitProducerId
// leads from Empty and Complete… to Empty. Dead and PrepareEpochFence are states that Kafka has in memory only.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "coordinator/coordinator_record.h"
#include "wire/ids.h"

namespace sluice {

/// The numbers are those of the log.
enum class TransactionState : std::int8_t {
  empty = 0,
  ongoing = 1,
  prepare_commit = 2,
  prepare_abort = 3,
  complete_commit = 4,
  complete_abort = 5,
  dead = 6,
  prepare_epoch_fence = 7,
};

/// As ListTransactions and DescribeTransactions say it.
std::string_view name(TransactionState state);
std::optional<TransactionState> parse_transaction_state(std::string_view name);

/// The levels of transaction.version.
inline constexpr std::int16_t kTransactionsFlexible = 1;   ///< Records of the log are flexible.
inline constexpr std::int16_t kTransactionsEpochBump = 2;  ///< Every transaction has an epoch of its own.

/// Partitions by topic.
using TransactionPartitions = std::map<std::string, std::set<PartitionIndex>, std::less<>>;

struct TransactionMetadata {
  static constexpr std::int16_t kEpochMax = INT16_MAX;
  /// Of transactions that another system ends (KIP-939), however long that takes.
  static constexpr std::chrono::milliseconds kTimeoutNever{INT32_MAX};

  ProducerId producer_id{-1};
  ProducerId previous_producer_id{-1};  ///< Before the last change of the id; the same if that changed nothing.
  ProducerId next_producer_id{-1};      ///< Takes over when the transaction is complete, as epochs ran out.
  ProducerEpoch epoch{-1};
  /// The one before, whose producer may repeat the request that ended it. Not in the log.
  ProducerEpoch last_epoch{-1};
  std::chrono::milliseconds timeout{0};
  TransactionState state = TransactionState::empty;
  TransactionPartitions partitions;
  WallTime updated{};
  std::optional<WallTime> started;
  std::int16_t client_version = 0;  ///< Of transaction.version, as the client's last request went by.

  /// No epoch is left to be given to a producer: the largest is for fencing.
  bool epochs_exhausted() const { return epoch.value >= kEpochMax - 1; }
  /// The outcome is decided, but not everywhere known.
  bool is_ending() const {
    return state == TransactionState::prepare_commit || state == TransactionState::prepare_abort;
  }
  bool may_time_out() const { return timeout != kTimeoutNever; }
  /// The transaction ends with its records counting.
  bool commits() const { return state == TransactionState::prepare_commit; }

  friend bool operator==(const TransactionMetadata&, const TransactionMetadata&) = default;
};

/// As Kafka writes it where transaction.version is `transaction_version`. Errors: too_large, invalid_argument (the
/// id is too long).
Result<CoordinatorRecord> transaction_record(std::string_view transactional_id,
                                             const TransactionMetadata& metadata,
                                             std::int16_t transaction_version);
Result<CoordinatorRecord> transaction_tombstone(std::string_view transactional_id);

/// Errors: corrupt, unsupported_version.
Result<TransactionMetadata> parse_transaction(Bytes value);

}  // namespace sluice
