// coordinator/coordinator_runtime.h: loads a coordinator's state from its log and writes what it decides.
//
//   start -> loading -> active -> closed
//              ^  |        |
//              |  v        | a write failed: what it held is applied in memory, but perhaps not in the log
//             failed <-----+
//
// A decision is applied to the state at once and its records are queued; answers that depend on them wait until
// they are committed. What is queued while a batch is being written goes into the next one. If a write fails,
// nobody has been told yet what it held, so that replaying the log puts everything right.
//
// What belongs to a transaction of a producer's is the exception: the log may refuse it, as the producer may have
// been locked out. It is applied to the state when it is committed, in the order of the log.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/event.h"
#include "coordinator/coordinator_log.h"
#include "coordinator/coordinator_record.h"
#include "coordinator/coordinator_state.h"
#include "coordinator/transaction_marker.h"
#include "record/compression.h"

namespace sluice {

struct CoordinatorRuntimeOptions {
  std::size_t batch_bytes_max = 1'000'000;  ///< Of records in a batch; a larger record gets one of its own.
  std::size_t load_bytes = 256 * 1024;      ///< Read and replayed in one go.
  Compression compression = {};             ///< As offsets.topic.compression.codec has it, and its likes.
  /// How long a record may wait for others to share its batch, as group.coordinator.append.linger.ms has it. None:
  /// what comes while a batch is being written goes into the next one.
  std::chrono::milliseconds linger{0};
  /// The largest buffer that is kept for the next batch, as group.coordinator.cached.buffer.max.bytes has it.
  std::size_t buffer_bytes_max = 1'048'588;
  std::chrono::milliseconds retry_delay{1'000};  ///< Between attempts to load.
};

/// One state machine on one log. Belongs to the log's shard. Closed before it is destroyed.
class CoordinatorRuntime {
  struct Batch;

 public:
  /// Something that was written: the batch that holds it. Null stands for what is committed already.
  using Write = std::shared_ptr<Batch>;

  /// `state` outlives the runtime. `name` is for the operator, as "__consumer_offsets-7".
  CoordinatorRuntime(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log, CoordinatorState& state,
                     CoordinatorRuntimeOptions options);
  ~CoordinatorRuntime();

  /// Begins to load.
  void start();
  /// Ends all waits with not_coordinator and returns when nothing of it is at work any more.
  Task<void> close();

  /// Why a request cannot be served now; none if it can.
  ErrorCode unavailable() const;

  /// Queues the records of one decision, behind those of earlier ones, and in one batch if they fit. May be called
  /// only while active. The write of nothing is the last one.
  Write write(std::span<const CoordinatorRecord> records);
  /// Queues records that count once the producer's transaction is committed. `applied` is called when they are in
  /// the log; they may be refused, as CoordinatorLog::append_transactional() says. May be called only while
  /// active.
  Write write_transactional(ProducerId producer, ProducerEpoch epoch, AppendGuard guard,
                            std::span<const CoordinatorRecord> records, std::move_only_function<void()> applied);
  /// Queues the end of a transaction, which the state is told of when it is in the log; it may be refused, as
  /// CoordinatorLog::append_marker() says. May be called only while active.
  Write write_marker(const TransactionMarker& marker);
  /// As CoordinatorLog has it. May be called only while active.
  AppendGuard begin_verification(ProducerId producer, ProducerEpoch epoch, bool epoch_bump) {
    return log_->begin_verification(producer, epoch, epoch_bump);
  }
  /// All that has been written so far.
  Write last_write() const { return queue_.empty() ? nullptr : queue_.back(); }
  /// Waits until `write` is committed. Errors: timed_out (the write goes on all the same), or why it failed.
  Task<Result<void>> committed(Write write, SteadyTime deadline);
  /// Where the batch of `write` begins in the log; none unless it is committed, and for the write of nothing.
  static std::optional<Offset> base_offset(const Write& write);
  /// As CoordinatorLog has it. May be called only while active.
  Task<Result<void>> prune(Offset before) { return log_->prune(before); }

  /// For buffers from now on, and for the one that is kept.
  void set_buffer_bytes_max(std::size_t bytes);
  /// What is kept for the next batch now.
  std::size_t kept_buffer_bytes() const { return kept_buffer_.capacity(); }

 private:
  enum class Phase { loading, failed, active, closed };

  Task<void> run();
  Task<Result<void>> load();
  Result<Offset> replay(Bytes batches, Offset from);
  Result<void> replay_batch(Bytes batch);
  /// Returns when a write failed, with why, or when the runtime closes.
  Task<Result<void>> append_batches();
  Task<Result<Offset>> append(Batch& batch);
  bool gathers(const Batch& batch) const;
  void suspend(const Error& error);
  void fail_writes(const Error& error);
  Write new_batch(const BatchOptions& options);
  /// Keeps the buffer for the next batch, unless it is too large or a larger one is kept.
  void keep_buffer(Buffer used);
  Batch& batch_with_room(std::size_t size);

  Loop& loop_;
  std::string name_;
  std::unique_ptr<CoordinatorLog> log_;
  CoordinatorState& state_;
  CoordinatorRuntimeOptions options_;
  Phase phase_ = Phase::loading;
  std::deque<Write> queue_;  // Oldest first; the first one may be on its way to the log.
  Event queued_;
  Buffer kept_buffer_;  // Empty: none.
  Decompressor decompressor_{DecompressionLimits::for_own_log()};
  TaskGroup tasks_;
};

}  // namespace sluice
