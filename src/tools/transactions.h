// tools/transactions.h: what kafka-transactions.sh is told, and how it shows transactions that hang.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "client/admin_types.h"
#include "tools/options.h"

namespace sluice::tools {

enum class TransactionsAction { list, describe, describe_producers, abort, find_hanging, force_terminate };

/// Numbers among the options are numbers and in range, and what an action needs is there.
struct TransactionsCommand {
  TransactionsAction action = TransactionsAction::list;
  Options options;
};

/// What is printed instead of acting: help with code 0, a complaint with code 1.
struct TransactionsHelp {
  int code = 0;
  std::string text;
};

std::expected<TransactionsCommand, TransactionsHelp> parse_transactions(Arguments arguments);

/// An open transaction that nobody is going to end.
struct HangingTransaction {
  client::TopicPartition partition;
  client::ActiveProducer producer;
};
/// `now` in milliseconds since 1970.
std::string hanging_table(const std::vector<HangingTransaction>& transactions, std::int64_t now);

}  // namespace sluice::tools
