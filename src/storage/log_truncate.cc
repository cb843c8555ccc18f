// Giving up the end of a log, or all of it.
#include <algorithm>
#include <utility>

#include "storage/log.h"

namespace sluice {

Task<Result<void>> Log::truncate_to(Offset end) {
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return writable;
  if (end >= end_) co_return Result<void>{};
  ++cuts_;
  ++layouts_;
  if (end < segments_.begin()->first) {
    // Nothing of the log is left; but it goes on where it was told to end.
    auto renewed = co_await start_anew(end);
    if (!renewed) co_return fail(failed_write(std::move(renewed.error())));
    co_return renewed;
  }

  recovery_point_ = std::min(recovery_point_, end);
  Result<void> done;
  while (done && active().base() > end) {
    const std::shared_ptr<Segment> last = segments_.rbegin()->second;
    segments_.erase(std::prev(segments_.end()));
    active_size_ = active().size();
    done = co_await delete_segment(last);
  }
  Offset left = end;
  if (done) {
    auto activated = co_await active().activate();
    if (activated) activated = co_await active().truncate_to(end);
    if (activated)
      left = *activated;
    else
      done = fail(std::move(activated.error()));
  }
  if (!done) co_return fail(failed_write(Error{Errc::storage_offline, std::move(done.error().what)}));

  active_size_ = active().size();
  // A segment that lost all its batches still begins at its base; the log goes on at what it was cut to.
  end_ = std::max(left, std::min(end, active().base()));
  start_ = std::min(start_, end_);
  recovery_point_ = std::min(recovery_point_, end_);
  cleaned_to_ = std::min(cleaned_to_, end_);
  done = co_await epochs_.truncate_from_end(disk_, end_);
  if (done) done = co_await snapshots_.remove_after(disk_, end_);
  if (done)
    done = co_await snapshots_.load_latest(disk_, producers_, segments_.begin()->first, end_, loop_.wall_now(),
                                           config_.producer_id_expiration);
  if (done) done = co_await replay_producers(end_);
  producers_.log_start_moved(start_);
  ++layouts_;
  if (!done) co_return fail(failed_write(Error{Errc::storage_offline, std::move(done.error().what)}));
  co_return done;
}

Task<Result<void>> Log::truncate_fully_and_start_at(Offset start) {
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return writable;
  ++cuts_;
  ++layouts_;
  auto renewed = co_await start_anew(start);
  ++layouts_;
  if (!renewed) co_return fail(failed_write(std::move(renewed.error())));
  co_return renewed;
}

Task<Result<void>> Log::start_anew(Offset start) {
  Result<void> done;
  while (done && !segments_.empty()) {
    const std::shared_ptr<Segment> segment = segments_.rbegin()->second;
    segments_.erase(std::prev(segments_.end()));
    // At the same base its files are about to be created again.
    if (segment->base() == start)
      done = co_await segment->remove_files();
    else
      done = co_await delete_segment(segment);
  }
  if (!done) co_return fail(Errc::storage_offline, "{}", done.error().what);

  auto fresh = std::make_shared<Segment>(disk_, open_files_, path_, SegmentFiles{.base = start});
  fresh->set_created(loop_.wall_now());
  const auto reserved = config_.preallocate ? static_cast<std::uint32_t>(config_.segment_bytes) : 0;
  done = co_await fresh->create(reserved);
  segments_.emplace(start, std::move(fresh));
  if (!done) co_return fail(Errc::storage_offline, "{}", done.error().what);
  start_ = end_ = recovery_point_ = cleaned_to_ = start;
  active_size_ = 0;
  unflushed_ = 0;
  ++names_changed_;
  done = co_await epochs_.clear(disk_);
  if (done) done = co_await snapshots_.remove_after(disk_, Offset{-1});
  producers_.clear(start);
  co_return done;
}

}  // namespace sluice
