// client/detail/fetched_partition.h: what one fetch brought of one partition, taken out record by record.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include "client/consumed_records.h"
#include "client/consumer_config.h"
#include "record/batch_view.h"
#include "record/compression.h"

namespace sluice::client::detail {

/// A transaction that was aborted, as a fetch response tells (KIP-98).
struct AbortedTransaction {
  ProducerId producer_id;
  Offset first_offset;
};

/// Reads batches of every magic one after the other: checks them, decompresses them, and leaves out control
/// batches and, where only committed records are wanted, those of aborted transactions. Of a compressed batch the
/// records are copied; others view the response.
class FetchedPartition {
 public:
  struct Rules {
    bool check_crcs = true;
    IsolationLevel isolation = IsolationLevel::read_uncommitted;
  };

  /// `records` lie in what `owner` keeps. The first record wanted is that at `position`. `decompressor` is shared
  /// by all fetches of a shard and outlives this.
  FetchedPartition(TopicPartition partition, Offset position, Bytes records, std::shared_ptr<const void> owner,
                   std::vector<AbortedTransaction> aborted, Rules rules, Decompressor& decompressor);

  const TopicPartition& partition() const { return partition_; }
  /// The offset behind what has been taken: where a fetch goes on once this is exhausted.
  Offset position() const { return position_; }
  /// The epoch of the last batch that was read; -1 before.
  LeaderEpoch last_epoch() const { return last_epoch_; }
  bool exhausted() const { return pending_.empty() && (at_end_ || at_ == records_.size()); }
  std::size_t size() const { return records_.size(); }

  /// Moves up to `count_max` records to `to`, with what keeps them. Fewer only where there are no more.
  /// Errors: corrupt_message (a CRC or a record is wrong), message_too_large (a batch that no fetch brings whole,
  /// or that decompresses beyond the limits), unsupported_compression_type. The position stays before the bad
  /// batch.
  Outcome<void> take(std::size_t count_max, ConsumedRecords& to);

 private:
  Outcome<bool> read_next_batch();
  Outcome<void> read_batch(const ConstBatchView& batch);
  Outcome<void> read_message(Bytes entry);
  Outcome<void> decode(const ConstBatchView& batch);
  bool is_aborted(const ConstBatchView& batch);
  Outcome<void> note_control(const ConstBatchView& batch);
  void add(const ConsumedRecord& record);
  std::unexpected<Failure> bad(const Error& error) const;

  TopicPartition partition_;
  Offset position_;  // Of the first record that has not been taken.
  Offset read_to_;   // Behind the last batch that was read.
  Bytes records_;
  std::shared_ptr<const void> owner_;
  std::vector<AbortedTransaction> aborted_;  // By first offset.
  std::size_t aborted_seen_ = 0;
  std::set<ProducerId> aborting_;
  Rules rules_;
  Decompressor& decompressor_;
  std::size_t at_ = 0;
  bool at_end_ = false;
  LeaderEpoch last_epoch_{-1};
  std::deque<ConsumedRecord> pending_;         // Of the batch that was read last.
  std::shared_ptr<const void> pending_owner_;  // Keeps them.
};

}  // namespace sluice::client::detail
