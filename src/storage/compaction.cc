#include "storage/compaction.h"

#include <algorithm>
#include <utility>

#include "record/record_reader.h"
#include "storage/detail/batch_filter.h"
#include "storage/detail/elapsed.h"
#include "storage/log_files.h"

namespace sluice {
namespace {

constexpr std::size_t kReadChunk = 1 << 20;
constexpr std::size_t kWriteChunk = 1 << 20;

/// The batch of which a producer's state tells: if its records go, its header must stay.
bool is_last_of_producer(const ProducerState& producers, const ConstBatchView& batch) {
  if (!batch.has_producer()) return false;
  const ProducerEntry* producer = producers.find(batch.producer_id());
  if (producer == nullptr) return false;
  if (!producer->batches.empty()) return producer->batches.back().last_offset == batch.last_offset();
  return batch.is_control() && batch.producer_epoch() == producer->epoch;
}

}  // namespace

Compaction::Compaction(Loop& loop, Disk& disk, std::size_t key_bytes_max)
    : loop_(loop), disk_(disk), keys_(key_bytes_max, {.low = loop.random(), .high = loop.random()}) {}

Task<Result<Dirtiness>> Compaction::measure(Log& log, Offset cleaned_to, Offset stable) {
  Dirtiness dirt{.from = cleaned_to, .to = cleaned_to};
  if (cleaned_to < log.start() || cleaned_to > log.end()) dirt.from = log.start();
  dirt.to = dirt.from;
  const WallTime now = loop_.wall_now();
  const LogConfig config = log.config();
  const std::vector<SegmentPtr> segments = log.segments_between({0}, std::min(stable, log.recovery_point()));
  for (const SegmentPtr& segment : segments) {
    const Offset end = log.segment_end(*segment);
    if (end <= dirt.from) {
      dirt.clean_bytes += segment->size();
      continue;
    }
    const auto latest = co_await segment->max_timestamp();
    if (!latest) co_return fail(latest.error());
    if (config.compaction_lag_min.count() > 0 &&
        detail::elapsed(latest->timestamp, now) < config.compaction_lag_min)
      break;
    const auto first = co_await segment->first_timestamp();
    if (!first) co_return fail(first.error());
    if (*first && detail::elapsed(**first, now) > config.compaction_lag_max) dirt.overdue = true;
    dirt.dirty_bytes += segment->size();
    dirt.to = end;
  }
  co_return dirt;
}

bool Compaction::is_due(const Dirtiness& dirt, const LogConfig& config) {
  return dirt.dirty_bytes > 0 && (dirt.overdue || dirt.ratio() > config.cleanable_dirty_ratio_min);
}

Task<Result<Compacted>> Compaction::run(Log& log, Dirtiness dirt) {
  keys_.clear();
  const auto noted_to = co_await note_keys(log, dirt);
  if (!noted_to) co_return fail(log.note_failure(noted_to.error()));
  Compacted compacted{.cleaned_to = *noted_to};
  detail::CleanedTransactions transactions;
  const std::vector<SegmentPtr> segments = log.segments_between({0}, dirt.to);
  for (Group& one : group(log, segments, *noted_to)) {
    for (const SegmentPtr& segment : one) compacted.bytes_before += segment->size();
    const auto left = co_await clean_group(log, std::move(one), transactions, *noted_to - 1);
    if (!left) co_return fail(log.note_failure(left.error()));
    compacted.bytes_after += *left;
  }
  keys_.clear();
  co_return compacted;
}

Task<Result<Offset>> Compaction::note_keys(Log& log, Dirtiness dirt) {
  detail::CleanedTransactions transactions;
  Offset noted_to = dirt.from;
  for (const SegmentPtr& segment : log.segments_between({0}, dirt.to)) {
    const Offset end = log.segment_end(*segment);
    if (end <= dirt.from) continue;
    auto aborted = co_await log.aborted_transactions(segment->base(), end);
    if (!aborted) co_return fail(std::move(aborted.error()));
    transactions.add_aborted(std::move(*aborted));
    const auto whole = co_await note_segment(segment, dirt.from, transactions, noted_to);
    if (!whole) co_return fail(whole.error());
    if (!*whole) co_return noted_to;  // The memory for keys is used up: the rest is the next run's.
    noted_to = end;
  }
  co_return noted_to;
}

Task<Result<bool>> Compaction::note_segment(SegmentPtr segment, Offset from,
                                            detail::CleanedTransactions& transactions, Offset& noted_to) {
  auto file = co_await segment->log_file();
  if (!file) co_return fail(std::move(file.error()));
  detail::LogScanner scanner(std::move(*file), 0, segment->size(), kReadChunk);
  for (;;) {
    const auto entry = co_await scanner.next_checked();
    if (!entry) co_return fail(entry.error());
    if (!*entry) co_return true;
    if (breather_.is_due((*entry)->size)) co_await detail::NextRound(loop_);
    if ((*entry)->magic != 2 || (*entry)->last < from) continue;
    const auto batch = ConstBatchView::parse(scanner.bytes(), CrcCheck::skip);
    if (!batch) co_return fail(batch.error());
    if (batch->is_control()) {
      if (const auto seen = transactions.see_marker(*batch); !seen) co_return fail(seen.error());
      continue;
    }
    if (transactions.see_data(*batch)) continue;  // What was aborted supersedes nothing.
    RecordReader reader(*batch, decompressor_);
    for (auto record = reader.next(); record; record = reader.next()) {
      if (!*record) co_return fail(std::move(record->error()));
      if ((*record)->offset < from) continue;
      if ((*record)->key && !keys_.put(*(*record)->key, (*record)->offset)) co_return false;
      noted_to = (*record)->offset + 1;
    }
  }
}

std::vector<Compaction::Group> Compaction::group(const Log& log, const std::vector<SegmentPtr>& segments,
                                                 Offset end) {
  const LogConfig& config = log.config();
  std::vector<Group> groups;
  std::uint64_t bytes = 0, index_bytes = 0, time_index_bytes = 0;
  for (const SegmentPtr& segment : segments) {
    if (segment->base() >= end) break;
    const std::uint64_t index = segment->offset_index().file().count() * OffsetIndex::kEntrySize;
    const std::uint64_t time_index = segment->time_index().file().count() * TimeIndex::kEntrySize;
    const auto index_bytes_max = static_cast<std::uint64_t>(config.segment_index_bytes);
    const bool fits = !groups.empty() && std::cmp_less_equal(bytes + segment->size(), config.segment_bytes) &&
                      index_bytes + index <= index_bytes_max && time_index_bytes + time_index <= index_bytes_max &&
                      groups.back().front()->takes(log.segment_end(*segment));
    if (!fits) {
      groups.emplace_back();
      bytes = index_bytes = time_index_bytes = 0;
    }
    groups.back().push_back(segment);
    bytes += segment->size();
    index_bytes += index;
    time_index_bytes += time_index;
  }
  return groups;
}

Task<Result<std::uint64_t>> Compaction::clean_group(Log& log, Group group,
                                                    detail::CleanedTransactions& transactions, Offset latest) {
  const SegmentFiles files{.base = group.front()->base()};
  const auto cleaned = std::make_shared<Segment>(disk_, log.directory(), files, log_file::kCleaned);
  (void)co_await cleaned->remove_files();  // Those of a run that ended early.
  auto done = co_await cleaned->create(0);
  for (const SegmentPtr& segment : group) {
    if (done) done = co_await clean_segment(log, segment, *cleaned, transactions, latest);
  }
  if (done) done = co_await cleaned->deactivate();
  if (done) done = co_await cleaned->flush();
  cleaned->set_created(group.back()->created());
  const std::uint64_t size = cleaned->size();
  Result<bool> replaced{false};
  if (done) replaced = co_await log.replace_segments(std::move(group), cleaned);
  if (!done || (replaced && !*replaced)) (void)co_await cleaned->remove_files();
  if (!done) co_return fail(std::move(done.error()));
  if (!replaced) co_return fail(std::move(replaced.error()));
  co_return size;
}

Task<Result<void>> Compaction::clean_segment(Log& log, SegmentPtr from, Segment& into,
                                             detail::CleanedTransactions& transactions, Offset latest) {
  const LogConfig config = log.config();
  // Those too whose marker lies in a later segment.
  auto aborted = co_await log.aborted_transactions(from->base(), log.segment_end(*from));
  if (!aborted) co_return fail(std::move(aborted.error()));
  transactions.add_aborted(std::move(*aborted));
  auto file = co_await from->log_file();
  if (!file) co_return fail(std::move(file.error()));
  detail::LogScanner scanner(std::move(*file), 0, from->size(), kReadChunk);
  detail::BatchFilter filter(keys_, latest, loop_.wall_now(), config.delete_retention_time, decompressor_);
  Buffer pending;
  for (;;) {
    const auto entry = co_await scanner.next_checked();
    if (!entry) co_return fail(entry.error());
    if (!*entry) break;
    if (breather_.is_due((*entry)->size)) co_await detail::NextRound(loop_);
    if ((*entry)->magic != 2) {
      pending.append(scanner.bytes());  // What old producers wrote stays as it is.
    } else {
      const auto batch = ConstBatchView::parse(scanner.bytes(), CrcCheck::skip);
      if (!batch) co_return fail(batch.error());
      detail::BatchFate fate{.keep_emptied = is_last_of_producer(log.producers(), *batch)};
      if (batch->is_control()) {
        const auto marker = transactions.see_marker(*batch);
        if (!marker) co_return fail(marker.error());
        fate.spent_marker = marker->discard;
        if (marker->aborted) {
          auto noted = co_await into.transaction_index().append(disk_, *marker->aborted);
          if (!noted) co_return noted;
        }
      } else {
        fate.aborted = transactions.see_data(*batch);
      }
      if (auto filtered = filter.filter(*batch, fate, pending); !filtered) co_return filtered;
    }
    if (pending.size() >= kWriteChunk) {
      if (auto written = co_await write_out(into, pending, config.index_interval_bytes); !written)
        co_return written;
    }
  }
  co_return co_await write_out(into, pending, config.index_interval_bytes);
}

Task<Result<void>> Compaction::write_out(Segment& into, Buffer& pending, std::int32_t index_interval) {
  std::vector<Segment::LogEntry> entries;
  for (Bytes rest = pending.bytes(); !rest.empty(); rest = rest.subspan(entries.back().size)) {
    auto entry = detail::read_entry_header(rest, 0);
    SLUICE_ASSERT(entry.has_value());  // We wrote it ourselves just now.
    entries.push_back(*entry);
  }
  auto written = co_await into.append_entries(entries, pending.bytes(), index_interval);
  pending.clear();
  co_return written;
}

}  // namespace sluice
