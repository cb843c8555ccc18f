// What makes a log durable.
#include <algorithm>
#include <utility>

#include "storage/detail/elapsed.h"
#include "storage/log.h"

namespace sluice {

Task<Result<void>> Log::flush() {
  const Offset target = end_;
  co_return co_await flush_to(target, Reach::end);
}

Task<void> Log::flush_behind(Offset target) {
  // A failure has taken the log offline; there is nobody else to tell.
  (void)co_await flush_to(target);
}

Task<Result<void>> Log::flush_to(Offset target, Reach reach) {
  const Turns::Turn turn = co_await flushes_.turn();
  if (auto writable = check_writable(); !writable) co_return writable;
  if (target <= recovery_point_ && names_synced_ == names_changed_) co_return Result<void>{};
  if (reach == Reach::end) target = std::max(target, end_);  // For those too who came to wait meanwhile.

  const std::uint64_t cuts = cuts_;
  std::vector<std::shared_ptr<Segment>> unflushed;
  for (auto at = segment_of(recovery_point_); at != segments_.end() && at->first < target; ++at)
    unflushed.push_back(at->second);
  Result<void> done;
  for (const auto& segment : unflushed) {
    if (done) done = co_await segment->flush();
    // Of one that retention or a truncation has taken away meanwhile nothing needs to last.
    const auto at = segments_.find(segment->base());
    if (!done && (at == segments_.end() || at->second != segment)) done = Result<void>{};
  }
  if (done) done = co_await sync_names();
  if (!done) {
    // What the failed sync did not write is lost, and the next one would not say so: a full disk is no exception
    // here.
    co_return fail(failed_write(Error{Errc::storage_offline, std::move(done.error().what)}));
  }
  if (cuts == cuts_) {
    unflushed_ = std::max<std::int64_t>(0, end_ - target);
    recovery_point_ = std::max(recovery_point_, target);
  }
  flushed_at_ = loop_.now();
  co_return done;
}

Task<Result<void>> Log::sync_names() {
  const std::uint64_t changed = names_changed_;
  if (names_synced_ == changed) co_return Result<void>{};
  Result<void> done;
  for (const std::string& name : unsynced_files_)
    if (done) done = co_await sync_file(directory_ + "/" + name);
  if (done) done = co_await disk_.sync_directory(directory_);
  if (done && !directory_is_durable_) done = co_await disk_.sync_directory(parent_directory());
  if (!done) co_return done;
  unsynced_files_.clear();
  directory_is_durable_ = true;
  names_synced_ = std::max(names_synced_, changed);
  co_return done;
}

Task<Result<void>> Log::sync_file(std::string path) {
  const auto file = co_await disk_.open(std::move(path), OpenMode::read_write);
  if (!file) co_return fail(file.error());
  co_return co_await (*file)->sync();
}

void Log::sync_with_next_flush(std::string name) {
  unsynced_files_.push_back(std::move(name));
  ++names_changed_;
}

Task<Result<void>> Log::maintain() {
  producers_.expire(loop_.wall_now(), config_.producer_id_expiration);
  // Told apart by subtraction of small numbers: flush.ms may be the largest there is.
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - flushed_at_);
  if (unflushed_ > 0 && waited >= config_.flush_time) {
    if (auto flushed = co_await flush(); !flushed) co_return flushed;
  }
  const bool is_idle = std::exchange(maintained_end_, end_) == end_;
  if (is_idle && active().size() > 0 && active().ready_for_appends()) co_return co_await rest();
  co_return Result<void>{};
}

Task<Result<void>> Log::rest() {
  const Turns::Turn turn = co_await writes_.turn();
  if (!check_writable()) co_return Result<void>{};
  auto rested = co_await active().deactivate();
  if (!rested) co_return fail(failed_write(std::move(rested.error())));
  ++names_changed_;  // The indexes may be new.
  co_return rested;
}

bool Log::is_as_closed() const {
  return opened_as_closed_ && !appended_to_ && layouts_ == 0 && cuts_ == 0 && names_synced_ == names_changed_;
}

bool Log::has_held_anything() const { return end_.value > 0 || segments_.size() > 1; }

Task<Result<void>> Log::write_out() {
  auto done = co_await active().deactivate();
  // A log that goes missing, or part of it, is begun anew, which is all that it is.
  if (done && !has_held_anything()) co_return done;
  if (done) done = co_await snapshots_.take(disk_, producers_);
  ++names_changed_;
  // Not only what was appended: the active segment's indexes have been written just now.
  recovery_point_ = std::min(recovery_point_, active().base());
  if (done) done = co_await flush_to(end_ + 1);
  co_return done;
}

Task<Result<void>> Log::close() {
  const Turns::Turn turn = co_await writes_.turn();
  // Also of a log that has failed: it dies next.
  co_await tasks_.close();
  if (auto writable = check_writable(); !writable) co_return writable;
  Result<void> done;
  if (!is_as_closed()) done = co_await write_out();
  if (!done) co_return fail(failed_write(std::move(done.error())));
  recovery_point_ = end_;
  for (const auto& [base, segment] : segments_) segment->close_files();
  offline_ = Error{Errc::closed, directory_ + " is closed"};
  co_return Result<void>{};
}

Task<void> Log::abandon() {
  const Turns::Turn turn = co_await writes_.turn();
  if (!offline_) offline_ = Error{Errc::closed, directory_ + " is closed"};
  co_await tasks_.close();
  for (const auto& [base, segment] : segments_) segment->close_files();
}

}  // namespace sluice
