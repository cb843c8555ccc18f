// Giving up the beginning of a log.
#include <algorithm>
#include <utility>

#include "storage/detail/elapsed.h"
#include "storage/log.h"
#include "storage/log_files.h"

namespace sluice {

Task<Result<void>> Log::advance_start(Offset start, Offset high_watermark) {
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return writable;
  if (start > high_watermark || start > end_)
    co_return fail(Errc::out_of_range, "{}: a start of {} lies beyond the high watermark, {}", directory_,
                   start.value, high_watermark.value);
  if (start <= start_) co_return Result<void>{};
  start_ = start;
  producers_.log_start_moved(start);
  auto cut = co_await epochs_.truncate_from_start(disk_, start);
  if (!cut) co_return fail(failed_write(std::move(cut.error())));
  co_return cut;
}

Task<Result<std::optional<Offset>>> Log::retention_bound(Offset high_watermark) {
  std::optional<Offset> bound;
  std::uint64_t left = size();
  const WallTime now = loop_.wall_now();
  for (auto at = segments_.begin(); at != segments_.end();) {
    const std::shared_ptr<Segment> segment = at->second;
    const auto next = std::next(at);
    const Offset segment_end = next == segments_.end() ? end_ : next->first;
    const bool is_active = next == segments_.end();
    if (segment_end > high_watermark || (is_active && segment->size() == 0)) break;
    bool goes = segment_end <= start_ && !is_active;
    if (!goes && config_.cleanup_delete) {
      if (config_.retention_time.count() >= 0) {
        const auto latest = co_await segment->max_timestamp();
        if (!latest) co_return fail(latest.error());
        const WallTime newest = latest->timestamp >= WallTime{} ? latest->timestamp : segment->created();
        goes = detail::elapsed(newest, now) > config_.retention_time;
      }
      const auto size_after = left - segment->size();
      goes = goes || (config_.retention_bytes >= 0 && std::cmp_greater_equal(size_after, config_.retention_bytes));
    }
    if (!goes) break;
    bound = segment_end;
    left -= segment->size();
    at = segments_.upper_bound(segment->base());
  }
  co_return bound;
}

Task<Result<int>> Log::delete_old_segments(Offset high_watermark) {
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return fail(std::move(writable.error()));
  const auto bound = co_await retention_bound(high_watermark);
  if (!bound) co_return fail(failed_write(std::move(bound.error())));
  if (!*bound) co_return 0;

  Result<void> done;
  if (**bound > active().base()) done = co_await roll_to(end_);  // A log always has an active segment.
  int count = 0;
  while (done && segments_.size() > 1 && std::next(segments_.begin())->first <= **bound) {
    // Else a crash could bring back the segment before this one without this one: a log with a hole.
    done = co_await sync_names();
    if (!done) break;
    const std::shared_ptr<Segment> oldest = segments_.begin()->second;
    segments_.erase(segments_.begin());
    start_ = std::max(start_, segments_.begin()->first);
    done = co_await delete_segment(oldest);
    if (done) ++count;
  }
  producers_.log_start_moved(start_);
  if (done) done = co_await epochs_.truncate_from_start(disk_, start_);
  if (!done) co_return fail(failed_write(std::move(done.error())));
  co_return count;
}

Task<Result<void>> Log::delete_segment(std::shared_ptr<Segment> segment) {
  ++layouts_;
  auto renamed = co_await segment->rename_to(log_file::kDeleted);
  ++layouts_;
  if (renamed) renamed = co_await snapshots_.remove(disk_, segment->base());
  ++names_changed_;
  if (renamed) tasks_.start(remove_later(std::move(segment)));
  co_return renamed;
}

Task<void> Log::remove_later(std::shared_ptr<Segment> segment) {
  const SteadyTime due =
      loop_.now() + std::min<std::chrono::milliseconds>(config_.file_delete_delay, std::chrono::hours(24 * 365));
  const bool stopping = co_await tasks_.sleep_until(due);
  if (stopping) co_return;  // The next opening removes what is left.
  (void)co_await segment->remove_files();
}

}  // namespace sluice
