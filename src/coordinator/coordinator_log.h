// coordinator/coordinator_log.h: the partition that keeps a coordinator's state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "base/id.h"
#include "base/result.h"
#include "base/task.h"
#include "wire/ids.h"

namespace sluice {

/// What lets records of a transaction into the log, as ProducerState has it (KIP-890). Zero: nothing has to be
/// confirmed.
using AppendGuard = Id<struct AppendGuardKind, std::uint64_t>;

/// One partition of an internal topic, led by this broker and used on the shard where it lives. One coordinator is
/// the only one that appends to it.
class CoordinatorLog {
 public:
  virtual ~CoordinatorLog() = default;

  /// Appends one batch, whose base offset and leader epoch the log sets, and returns its base offset when the
  /// batch is committed. Its bytes stay until then. After an error it is unknown whether the batch is, or will be,
  /// in the log. Errors: not_leader, timed_out (not committed in time), storage_offline, no_space, too_large,
  /// closed.
  virtual Task<Result<Offset>> append(MutableBytes batch) = 0;

  /// Appends a batch of a transaction. Errors: as append; and where nothing was written: producer_fenced (a newer
  /// epoch has written here), invalid_transaction (the guard is not the one that the transaction needs).
  virtual Task<Result<Offset>> append_transactional(MutableBytes batch, AppendGuard guard) = 0;
  /// Appends the marker that ends a transaction. `epoch_bump`: each of the producer's transactions has an epoch of
  /// its own. Errors: as append; and where nothing was written: producer_fenced (a newer epoch has written here,
  /// or the marker is another transaction's), coordinator_fenced (a newer transaction coordinator has written
  /// here).
  virtual Task<Result<Offset>> append_marker(MutableBytes batch, bool epoch_bump) = 0;
  /// What must be done before a transaction's first records are appended: ask its coordinator whether it is open,
  /// unless the guard is zero. `epoch_bump`: each of the producer's transactions has an epoch of its own.
  virtual AppendGuard begin_verification(ProducerId producer, ProducerEpoch epoch, bool epoch_bump) = 0;

  /// Whole batches, the first of which holds `from`: at least one, then as many as `size_max` bytes take. They may
  /// begin before `from`. Empty at the end. Errors: out_of_range, not_leader, corrupt, storage_offline, closed.
  virtual Task<Result<Buffer>> read(Offset from, std::size_t size_max) = 0;

  /// Deletes records before `before`, as far as whole segments go. Errors: as append.
  virtual Task<Result<void>> prune(Offset before) = 0;

  /// Returns when all that lies before `end` is committed. Errors: as append.
  virtual Task<Result<void>> committed(Offset end) = 0;

  virtual Offset start_offset() const = 0;
  /// Behind the last batch, committed or not.
  virtual Offset end_offset() const = 0;

  /// Makes what waits in the calls above end soon, with closed. No call comes after this one.
  virtual void close() = 0;
};

}  // namespace sluice
