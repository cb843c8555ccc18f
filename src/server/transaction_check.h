// server/transaction_check.h: whether what a producer writes belongs to its open transaction (KIP-890).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/task.h"
#include "coordinator/transaction_step.h"
#include "wire/error_code.h"

namespace sluice {

class Broker;

/// What a client knows of transactions, by the version of its request.
enum class TransactionSupport : std::uint8_t {
  early,            ///< Knows no transaction_abortable.
  abortable,        ///< Knows it.
  adds_partitions,  ///< Expects that what it writes to is added to its transaction (transaction.version 2).
};

/// What a producer claims to be part of.
struct TransactionClaim {
  std::string_view transactional_id;
  TransactionProducer producer;
  TransactionSupport support = TransactionSupport::early;
};

/// Asks the transaction coordinator whether the claim holds for every one of the partitions; or adds them. The
/// error is one that the client knows. Called on any shard; what it views must stay until the answer.
Task<ErrorCode> check_transaction(Broker& broker, TransactionClaim claim, const TransactionPartitions& partitions);

}  // namespace sluice
