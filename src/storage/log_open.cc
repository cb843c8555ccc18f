// Opening a log: what its directory holds, what of it can be trusted, and what recovery makes of the rest.
#include <algorithm>
#include <utility>

#include "storage/log.h"
#include "storage/log_files.h"

namespace sluice {
namespace {
constexpr std::size_t kReplayChunk = 1 << 20;
}

Task<Result<void>> Log::load(bool clean, Offset start) {
  if (auto found = co_await find_segments(); !found) co_return found;
  auto read = co_await epochs_.load(disk_);
  // Rebuilt from the batches, as far as recovery reads them; it is no reason to refuse the log.
  if (!read && read.error().code != Errc::corrupt) co_return read;

  start_ = segments_.empty() ? start : std::max(start, segments_.begin()->first);
  Result<void> done;
  if (!clean) done = co_await recover_from(recovery_point_);
  if (done) done = co_await check_indexes();
  if (done) done = co_await activate_last();
  if (!done) co_return done;
  if (end_ < start_) {
    // The log start was moved beyond what a crash has left; offsets before it must not be given out again.
    if (auto renewed = co_await start_anew(start_); !renewed) co_return renewed;
  }
  recovery_point_ = std::min(recovery_point_, end_);
  cleaned_to_ = std::min(cleaned_to_, end_);
  done = co_await epochs_.truncate_from_end(disk_, end_);
  if (done) done = co_await epochs_.truncate_from_start(disk_, start_);
  if (done) done = co_await epochs_.write_if_changed(disk_);
  if (done) done = co_await load_producers(clean);
  const auto is_sane = [](const auto& entry) { return entry.second->indexes_are_sane(); };
  opened_as_closed_ =
      clean && recovery_point_ == end_ && recovery_.scanned_bytes == 0 && std::ranges::all_of(segments_, is_sane);
  set_jitter();
  // What was made and never flushed may be lost with the directory's name, until the first flush from now on. A
  // log that was closed with something in it has been flushed.
  if (!clean || !has_held_anything()) {
    directory_is_durable_ = false;
    ++names_changed_;
  }
  co_return done;
}

Task<Result<void>> Log::find_segments() {
  const auto exists = co_await disk_.exists(directory_);
  if (!exists) co_return fail(exists.error());
  if (!*exists) {
    // A flush makes durable what the directory holds; that it is there itself must not be forgotten.
    auto made = co_await disk_.make_directory(directory_);
    if (made) made = co_await disk_.sync_directory(parent_directory());
    if (!made) co_return made;
  }
  auto entries = co_await disk_.list(directory_);
  if (!entries) co_return fail(std::move(entries.error()));
  std::vector<std::string> unfinished;
  for (const DirectoryEntry& entry : *entries) {
    if (log_file::parse(entry.name) && !entry.is_directory &&
        (entry.name.ends_with(log_file::kDeleted) || entry.name.ends_with(log_file::kCleaned) ||
         entry.name.ends_with(log_file::kSwap)))
      unfinished.push_back(entry.name);
  }
  if (!unfinished.empty()) {
    if (auto finished = co_await finish_swaps(std::move(unfinished)); !finished) co_return finished;
    entries = co_await disk_.list(directory_);
    if (!entries) co_return fail(std::move(entries.error()));
  }
  std::map<Offset, SegmentFiles> found;
  for (const DirectoryEntry& entry : *entries) {
    const auto name = log_file::parse(entry.name);
    if (!name || entry.is_directory) continue;
    SegmentFiles& files = found[name->base];
    files.base = name->base;
    if (name->suffix == log_file::kLog)
      files.log = entry.size;
    else if (name->suffix == log_file::kOffsetIndex)
      files.offset_index = entry.size;
    else if (name->suffix == log_file::kTimeIndex)
      files.time_index = entry.size;
    else if (name->suffix == log_file::kTransactionIndex)
      files.transaction_index = entry.size;
    else if (name->suffix == log_file::kProducerSnapshot)
      snapshots_.add_found(name->base);
  }
  for (const auto& [base, files] : found) {
    auto segment = std::make_shared<Segment>(disk_, open_files_, directory_, files);
    segment->set_created(loop_.wall_now());
    if (files.log)
      segments_.emplace(base, std::move(segment));
    else if (files.offset_index || files.time_index || files.transaction_index) {
      // Indexes without their log: of a deletion that a crash has cut short.
      if (auto removed = co_await segment->remove_files(); !removed) co_return removed;
    }
  }
  co_return Result<void>{};
}

Task<Result<void>> Log::check_indexes() {
  for (auto at = segments_.begin(); at != segments_.end(); ++at) {
    const std::shared_ptr<Segment> segment = at->second;
    if (segment->indexes_are_sane()) continue;
    Result<void> rebuilt;
    if (const auto end = co_await segment->rebuild_indexes(config_.index_interval_bytes); !end)
      rebuilt = fail(end.error());
    else if (std::next(at) != segments_.end())
      rebuilt = co_await segment->deactivate();
    if (!rebuilt && rebuilt.error().code != Errc::corrupt && rebuilt.error().code != Errc::incomplete)
      co_return rebuilt;
    if (!rebuilt) co_return co_await recover_from(segment->base());
  }
  co_return Result<void>{};
}

Task<Result<void>> Log::activate_last() {
  if (segments_.empty()) co_return co_await start_anew(start_);
  auto end = co_await active().activate();
  if (!end && (end.error().code == Errc::corrupt || end.error().code == Errc::incomplete ||
               end.error().code == Errc::unsupported_magic)) {
    // Closed or not, this tail was not written by an append that succeeded.
    if (auto recovered = co_await recover_from(active().base()); !recovered) co_return recovered;
    if (segments_.empty()) co_return co_await start_anew(start_);
    end = co_await active().activate();
  }
  if (!end) co_return fail(std::move(end.error()));
  end_ = *end;
  active_size_ = active().size();
  co_return Result<void>{};
}

Task<Result<void>> Log::recover_from(Offset point) {
  if (segments_.empty()) co_return Result<void>{};
  const auto first = segment_of(point);
  // Snapshots of offsets that are yet to be checked may describe what is about to be cut.
  auto done = co_await snapshots_.remove_after(disk_, first->first);
  if (done)
    done = co_await snapshots_.load_latest(disk_, producers_, segments_.begin()->first, first->first,
                                           loop_.wall_now(), config_.producer_id_expiration);
  if (done) done = co_await replay_producers(first->first);
  if (!done) co_return done;

  Offset floor = first->first;
  for (auto at = first; at != segments_.end(); ++at) {
    const std::shared_ptr<Segment> segment = at->second;
    const bool may_be_compacted = config_.cleanup_compact || segment->base() <= cleaned_to_;
    if (at != first && segment->base() != floor && !may_be_compacted) {
      // What lies between was lost, since only compaction leaves offsets out. A log is a prefix or it is wrong:
      // what comes behind the hole can be had from the other replicas, and here it would never be missed.
      recovery_.cut_at = floor;
      recovery_.damage = fmt::format("offsets {} to {} are missing", floor.value, segment->base().value - 1);
      co_return co_await remove_segments_from(at);
    }
    if (at != first) {
      producers_.set_end(std::max(producers_.end(), segment->base()));
      if (auto taken = co_await snapshots_.take(disk_, producers_); !taken) co_return taken;
    }
    const std::uint32_t size = segment->size();
    Segment* const owner = segment.get();
    const auto recovered = co_await segment->recover(
        floor, config_.index_interval_bytes,
        [this, owner](Segment::LogEntry entry, Bytes bytes) { return take_in(owner, entry, bytes); });
    if (!recovered) co_return fail(recovered.error());
    recovery_.scanned_bytes += size;
    floor = recovered->next;
    if (!recovered->damage.empty()) {
      recovery_.cut_bytes += recovered->cut_bytes;
      recovery_.cut_at = recovered->next;
      recovery_.damage = recovered->damage;
      co_return co_await remove_segments_from(std::next(at));
    }
    if (std::next(at) != segments_.end()) {
      if (auto written = co_await segment->deactivate(); !written) co_return written;
    }
  }
  co_return Result<void>{};
}

Task<Result<void>> Log::remove_segments_from(Segments::iterator first) {
  while (first != segments_.end()) {
    const std::shared_ptr<Segment> segment = first->second;
    recovery_.cut_bytes += segment->size();
    ++recovery_.segments_removed;
    first = segments_.erase(first);
    if (auto removed = co_await segment->remove_files(); !removed) co_return removed;
  }
  ++names_changed_;
  co_return Result<void>{};
}

Task<Result<void>> Log::take_in(Segment* segment, Segment::LogEntry entry, Bytes bytes) {
  if (entry.magic != 2) co_return Result<void>{};
  const auto latest = epochs_.latest();
  if (entry.epoch.value >= 0 && (!latest || entry.epoch > latest->epoch))
    epochs_.assign_unwritten(entry.epoch, entry.base);
  if (breather_.is_due(bytes.size())) co_await detail::NextRound(loop_);
  if (entry.next() <= producers_.end()) co_return Result<void>{};

  const auto batch = ConstBatchView::parse(bytes, CrcCheck::skip);
  if (!batch) co_return fail(batch.error());
  ProducerAppend producers(producers_, AppendOrigin::replication);
  if (auto taken = producers.add(*batch); !taken) {
    // The batch is what its producer sent and its leader accepted; only a marker that nobody can read is damage.
    if (taken.error().code == Errc::corrupt) co_return taken;
    producers_.set_end(entry.next());
    co_return Result<void>{};
  }
  if (segment != nullptr) {
    for (const AbortedTransaction& aborted : producers.aborted()) {
      if (auto noted = co_await segment->transaction_index().append(disk_, aborted); !noted) co_return noted;
    }
  }
  producers_.commit(std::move(producers), entry.next());
  co_return Result<void>{};
}

Task<Result<void>> Log::replay_producers(Offset end) {
  for (auto at = segment_of(producers_.end()); at != segments_.end() && at->first < end; ++at) {
    const std::shared_ptr<Segment> segment = at->second;
    if (producers_.end() >= end) break;
    const auto first = co_await segment->find(std::max(producers_.end(), segment->base()));
    if (!first) co_return fail(first.error());
    if (!*first) continue;
    auto file = co_await segment->log_file();
    if (!file) co_return fail(std::move(file.error()));
    detail::LogScanner scanner(std::move(*file), (*first)->position, segment->size(), kReplayChunk);
    for (;;) {
      const auto entry = co_await scanner.next_checked();
      if (!entry) co_return fail(entry.error());
      if (!*entry || (*entry)->base >= end) break;
      if (auto taken = co_await take_in(nullptr, **entry, scanner.bytes()); !taken) co_return taken;
    }
  }
  producers_.set_end(std::max(producers_.end(), end));
  co_return Result<void>{};
}

Task<Result<void>> Log::load_producers(bool clean) {
  auto done = co_await snapshots_.remove_after(disk_, end_);
  if (!done) co_return done;
  if (clean && snapshots_.offsets().empty()) {
    // Whoever closed this log had no producers to write down.
    producers_.clear(end_);
    co_return done;
  }
  // After a recovery the state is already that of the end.
  if (producers_.end() != end_ || clean) {
    done = co_await snapshots_.load_latest(disk_, producers_, segments_.begin()->first, end_, loop_.wall_now(),
                                           config_.producer_id_expiration);
    if (done) done = co_await replay_producers(end_);
  }
  producers_.log_start_moved(start_);
  std::set<Offset> bases;
  for (const auto& [base, segment] : segments_) bases.insert(base);
  if (done) done = co_await snapshots_.remove_strays(disk_, std::move(bases));
  co_return done;
}

}  // namespace sluice
