// storage/producer_state.h: what a log knows of its producers: their last batches, by which repeats are told from
// gaps (KIP-98), and their transactions, by which readers of committed records know how far they may read.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "record/batch_view.h"
#include "storage/transaction_index.h"
#include "wire/ids.h"

namespace sluice {

/// Who appends. What clients send is checked most, what a leader has accepted is taken as it is.
enum class AppendOrigin {
  client,
  coordinator,
  /// Of transactions that have an epoch each (transaction.version 2): a marker is newer than what it ends.
  bumping_coordinator,
  replication,
  raft_leader
};

/// One batch that a producer wrote.
struct ProducerBatch {
  std::int32_t last_sequence = -1;
  Offset last_offset{-1};
  std::int32_t offset_delta = 0;  ///< From the first to the last offset.
  WallTime timestamp = kNoTimestamp;

  std::int32_t first_sequence() const;
  Offset first_offset() const { return last_offset - offset_delta; }
  friend bool operator==(const ProducerBatch&, const ProducerBatch&) = default;
};

/// One producer as the log's last batch left it.
struct ProducerEntry {
  static constexpr std::size_t kBatchesMax = 5;  ///< As many as a producer may have in flight.

  ProducerId id;
  ProducerEpoch epoch{-1};  ///< -1: nothing is known of it.
  std::int32_t coordinator_epoch = -1;
  WallTime last_timestamp = kNoTimestamp;
  std::optional<Offset> transaction_start;  ///< Of the transaction that is open.
  std::vector<ProducerBatch> batches;       ///< Oldest first.

  std::int32_t last_sequence() const { return batches.empty() ? -1 : batches.back().last_sequence; }
  /// The batch with these sequence numbers, if it is among those remembered.
  const ProducerBatch* find_duplicate(const ConstBatchView& batch) const;
  void set_epoch(ProducerEpoch newer);
  void add(ProducerBatch batch);
  friend bool operator==(const ProducerEntry&, const ProducerEntry&) = default;
};

/// The control record that ends a transaction.
struct EndMarker {
  bool commit = false;
  std::int32_t coordinator_epoch = 0;

  /// Reads the marker of a control batch; none if the batch is empty (compaction took it) or of another control
  /// type. Errors: corrupt.
  static Result<std::optional<EndMarker>> read(const ConstBatchView& batch);
};

/// What lets the first batch of a transaction in, once the coordinator has confirmed that the transaction is open
/// (KIP-890). Zero: there is nothing to confirm.
struct VerificationGuard {
  std::uint64_t value = 0;
  friend bool operator==(VerificationGuard, VerificationGuard) = default;
};

/// A confirmation that was asked for.
struct Verification {
  VerificationGuard guard;
  ProducerEpoch epoch;
  std::int32_t lowest_sequence = 0;  ///< Of the batches that wait for it: none beyond it may be the first.
  WallTime since;
  bool epoch_bump = false;  ///< The producer takes a new epoch for each transaction (transaction.version 2).
};

struct CompletedTransaction {
  ProducerId producer_id;
  Offset first_offset;
  Offset last_offset;  ///< Of the marker.
  bool aborted = false;
};

class ProducerState;

/// The changes that one append makes, before they count. Add every batch; when the batches are in the file,
/// commit.
class ProducerAppend {
 public:
  ProducerAppend(const ProducerState& state, AppendOrigin origin) : state_(&state), origin_(origin) {}

  /// Takes in a batch that has its offsets. Errors: producer_fenced (an older epoch, or a late marker's),
  /// out_of_order (a sequence number that is not the next one), coordinator_fenced (a marker of an older
  /// transaction coordinator), invalid_transaction (a batch outside of the transaction that its producer has
  /// open), corrupt (a marker that cannot be read). It then changes nothing.
  Result<void> add(const ConstBatchView& batch);
  /// Whether a batch of another request may be added: nothing of its producer has been, or it is plainly the next
  /// one. Any other is to be looked at when what was added counts.
  bool is_continued_by(const ConstBatchView& batch) const;
  /// What belongs into the transaction index: the transactions that these batches abort.
  std::vector<AbortedTransaction> aborted() const;
  bool empty() const { return entries_.empty(); }

 private:
  friend class ProducerState;
  Result<void> take_in(const ConstBatchView& batch);
  ProducerEntry& staged(ProducerId id);
  Result<void> add_data(const ConstBatchView& batch);
  Result<void> add_marker(const ConstBatchView& batch, const EndMarker& marker);
  Offset stable_offset_after(const CompletedTransaction& completed, std::size_t completed_before) const;
  Result<void> check_epoch(const ProducerEntry& entry, const ConstBatchView& batch) const;
  Result<void> check_marker_epoch(const ProducerEntry& entry, const ConstBatchView& batch) const;
  Result<void> check_sequence(const ProducerEntry& entry, const ConstBatchView& batch) const;

  const ProducerState* state_;
  AppendOrigin origin_;
  std::vector<ProducerEntry> entries_;  // Few: nearly always one.
  std::vector<std::pair<Offset, ProducerId>> started_;
  std::vector<CompletedTransaction> completed_;
};

/// Of one log; a state machine without I/O. Invariant: what is here follows from the log's batches before end()
/// alone, but for producers that expired.
class ProducerState {
 public:
  /// The offset up to which batches have been taken in.
  Offset end() const { return end_; }
  void set_end(Offset end) { end_ = end; }

  const ProducerEntry* find(ProducerId id) const;
  std::size_t size() const { return entries_.size(); }
  /// By id.
  std::vector<ProducerEntry> sorted() const;

  /// Makes the append's changes count. Sets end() to `end`.
  void commit(ProducerAppend append, Offset end);

  /// Where the first transaction begins that is open, or whose end lies at the high watermark or beyond it.
  std::optional<Offset> first_unstable() const;
  /// Where the first open transaction begins.
  std::optional<Offset> first_open() const;
  /// Forgets ended transactions that lie below the high watermark.
  void high_watermark_moved(Offset high_watermark);
  void log_start_moved(Offset start);

  bool has_open_transaction(ProducerId id, ProducerEpoch epoch) const;
  /// Begins or joins the confirmation of a producer's transaction. A zero guard where the transaction is open
  /// already. `fresh` is a number that was not used as a guard before.
  VerificationGuard begin_verification(ProducerId id, ProducerEpoch epoch, std::int32_t sequence, bool epoch_bump,
                                       std::uint64_t fresh, WallTime now);
  const Verification* verification(ProducerId id) const;

  /// Removes producers without an open transaction that wrote nothing for `after`, and confirmations as old.
  void expire(WallTime now, std::chrono::milliseconds after);
  bool is_expired(const ProducerEntry& entry, WallTime now, std::chrono::milliseconds after) const;
  /// Adds an entry as a snapshot has it.
  void restore(ProducerEntry entry);
  void clear(Offset end);

 private:
  friend class ProducerAppend;
  bool is_for_next_transaction(const ProducerEntry& ended) const;
  std::unordered_map<ProducerId, ProducerEntry> entries_;
  std::unordered_map<ProducerId, Verification> verifications_;
  std::map<Offset, ProducerId> open_;                    // By first offset.
  std::map<Offset, CompletedTransaction> unreplicated_;  // Ended, by first offset.
  Offset end_{0};
};

}  // namespace sluice
