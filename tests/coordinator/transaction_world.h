// coordinator/transaction_world.h: the transactions' state machine on a clock that the test moves. Records are
// kept in a list that stands for the log, ended transactions in one that stands for markers on their way.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/transactions.h"

namespace sluice::test {

using namespace std::chrono_literals;

class TransactionWorld {
 public:
  TransactionOptions options;

  ProducerAnswer init(std::string_view id, std::optional<TransactionProducer> known = {},
                      TransactionTimeout timeout = {.time = 60s});
  ErrorCode add(std::string_view id, TransactionProducer producer, const TransactionPartitions& partitions,
                std::int16_t version = kTransactionsEpochBump);
  ErrorCode verify(std::string_view id, TransactionProducer producer, std::string_view topic,
                   std::int32_t partition);
  ProducerAnswer end(std::string_view id, TransactionProducer producer, bool commit,
                     std::int16_t version = kTransactionsEpochBump);
  /// The markers of everything that was decided arrive.
  void complete();
  void abort_timed_out();
  void expire_ids();
  void advance(std::chrono::milliseconds duration) { wall_ += duration; }

  /// What replaying all records makes.
  Transactions replayed() const;
  /// Loses what is in memory, markers on their way included, and replays the records.
  void restart();
  /// As if somebody had used up all epochs but `left` of the id's.
  void use_up_epochs(std::string_view id, int left);

  const TransactionMetadata& at(const std::string& id) const { return transactions_.by_id().at(id); }
  const Transactions& transactions() const { return transactions_; }
  const std::vector<EndedTransaction>& ended() const { return ended_; }
  const std::vector<CoordinatorRecord>& records() const { return records_; }
  WallTime wall() const { return wall_; }

 private:
  template <class F>
  auto run(F step);

  Transactions transactions_;
  WallTime wall_{1'700'000'000'000ms};
  std::int64_t next_producer_id_ = 1000;
  std::vector<CoordinatorRecord> records_;
  std::vector<EndedTransaction> ended_;
};

inline TransactionProducer producer_of(const ProducerAnswer& answer) { return {answer.producer_id, answer.epoch}; }

}  // namespace sluice::test
