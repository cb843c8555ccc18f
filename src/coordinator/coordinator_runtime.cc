#include "coordinator/coordinator_runtime.h"

#include "base/logging.h"
#include "coordinator/coordinator_error.h"
#include "coordinator/transaction_marker.h"
#include "record/control_record.h"
#include "record/record_reader.h"

namespace sluice {
namespace {

/// Nothing was written, and what others have queued is not touched by it.
bool is_refusal(Errc code) {
  return code == Errc::producer_fenced || code == Errc::invalid_transaction || code == Errc::coordinator_fenced ||
         code == Errc::too_large;
}

}  // namespace

struct CoordinatorRuntime::Batch {
  /// Writes to `room`, which is empty.
  Batch(Loop& loop, const BatchOptions& options, Buffer room)
      : bytes(std::move(room)), builder(bytes, options), begun(loop.now()), ended(loop) {}

  void end(std::optional<Error> why) {
    done = true;
    failure = std::move(why);
    ended.notify_all();
  }

  Buffer bytes;
  BatchBuilder builder;
  SteadyTime begun;
  bool sealed = false;
  std::optional<AppendGuard> guard;         // Of what belongs to a transaction.
  std::optional<TransactionMarker> marker;  // That it is.
  std::move_only_function<void()> applied;
  bool done = false;
  std::optional<Offset> base;  // In the log.
  std::optional<Error> failure;
  Event ended;
};

CoordinatorRuntime::CoordinatorRuntime(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log,
                                       CoordinatorState& state, CoordinatorRuntimeOptions options)
    : loop_(loop),
      name_(std::move(name)),
      log_(std::move(log)),
      state_(state),
      options_(options),
      queued_(loop),
      tasks_(loop) {}

CoordinatorRuntime::~CoordinatorRuntime() { SLUICE_ASSERT(tasks_.size() == 0); }

void CoordinatorRuntime::start() { tasks_.start(run()); }

Task<void> CoordinatorRuntime::close() {
  if (phase_ == Phase::closed) co_return;
  phase_ = Phase::closed;
  state_.suspended(ErrorCode::not_coordinator);
  tasks_.stop();
  queued_.notify_all();
  log_->close();
  co_await tasks_.close();
  fail_writes({Errc::closed, name_ + " is not coordinated here any more"});
}

ErrorCode CoordinatorRuntime::unavailable() const {
  switch (phase_) {
    case Phase::loading: return ErrorCode::coordinator_load_in_progress;
    case Phase::failed: return ErrorCode::coordinator_not_available;
    case Phase::active: return ErrorCode::none;
    case Phase::closed: return ErrorCode::not_coordinator;
  }
  return ErrorCode::not_coordinator;
}

Task<void> CoordinatorRuntime::run() {
  while (!tasks_.stopping()) {
    phase_ = Phase::loading;
    const Result<void> loaded = co_await load();
    if (tasks_.stopping()) co_return;
    if (!loaded) {
      phase_ = Phase::failed;
      logging::error("{} could not be loaded, which will be tried again: {}", name_, loaded.error().what);
      const SteadyTime again = loop_.now() + options_.retry_delay;
      co_await tasks_.sleep_until(again);
      continue;
    }
    phase_ = Phase::active;
    state_.loaded();
    const Result<void> appended = co_await append_batches();
    if (tasks_.stopping()) co_return;
    if (!appended) suspend(appended.error());
  }
}

Task<Result<void>> CoordinatorRuntime::load() {
  state_.reset();
  const SteadyTime began = loop_.now();
  Offset next = log_->start_offset();
  while (next < log_->end_offset()) {
    Result<Buffer> read = co_await log_->read(next, options_.load_bytes);
    if (!read) co_return fail(read.error());
    if (read->empty()) break;
    const Result<Offset> replayed = replay(read->bytes(), next);
    if (!replayed) co_return fail(replayed.error());
    if (*replayed <= next) co_return fail(Errc::corrupt, "reading {} at {} yields nothing new", name_, next.value);
    next = *replayed;
    // Other partitions of the shard have their turn between two reads.
    if (co_await tasks_.sleep_until(loop_.now())) co_return fail(Errc::closed, "{} is being closed", name_);
  }
  // What was replayed may be rolled back as long as it is not committed.
  const Result<void> committed = co_await log_->committed(next);
  if (committed)
    logging::debug("{} is loaded up to offset {} in {} ms", name_, next.value,
                   std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - began).count());
  co_return committed;
}

Result<Offset> CoordinatorRuntime::replay(Bytes batches, Offset from) {
  Offset next = from;
  ConstBatchWalk walk(batches);
  while (const std::optional<Result<ConstBatchView>> batch = walk.next()) {
    if (!*batch) return fail(batch->error());
    if ((*batch)->next_offset() <= from) continue;
    if (const Result<void> replayed = replay_batch((*batch)->bytes()); !replayed) return fail(replayed.error());
    next = (*batch)->next_offset();
  }
  return next;
}

Result<void> CoordinatorRuntime::replay_batch(Bytes bytes) {
  const Result<ConstBatchView> batch = ConstBatchView::parse(bytes, CrcCheck::skip);
  if (!batch) return fail(batch.error());
  const std::optional<ProducerId> transaction =
      batch->is_transactional() ? std::optional(batch->producer_id()) : std::nullopt;
  RecordReader reader(*batch, decompressor_);
  while (const std::optional<Result<RecordView>> record = reader.next()) {
    if (!*record) return fail(record->error());
    if (!batch->is_control()) {
      if ((*record)->key) state_.replay({(*record)->offset, transaction, *(*record)->key, (*record)->value});
      continue;
    }
    const Result<std::optional<ControlType>> type = parse_control_key((*record)->key);
    if (!type) return fail(type.error());
    if (*type == ControlType::commit || *type == ControlType::abort)
      state_.end_transaction(batch->producer_id(), *type == ControlType::commit);
  }
  return {};
}

CoordinatorRuntime::Write CoordinatorRuntime::new_batch(const BatchOptions& options) {
  return std::make_shared<Batch>(loop_, options, std::exchange(kept_buffer_, {}));
}

void CoordinatorRuntime::keep_buffer(Buffer used) {
  used.clear();
  if (used.capacity() <= options_.buffer_bytes_max && used.capacity() > kept_buffer_.capacity())
    kept_buffer_ = std::move(used);
}

void CoordinatorRuntime::set_buffer_bytes_max(std::size_t bytes) {
  options_.buffer_bytes_max = bytes;
  keep_buffer(std::exchange(kept_buffer_, {}));
}

CoordinatorRuntime::Batch& CoordinatorRuntime::batch_with_room(std::size_t size) {
  const auto has_room = [&](Batch& batch) {
    return !batch.sealed && batch.builder.uncompressed_size() + size <= options_.batch_bytes_max;
  };
  const bool fits = !queue_.empty() && (has_room(*queue_.back()) || queue_.back()->builder.record_count() == 0);
  if (!fits) queue_.push_back(new_batch({.compression = options_.compression}));
  return *queue_.back();
}

CoordinatorRuntime::Write CoordinatorRuntime::write(std::span<const CoordinatorRecord> records) {
  SLUICE_ASSERT(phase_ == Phase::active);
  const WallTime now = loop_.wall_now();
  const auto record_of = [now](const CoordinatorRecord& record) {
    return NewRecord{.timestamp = now,
                     .key = record.key.bytes(),
                     .value = record.value ? std::optional<Bytes>(record.value->bytes()) : std::nullopt};
  };
  std::size_t size = 0;
  for (const CoordinatorRecord& record : records) size += BatchBuilder::size_max(record_of(record));
  if (!records.empty()) batch_with_room(std::min(size, options_.batch_bytes_max));
  for (const CoordinatorRecord& record : records) {
    const NewRecord appended = record_of(record);
    Batch& batch = batch_with_room(BatchBuilder::size_max(appended));
    SLUICE_ASSERT(batch.builder.append(appended).has_value());
  }
  if (!records.empty()) queued_.notify_all();
  return last_write();
}

CoordinatorRuntime::Write CoordinatorRuntime::write_transactional(ProducerId producer, ProducerEpoch epoch,
                                                                  AppendGuard guard,
                                                                  std::span<const CoordinatorRecord> records,
                                                                  std::move_only_function<void()> applied) {
  SLUICE_ASSERT(phase_ == Phase::active && !records.empty());
  const WallTime now = loop_.wall_now();
  auto batch = new_batch({.compression = options_.compression,
                          .producer_id = producer,
                          .producer_epoch = epoch,
                          .transactional = true});
  for (const CoordinatorRecord& record : records) {
    const std::optional<Bytes> value = record.value ? std::optional<Bytes>(record.value->bytes()) : std::nullopt;
    SLUICE_ASSERT(
        batch->builder.append({.timestamp = now, .key = record.key.bytes(), .value = value}).has_value());
  }
  batch->sealed = true;
  batch->guard = guard;
  batch->applied = std::move(applied);
  queue_.push_back(batch);
  queued_.notify_all();
  return batch;
}

CoordinatorRuntime::Write CoordinatorRuntime::write_marker(const TransactionMarker& marker) {
  SLUICE_ASSERT(phase_ == Phase::active);
  auto batch = new_batch(marker_options(marker));
  append_marker(batch->builder, marker, loop_.wall_now());
  batch->sealed = true;
  batch->marker = marker;
  batch->applied = [this, producer = marker.producer_id, commit = marker.commit] {
    state_.end_transaction(producer, commit);
  };
  queue_.push_back(batch);
  queued_.notify_all();
  return batch;
}

Task<Result<void>> CoordinatorRuntime::committed(Write write, SteadyTime deadline) {
  if (!write) co_return Result<void>{};
  while (!write->done) {
    const bool notified = co_await write->ended.wait_until(deadline);
    if (!notified && !write->done) co_return fail(Errc::timed_out, "not committed in time");
  }
  if (write->failure) co_return fail(*write->failure);
  co_return Result<void>{};
}

std::optional<Offset> CoordinatorRuntime::base_offset(const Write& write) {
  return write ? write->base : std::nullopt;
}

Task<Result<Offset>> CoordinatorRuntime::append(Batch& batch) {
  if (batch.marker) co_return co_await log_->append_marker(batch.bytes.bytes(), batch.marker->epoch_bump());
  if (batch.guard) co_return co_await log_->append_transactional(batch.bytes.bytes(), *batch.guard);
  co_return co_await log_->append(batch.bytes.bytes());
}

/// Whether a batch waits for more, as nothing is queued behind it.
bool CoordinatorRuntime::gathers(const Batch& batch) const {
  return !batch.sealed && queue_.size() == 1 && loop_.now() < batch.begun + options_.linger;
}

Task<Result<void>> CoordinatorRuntime::append_batches() {
  while (!tasks_.stopping()) {
    if (queue_.empty()) {
      co_await queued_.wait();
      continue;
    }
    const Write batch = queue_.front();
    if (gathers(*batch)) {
      co_await queued_.wait_until(batch->begun + options_.linger);
      continue;
    }
    batch->sealed = true;
    if (const Result<BatchView> finished = batch->builder.finish(); !finished) co_return fail(finished.error());
    const Result<Offset> appended = co_await append(*batch);
    keep_buffer(std::move(batch->bytes));
    const bool refusable = batch->guard || batch->marker;
    const bool refused = !appended && refusable && is_refusal(appended.error().code);
    if (!appended && !refused) co_return fail(appended.error());
    queue_.pop_front();
    if (appended) batch->base = *appended;
    if (appended && batch->applied) batch->applied();
    batch->end(refused ? std::optional(appended.error()) : std::nullopt);
  }
  co_return Result<void>{};
}

void CoordinatorRuntime::suspend(const Error& error) {
  logging::warn("{} could not be written to and is loaded anew: {}", name_, error.what);
  phase_ = Phase::loading;
  state_.suspended(coordinator_error(error.code));
  fail_writes(error);
}

void CoordinatorRuntime::fail_writes(const Error& error) {
  for (const Write& batch : queue_) batch->end(error);
  queue_.clear();
}

}  // namespace sluice
