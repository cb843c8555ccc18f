// Moving a partition's log to another log directory (KIP-113): batches are copied while the log serves; at the
// end, when little is missing, changes wait until the copy has taken the log's place.
#include <algorithm>
#include <utility>

#include "record/batch_view.h"
#include "replica/partition.h"
#include "replica/partition_change.h"

namespace sluice {
namespace {

/// What is read and written in one go.
constexpr std::size_t kCopyBytes = 1 << 20;
/// What may be missing when changes are held: copied within milliseconds.
constexpr std::int64_t kOffsetsLeftToHold = 1000;

/// The whole batches at the front of `bytes`. Errors: unsupported_magic, and others of a batch's head.
Result<std::vector<BatchView>> whole_batches(MutableBytes bytes) {
  std::vector<BatchView> batches;
  BatchWalk walk(bytes);
  while (auto batch = walk.next()) {
    if (!*batch && batch->error().code == Errc::incomplete) break;
    if (!*batch) return fail(std::move(batch->error()));
    batches.push_back(**batch);
  }
  return batches;
}

std::chrono::nanoseconds time_for(std::size_t bytes, std::int64_t bytes_per_second) {
  const double seconds =
      static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(bytes_per_second, 1));
  return std::chrono::nanoseconds{static_cast<std::int64_t>(std::min(seconds, 3600.0) * 1e9)};
}

}  // namespace

Result<void> Partition::check_moving() const {
  if (closed_ || move_ended_) return fail(Errc::closed, "the move of {} was given up", name_.text());
  return {};
}

Task<Result<std::string>> Partition::move_log(LogMove move) {
  if (future_) co_return fail(Errc::already_exists, "{} is being moved already", name_.text());
  future_ = std::move(move.future);
  move_ended_ = false;
  co_await compaction_ended();
  Result<void> moved = co_await copy_to_future(move.bytes_per_second);
  if (moved) {
    const Turns::Turn turn = co_await swaps_.turn();
    while (changes_ > 0) co_await changes_ended_.wait();
    moved = co_await take_future(move);
  }
  const std::shared_ptr<Log> left = std::move(future_);  // The old log, or the copy that was given up.
  future_.reset();
  co_await left->abandon();
  move_changed_.notify_all();
  if (!moved) co_return fail(std::move(moved.error()));
  co_return left->directory();
}

Task<void> Partition::end_move() {
  move_ended_ = true;
  move_changed_.notify_all();
  while (future_) co_await move_changed_.wait();
}

Task<Result<void>> Partition::copy_to_future(std::int64_t bytes_per_second) {
  for (;;) {
    if (auto moving = check_moving(); !moving) co_return moving;
    if (log_->end() - future_->end() <= kOffsetsLeftToHold && future_->end() >= log_->start())
      co_return Result<void>{};
    const Result<std::size_t> copied = co_await copy_some();
    if (!copied) co_return fail(copied.error());
    const SteadyTime next = loop_.now() + time_for(*copied, bytes_per_second);
    while (check_moving() && loop_.now() < next) co_await move_changed_.wait_until(next);
  }
}

Task<Result<std::size_t>> Partition::copy_some() {
  if (future_->end() < log_->start()) {
    const Result<void> begun = co_await future_->truncate_fully_and_start_at(log_->start());
    if (!begun) co_return fail(begun.error());
  }
  const Result<LogSlice> slice =
      co_await log_->read({.from = future_->end(), .limit = log_->end(), .bytes_max = kCopyBytes});
  if (!slice) co_return fail(slice.error());
  if (slice->base < future_->end() && future_->size() == 0) {  // The log starts within its first batch.
    const Result<void> begun = co_await future_->truncate_fully_and_start_at(slice->base);
    if (!begun) co_return fail(begun.error());
  }
  Result<Buffer> bytes = co_await slice->read();
  if (!bytes) co_return fail(log_->note_failure(bytes.error()));
  const Result<std::vector<BatchView>> batches = whole_batches(bytes->bytes());
  if (!batches) co_return fail(batches.error());
  if (batches->empty())
    co_return fail(Errc::corrupt, "{} has nothing at offset {} although it ends at {}", log_->directory(),
                   future_->end().value, log_->end().value);
  const Result<Appended> appended = co_await future_->append_as_follower(*batches);
  if (!appended) co_return fail(appended.error());
  co_return slice->size;
}

Task<Result<void>> Partition::take_future(LogMove& move) {
  while (future_->end() < log_->end()) {
    const Result<std::size_t> copied = co_await copy_some();
    if (!copied) co_return fail(copied.error());
  }
  if (auto moving = check_moving(); !moving) co_return moving;
  if (auto moved = co_await future_->advance_start(log_->start(), future_->end()); !moved) co_return moved;
  if (auto flushed = co_await future_->flush(); !flushed) co_return flushed;
  // In this order: a crash between the two leaves the log in both directories, never in none.
  if (auto renamed = co_await future_->rename_directory(move.path); !renamed) co_return renamed;
  if (auto synced = co_await future_->sync_parent_directory(); !synced) co_return synced;
  static_cast<void>(co_await log_->rename_directory(move.renamed));  // What is left behind may have either name.
  future_->set_cleaned_to(log_->cleaned_to());
  std::swap(log_, future_);
  log_->high_watermark_moved(high_watermark_);
  co_return Result<void>{};
}

}  // namespace sluice
