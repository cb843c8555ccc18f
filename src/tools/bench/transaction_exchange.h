// tools/bench/transaction_exchange.h: transactions of one producer, one after the other, as clients of Kafka 4
// make them (KIP-890): Produce adds its partitions to the transaction by itself, and EndTxn names the next epoch.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/bench/answer.h"
#include "tools/bench/raw_run.h"
#include "tools/bench/target.h"

namespace sluice::tools::bench {

/// The batch of a producer's transaction, with its id and epoch: the first of the epoch, as each has a new one.
class TransactionBatch {
 public:
  /// `like` has any producer.
  explicit TransactionBatch(Bytes like) : bytes_(Buffer::copy_of(like)) {}
  void set(ProducerId id, ProducerEpoch epoch);
  Bytes bytes() const { return bytes_.bytes(); }

 private:
  Buffer bytes_;
};

/// One producer's connection, to the broker that coordinates its transactions and leads its partitions. A
/// transaction is one piece of work.
class TransactionExchange final : public Exchange {
 public:
  /// Each transaction writes the batch to `count` of `partitions`, in turn. `target`, `batch` and `retries`, which
  /// counts what had to be said again, outlive it.
  TransactionExchange(const Target& target, std::string id, std::vector<PartitionIndex> partitions,
                      std::size_t count, const PreparedBatch& batch, std::uint64_t& retries);

  Time ready(Time now) const override { return std::max(now, not_before_); }
  const PreparedRequest& next(Time intended) override;
  Result<Work> take(Bytes frame, Time now) override;
  Time begun(Time) const override { return begun_; }

 private:
  enum class Step { begin, produce, end };

  const PreparedRequest& produce();
  Result<Work> take_begin(Bytes frame, Time now);
  Result<Work> take_produce(Bytes frame, Time now);
  Result<Work> take_end(Bytes frame, Time now);
  Work again_later(Time now);

  const Target& target_;
  std::string id_;
  std::vector<PartitionIndex> partitions_;
  std::size_t count_;
  std::size_t next_partition_ = 0;
  TransactionBatch batch_;
  Work work_;
  std::uint64_t& retries_;
  Step step_ = Step::begin;
  bool repeated_ = false;  ///< What is said next has been said before.
  ProducerId producer_{-1};
  ProducerEpoch epoch_{-1};
  Time begun_{};
  Time not_before_{};
  FreshRequest request_;
};

}  // namespace sluice::tools::bench
