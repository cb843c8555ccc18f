// Reading a log: from offsets and times to places in files.
#include <algorithm>
#include <utility>

#include "storage/detail/record_search.h"
#include "storage/log.h"

namespace sluice {
namespace {
constexpr std::size_t kTimeSearchChunk = 64 << 10;
}

Task<Result<Buffer>> LogSlice::read() const {
  Buffer bytes(size);
  if (empty()) co_return bytes;
  const std::shared_ptr<File> kept = file;
  const auto count = co_await kept->read(position, bytes.bytes());
  if (!count) co_return fail(count.error());
  if (*count != bytes.size())
    co_return fail(Errc::io, "{} of {} bytes could be read at {}", *count, size, position);
  co_return bytes;
}

Log::Segments::iterator Log::segment_of(Offset offset) {
  const auto after = segments_.upper_bound(offset);
  return after == segments_.begin() ? after : std::prev(after);
}

std::uint32_t Log::readable_size(const Segment& segment) const {
  return &segment == segments_.rbegin()->second.get() ? active_size_ : segment.size();
}

Error Log::note_failure(Error error) {
  // A disk that cannot be read is no better than one that cannot be written.
  return error.code == Errc::io ? failed_write(std::move(error)) : error;
}

Task<Result<LogSlice>> Log::read(LogRead what) {
  for (;;) {
    if (what.from < start_ || what.from > end_)
      co_return fail(Errc::out_of_range, "{}: offset {} is not in {} to {}", directory_, what.from.value,
                     start_.value, end_.value);
    LogRead bounded = what;
    bounded.limit = std::min(what.limit, end_);
    const std::uint64_t layouts = layouts_;
    Result<std::optional<LogSlice>> slice{std::nullopt};
    auto at = segment_of(what.from);
    while (at != segments_.end() && what.from < bounded.limit) {
      const auto next = std::next(at);
      const Offset segment_end = next == segments_.end() ? end_ : next->first;
      const Offset base = at->first;
      slice = co_await read_segment(at->second, bounded, bounded.limit >= segment_end);
      if (!slice || *slice || layouts != layouts_) break;
      at = segments_.upper_bound(base);  // Looked up anew: segments may have come or gone meanwhile.
    }
    if (layouts != layouts_) continue;
    if (!slice) co_return fail(note_failure(std::move(slice.error())));
    if (*slice) co_return std::move(**slice);
    LogSlice nothing;
    nothing.base = what.from;
    co_return nothing;
  }
}

Task<Result<std::optional<LogSlice>>> Log::read_segment(std::shared_ptr<Segment> segment, LogRead what,
                                                        bool whole_segment) {
  std::uint32_t end = readable_size(*segment);
  const auto first = co_await segment->find(what.from);
  if (!first) co_return fail(first.error());
  if (!*first || (*first)->base >= what.limit || (*first)->position >= end) co_return std::nullopt;
  if (!whole_segment) {
    const auto beyond = co_await segment->find(what.limit);
    if (!beyond) co_return fail(beyond.error());
    if (*beyond) end = std::min(end, (*beyond)->position);
  }
  LogSlice slice;
  slice.base = (*first)->base;
  slice.position = (*first)->position;
  slice.first_batch_size = (*first)->size;
  const std::size_t available = end > (*first)->position ? end - (*first)->position : 0;
  const bool fits = slice.first_batch_size <= what.bytes_max;
  if (!fits && !what.at_least_one_batch) co_return slice;
  slice.size = std::min(available, std::max(what.bytes_max, slice.first_batch_size));
  auto file = co_await segment->log_file();
  if (!file) co_return fail(std::move(file.error()));
  slice.file = std::move(*file);
  co_return slice;
}

Task<Result<std::vector<AbortedTransaction>>> Log::aborted_transactions(Offset from, Offset to) {
  std::vector<AbortedTransaction> aborted;
  auto at = segment_of(from);
  while (at != segments_.end()) {
    const std::shared_ptr<Segment> segment = at->second;
    const auto complete = co_await segment->transaction_index().collect(disk_, from, to, aborted);
    if (!complete) co_return fail(complete.error());
    if (*complete) break;
    at = segments_.upper_bound(segment->base());
  }
  co_return aborted;
}

Task<Result<std::vector<AbortedTransaction>>> Log::aborted_transactions(LogSlice slice, Offset limit) {
  const auto at = segment_of(slice.base);
  Offset to = limit;
  if (at != segments_.end()) {
    const auto next = std::next(at);
    if (next != segments_.end()) to = std::min(to, next->first);
    const std::shared_ptr<Segment> segment = at->second;
    const auto beyond = co_await segment->offset_index().find_beyond(disk_, slice.position + slice.size);
    segment->count_open_files();
    if (!beyond) co_return fail(beyond.error());
    if (*beyond) to = std::min(to, (*beyond)->offset);
  }
  co_return co_await aborted_transactions(slice.base, to);
}

Task<Result<std::optional<TimestampedOffset>>> Log::offset_for_time(WallTime time) {
  for (auto at = segment_of(start_); at != segments_.end();) {
    const std::shared_ptr<Segment> segment = at->second;
    const auto latest = co_await segment->max_timestamp();
    if (!latest) co_return fail(latest.error());
    if (latest->timestamp >= time) {
      auto found = co_await search_time(segment, time);
      if (!found || *found) co_return found;
    }
    at = segments_.upper_bound(segment->base());
  }
  co_return std::nullopt;
}

Task<Result<std::optional<TimestampedOffset>>> Log::search_time(std::shared_ptr<Segment> segment, WallTime time) {
  const std::uint32_t end = readable_size(*segment);
  const auto position = co_await segment->position_for_time(time, start_);
  if (!position) co_return fail(position.error());
  auto file = co_await segment->log_file();
  if (!file) co_return fail(std::move(file.error()));
  Decompressor decompressor(DecompressionLimits::for_own_log());
  detail::LogScanner scanner(std::move(*file), *position, end, kTimeSearchChunk);
  for (;;) {
    const auto entry = co_await scanner.next_whole();
    if (!entry) co_return fail(entry.error());
    if (!*entry) co_return std::nullopt;
    if ((*entry)->max_timestamp < time || (*entry)->last < start_) continue;
    const auto found = detail::first_at(scanner.bytes(), time, start_, decompressor);
    if (!found) co_return fail(found.error());
    if (*found) co_return *found;
  }
}

Task<Result<std::optional<TimestampedOffset>>> Log::offset_of_max_time() {
  std::shared_ptr<Segment> best;
  TimeIndex::Entry reached{.timestamp = kNoTimestamp, .offset = {}};
  for (auto at = segment_of(start_); at != segments_.end();) {
    const std::shared_ptr<Segment> segment = at->second;
    const auto latest = co_await segment->max_timestamp();
    if (!latest) co_return fail(latest.error());
    if (latest->timestamp > reached.timestamp) {
      reached = *latest;
      best = segment;
    }
    at = segments_.upper_bound(segment->base());
  }
  if (!best) co_return std::nullopt;
  const auto batch = co_await best->find(reached.offset);
  if (!batch) co_return fail(batch.error());
  if (!*batch) co_return std::nullopt;
  auto file = co_await best->log_file();
  if (!file) co_return fail(std::move(file.error()));
  detail::LogScanner scanner(std::move(*file), (*batch)->position, (*batch)->end(), (*batch)->size);
  const auto entry = co_await scanner.next_whole();
  if (!entry) co_return fail(entry.error());
  Decompressor decompressor(DecompressionLimits::for_own_log());
  co_return detail::first_of_latest(scanner.bytes(), decompressor);
}

}  // namespace sluice
