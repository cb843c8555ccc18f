// Replacing segments by what compaction has made of them, so that a crash at any point leaves either the old ones
// or the new one. The files say how far it got: X.log.cleaned is being written and counts for nothing; X.log.swap
// is whole and durable, and what it replaces goes; the rest are segments.
#include <algorithm>
#include <utility>

#include "storage/log.h"
#include "storage/log_files.h"

namespace sluice {

std::shared_ptr<Segment> Log::new_cleaned_segment(Offset base) const {
  return std::make_shared<Segment>(disk_, open_files_, path_, SegmentFiles{.base = base}, log_file::kCleaned);
}

std::vector<std::shared_ptr<Segment>> Log::segments_between(Offset from, Offset to) const {
  std::vector<std::shared_ptr<Segment>> found;
  for (auto at = segments_.lower_bound(from); at != segments_.end(); ++at) {
    const auto next = std::next(at);
    if (next == segments_.end() || next->first > to) break;
    found.push_back(at->second);
  }
  return found;
}

Offset Log::segment_end(const Segment& segment) const {
  const auto next = segments_.upper_bound(segment.base());
  return next == segments_.end() ? end_ : next->first;
}

Task<Result<bool>> Log::replace_segments(std::vector<std::shared_ptr<Segment>> old,
                                         std::shared_ptr<Segment> cleaned) {
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return fail(std::move(writable.error()));
  const auto is_here = [&](const std::shared_ptr<Segment>& segment) {
    const auto found = segments_.find(segment->base());
    return found != segments_.end() && found->second == segment && segment.get() != &active();
  };
  if (old.empty() || cleaned->base() != old.front()->base() || !std::ranges::all_of(old, is_here)) co_return false;
  ++layouts_;
  auto done = co_await swap_in(old, std::move(cleaned));
  ++layouts_;
  // Half a replacement is no state to go on from; the next opening completes it.
  if (!done) co_return fail(failed_write(Error{Errc::storage_offline, std::move(done.error().what)}));
  co_return true;
}

Task<Result<void>> Log::swap_in(const std::vector<std::shared_ptr<Segment>>& old,
                                std::shared_ptr<Segment> cleaned) {
  // Each step is durable before the next: a power cut keeps any of the directory's changes that were not synced.
  auto done = co_await disk_.sync_directory(directory_);
  if (done) done = co_await cleaned->rename_to(log_file::kSwap);
  if (done) done = co_await disk_.sync_directory(directory_);
  for (const auto& segment : old) {
    if (done) done = co_await segment->rename_to(log_file::kDeleted);
    if (done && segment->base() != cleaned->base()) done = co_await snapshots_.remove(disk_, segment->base());
  }
  if (done) done = co_await disk_.sync_directory(directory_);
  if (done) done = co_await cleaned->rename_to("");
  if (done) done = co_await disk_.sync_directory(directory_);
  if (!done) co_return done;
  for (const auto& segment : old) {
    segments_.erase(segment->base());
    tasks_.start(remove_later(segment));
  }
  segments_.emplace(cleaned->base(), std::move(cleaned));
  co_return done;
}

Task<Result<void>> Log::finish_swaps(std::vector<std::string> names) {
  const std::string swapped_log = std::string(log_file::kLog) + std::string(log_file::kSwap);
  std::vector<Offset> swapped;
  for (const std::string& name : names) {
    if (name.ends_with(swapped_log)) swapped.push_back(log_file::parse(name)->base);
  }
  // Indexes of a swap whose log has its final name already are built anew.
  Result<void> done;
  for (const std::string& name : names) {
    const bool of_swap = name.ends_with(log_file::kSwap) &&
                         std::ranges::find(swapped, log_file::parse(name)->base) != swapped.end();
    if (done && !of_swap) done = co_await disk_.remove(directory_ + "/" + name);
  }
  for (const Offset base : swapped) {
    if (!done) break;
    SegmentFiles files{.base = base};
    const auto entries = co_await disk_.list(directory_);
    if (!entries) co_return fail(entries.error());
    std::vector<SegmentFiles> others;
    for (const DirectoryEntry& entry : *entries) {
      const auto name = log_file::parse(entry.name);
      if (name && entry.name.ends_with(swapped_log) && name->base == base) files.log = entry.size;
      if (name && name->suffix == log_file::kLog) others.push_back({.base = name->base});
    }
    const auto swap = std::make_shared<Segment>(disk_, open_files_, path_, files, log_file::kSwap);
    const auto end = co_await swap->rebuild_indexes(config_.index_interval_bytes);
    if (!end) co_return fail(end.error());
    // Its own base's too if only an index of it is left, which would be taken for the new segment's.
    done = co_await Segment(disk_, open_files_, path_, SegmentFiles{.base = base}).remove_files();
    for (const SegmentFiles& other : others) {
      if (!done || other.base < base || other.base >= std::max(*end, base + 1)) continue;
      done = co_await Segment(disk_, open_files_, path_, other).remove_files();
    }
    if (done) done = co_await disk_.sync_directory(directory_);
    if (done) done = co_await swap->deactivate();
    if (done) done = co_await swap->rename_to("");
  }
  if (done) done = co_await disk_.sync_directory(directory_);
  co_return done;
}

}  // namespace sluice
