#include "storage/compaction.h"

#include <algorithm>
#include <utility>

#include "base/next_round.h"
#include "record/message_reader.h"
#include "record/record_reader.h"
#include "storage/detail/batch_filter.h"
#include "storage/detail/elapsed.h"
#include "storage/log_files.h"

namespace sluice {
namespace {

/// A run that has to slow down looks this often whether it is still wanted.
constexpr std::chrono::milliseconds kPauseMax{500};

/// The batch of which a producer's state tells: if its records go, its header must stay.
bool is_last_of_producer(const ProducerState& producers, const ConstBatchView& batch) {
  if (!batch.has_producer()) return false;
  const ProducerEntry* producer = producers.find(batch.producer_id());
  if (producer == nullptr) return false;
  if (!producer->batches.empty()) return producer->batches.back().last_offset == batch.last_offset();
  return batch.is_control() && batch.producer_epoch() == producer->epoch;
}

std::chrono::nanoseconds time_for(std::size_t bytes, double bytes_per_second) {
  const double seconds = static_cast<double>(bytes) / std::max(bytes_per_second, 1.0);
  return std::chrono::nanoseconds{static_cast<std::int64_t>(std::min(seconds, 3600.0) * 1e9)};
}

}  // namespace

/// One run over one log.
class Compaction::Run {
 public:
  Run(Compaction& owner, Log& log, Dirtiness dirt, Wanted wanted)
      : owner_(owner), log_(log), config_(log.config()), dirt_(dirt), wanted_(std::move(wanted)) {}

  Task<Result<Compacted>> go();

 private:
  Task<Result<void>> breathe(std::size_t bytes);
  Task<Result<Offset>> note_keys();
  Task<Result<bool>> note_segment(SegmentPtr segment, Offset from, detail::CleanedTransactions& transactions);
  Result<bool> note_batch(const ConstBatchView& batch, detail::CleanedTransactions& transactions);
  Result<bool> note_message(Bytes bytes);
  template <class Reader>
  Result<bool> note_records(Reader& reader);
  Task<Result<WallTime>> age_of(SegmentPtr segment) const;
  Task<Result<void>> note_clean_age();
  Task<Result<bool>> keeps_old_tombstones(SegmentPtr segment) const;
  std::vector<Group> group(const std::vector<SegmentPtr>& segments) const;
  Task<Result<bool>> clean_group(Group group);
  Task<Result<void>> clean_segment(SegmentPtr from, Segment& into);
  Task<Result<void>> clean_batch(const ConstBatchView& batch, Segment& into, detail::BatchFilter& filter,
                                 Buffer& pending);
  Task<Result<void>> write_out(Segment& into, Buffer& pending);

  Compaction& owner_;
  Log& log_;
  const LogConfig config_;
  const Dirtiness dirt_;
  Wanted wanted_;
  Offset noted_to_{0};                 ///< Every key before it is noted.
  std::optional<WallTime> clean_age_;  ///< Of the last segment that was clean before this run; none: none was.
  detail::CleanedTransactions transactions_;
  Compacted compacted_{};
};

Compaction::Compaction(TaskGroup& tasks, Disk& disk, CompactionLimits limits)
    : tasks_(tasks),
      loop_(tasks.loop()),
      disk_(disk),
      limits_(limits),
      keys_(limits.key_bytes_max, limits.key_load, {.low = loop_.random(), .high = loop_.random()}) {}

Task<Result<Dirtiness>> Compaction::measure(Log& log, Offset stable) {
  Dirtiness dirt{.from = std::max(log.cleaned_to(), log.start()), .to = {}};
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
    if (config.compaction_lag_min.count() > 0) {
      const auto latest = co_await segment->max_timestamp();
      if (!latest) co_return fail(log.note_failure(latest.error()));
      if (detail::elapsed(latest->timestamp, now) < config.compaction_lag_min) break;
    }
    if (config.compaction_lag_max != LogConfig::kForever && !dirt.overdue) {
      const auto first = co_await segment->first_timestamp();
      if (!first) co_return fail(log.note_failure(first.error()));
      dirt.overdue = *first && **first > WallTime{} && detail::elapsed(**first, now) > config.compaction_lag_max;
    }
    dirt.dirty_bytes += segment->size();
    dirt.to = end;
  }
  co_return dirt;
}

bool Compaction::is_due(const Dirtiness& dirt, const LogConfig& config) {
  return dirt.dirty_bytes > 0 && (dirt.overdue || dirt.ratio() > config.cleanable_dirty_ratio_min);
}

Task<Result<Compacted>> Compaction::run(Log& log, Dirtiness dirt, Wanted wanted) {
  // No key comes more often than there are offsets.
  keys_.start(static_cast<std::size_t>(std::max<std::int64_t>(dirt.to - dirt.from, 0)));
  Run run(*this, log, dirt, std::move(wanted));
  auto compacted = co_await run.go();
  keys_.clear();
  if (!compacted) co_return fail(log.note_failure(std::move(compacted.error())));
  log.set_cleaned_to(compacted->cleaned_to);
  co_return compacted;
}

Task<Result<Compacted>> Compaction::Run::go() {
  compacted_.cleaned_to = dirt_.from;
  const auto noted_to = co_await note_keys();
  if (!noted_to) co_return fail(noted_to.error());
  noted_to_ = *noted_to;
  if (auto noted = co_await note_clean_age(); !noted) co_return fail(std::move(noted.error()));
  for (Group& one : group(log_.segments_between({0}, dirt_.to))) {
    const auto replaced = co_await clean_group(std::move(one));
    if (!replaced) co_return fail(replaced.error());
    // What is left of a group that was cut off meanwhile may hold what a tombstone has deleted. The tombstone must
    // not be counted as clean, lest it goes first.
    if (!*replaced) co_return compacted_;
  }
  compacted_.cleaned_to = noted_to_;
  co_return compacted_;
}

Task<Result<void>> Compaction::Run::breathe(std::size_t bytes) {
  owner_.next_io_ =
      std::max(owner_.next_io_, owner_.loop_.now()) + time_for(bytes, owner_.limits_.bytes_per_second);
  if (!owner_.breather_.is_due(bytes)) co_return Result<void>{};
  bool stopping = owner_.tasks_.stopping();
  while (!stopping && wanted_() && owner_.next_io_ > owner_.loop_.now())
    stopping = co_await owner_.tasks_.sleep_until(std::min(owner_.next_io_, owner_.loop_.now() + kPauseMax));
  if (stopping || !wanted_() || log_.offline())
    co_return fail(Errc::closed, "the compaction of {} is given up", log_.directory());
  co_await NextRound(owner_.loop_);
  co_return Result<void>{};
}

Task<Result<Offset>> Compaction::Run::note_keys() {
  detail::CleanedTransactions transactions;
  noted_to_ = dirt_.from;
  for (const SegmentPtr& segment : log_.segments_between({0}, dirt_.to)) {
    const Offset end = log_.segment_end(*segment);
    if (end <= dirt_.from) continue;
    const Offset from = std::max(dirt_.from, segment->base());
    auto aborted = co_await log_.aborted_transactions(from, end);
    if (!aborted) co_return fail(std::move(aborted.error()));
    transactions.add_aborted(std::move(*aborted));
    const auto whole = co_await note_segment(segment, from, transactions);
    if (!whole) co_return fail(whole.error());
    if (!*whole) co_return noted_to_;  // The memory for keys is used up: the rest is the next run's.
    noted_to_ = end;
  }
  co_return noted_to_;
}

Task<Result<bool>> Compaction::Run::note_segment(SegmentPtr segment, Offset from,
                                                 detail::CleanedTransactions& transactions) {
  const auto first = co_await segment->find(from);
  if (!first) co_return fail(first.error());
  if (!*first) co_return true;
  auto file = co_await segment->log_file();
  if (!file) co_return fail(std::move(file.error()));
  detail::LogScanner scanner(std::move(*file), (*first)->position, segment->size(), owner_.limits_.chunk_bytes);
  for (;;) {
    const auto entry = co_await scanner.next_checked();
    if (!entry) co_return fail(entry.error());
    if (!*entry) co_return true;
    if (auto breath = co_await breathe((*entry)->size); !breath) co_return fail(std::move(breath.error()));
    Result<bool> noted{true};
    if ((*entry)->magic != 2) {
      noted = note_message(scanner.bytes());
    } else {
      const auto batch = ConstBatchView::parse(scanner.bytes(), CrcCheck::skip);
      if (!batch) co_return fail(batch.error());
      noted = note_batch(*batch, transactions);
    }
    if (!noted || !*noted) co_return noted;
  }
}

template <class Reader>
Result<bool> Compaction::Run::note_records(Reader& reader) {
  for (auto record = reader.next(); record; record = reader.next()) {
    if (!*record) return fail(std::move(record->error()));
    if ((*record)->offset < dirt_.from) continue;
    if ((*record)->key && !owner_.keys_.put(*(*record)->key, (*record)->offset)) return false;
    noted_to_ = (*record)->offset + 1;
  }
  return true;
}

Result<bool> Compaction::Run::note_message(Bytes bytes) {
  const auto message = MessageView::parse(bytes, CrcCheck::skip);
  if (!message) return fail(message.error());
  auto reader = MessageReader::open(*message, owner_.decompressor_);
  if (!reader) return fail(std::move(reader.error()));
  return note_records(*reader);
}

Result<bool> Compaction::Run::note_batch(const ConstBatchView& batch, detail::CleanedTransactions& transactions) {
  if (batch.is_control()) {
    if (const auto seen = transactions.see_marker(batch); !seen) return fail(seen.error());
    return true;
  }
  if (transactions.see_data(batch)) return true;  // What was aborted supersedes nothing.
  RecordReader reader(batch, owner_.decompressor_);
  return note_records(reader);
}

/// The latest time of its records; where they have none, when it came to be here.
Task<Result<WallTime>> Compaction::Run::age_of(SegmentPtr segment) const {
  const auto latest = co_await segment->max_timestamp();
  if (!latest) co_return fail(latest.error());
  co_return latest->timestamp < WallTime{} ? segment->created() : latest->timestamp;
}

Task<Result<void>> Compaction::Run::note_clean_age() {
  SegmentPtr last_clean;
  for (const SegmentPtr& segment : log_.segments_between({0}, dirt_.to))
    if (log_.segment_end(*segment) <= dirt_.from) last_clean = segment;
  if (!last_clean) co_return Result<void>{};
  const auto age = co_await age_of(last_clean);
  if (!age) co_return fail(age.error());
  clean_age_ = *age;
  co_return Result<void>{};
}

/// Messages before magic 2 say of no tombstone since when it is known. It stays until its segment is
/// delete.retention.ms older than the last one that was clean before this run.
Task<Result<bool>> Compaction::Run::keeps_old_tombstones(SegmentPtr segment) const {
  if (!clean_age_) co_return true;
  const auto age = co_await age_of(segment);
  if (!age) co_return fail(age.error());
  co_return detail::elapsed(*age, *clean_age_) < config_.delete_retention_time;
}

std::vector<Compaction::Group> Compaction::Run::group(const std::vector<SegmentPtr>& segments) const {
  std::vector<Group> groups;
  std::uint64_t bytes = 0, index_bytes = 0, time_index_bytes = 0;
  const auto index_bytes_max = static_cast<std::uint64_t>(config_.segment_index_bytes);
  for (const SegmentPtr& segment : segments) {
    if (segment->base() >= noted_to_) break;
    const std::uint64_t index = segment->offset_index().file().count() * OffsetIndex::kEntrySize;
    const std::uint64_t time_index = segment->time_index().file().count() * TimeIndex::kEntrySize;
    const bool fits = !groups.empty() && std::cmp_less_equal(bytes + segment->size(), config_.segment_bytes) &&
                      index_bytes + index <= index_bytes_max && time_index_bytes + time_index <= index_bytes_max &&
                      groups.back().front()->takes(log_.segment_end(*segment) - 1);
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

Task<Result<bool>> Compaction::Run::clean_group(Group group) {
  for (const SegmentPtr& segment : group) compacted_.bytes_before += segment->size();
  const SegmentPtr cleaned = log_.new_cleaned_segment(group.front()->base());
  (void)co_await cleaned->remove_files();  // Those of a run that ended early.
  auto done = co_await cleaned->create(0);
  for (const SegmentPtr& segment : group) {
    if (done) done = co_await clean_segment(segment, *cleaned);
  }
  if (done) done = co_await cleaned->deactivate();
  if (done) done = co_await cleaned->flush();
  cleaned->set_created(group.back()->created());
  const std::uint64_t size = cleaned->size();
  Result<bool> replaced{false};
  if (done) replaced = co_await log_.replace_segments(std::move(group), cleaned);
  if (!done || (replaced && !*replaced)) (void)co_await cleaned->remove_files();
  if (!done) co_return fail(std::move(done.error()));
  compacted_.bytes_after += size;
  co_return replaced;
}

Task<Result<void>> Compaction::Run::clean_segment(SegmentPtr from, Segment& into) {
  // Those too whose marker lies in a later segment.
  auto aborted = co_await log_.aborted_transactions(from->base(), log_.segment_end(*from));
  if (!aborted) co_return fail(std::move(aborted.error()));
  transactions_.add_aborted(std::move(*aborted));
  auto file = co_await from->log_file();
  if (!file) co_return fail(std::move(file.error()));
  detail::LogScanner scanner(std::move(*file), 0, from->size(), owner_.limits_.chunk_bytes);
  detail::BatchFilter filter(owner_.keys_, noted_to_ - 1, owner_.loop_.wall_now(), config_.delete_retention_time,
                             owner_.decompressor_);
  std::optional<bool> keeps_old_tombstones;
  Buffer pending;
  for (;;) {
    const auto entry = co_await scanner.next_checked();
    if (!entry) co_return fail(entry.error());
    if (!*entry) break;
    if (auto breath = co_await breathe((*entry)->size); !breath) co_return breath;
    if ((*entry)->magic != 2) {
      if (!keeps_old_tombstones) {
        const auto keeps = co_await this->keeps_old_tombstones(from);
        if (!keeps) co_return fail(keeps.error());
        keeps_old_tombstones = *keeps;
      }
      const auto message = MessageView::parse(scanner.bytes(), CrcCheck::skip);
      if (!message) co_return fail(message.error());
      if (auto cleaned = filter.filter(*message, *keeps_old_tombstones, pending); !cleaned) co_return cleaned;
    } else {
      const auto batch = ConstBatchView::parse(scanner.bytes(), CrcCheck::skip);
      if (!batch) co_return fail(batch.error());
      if (auto cleaned = co_await clean_batch(*batch, into, filter, pending); !cleaned) co_return cleaned;
    }
    if (pending.size() >= owner_.limits_.chunk_bytes) {
      if (auto written = co_await write_out(into, pending); !written) co_return written;
    }
  }
  co_return co_await write_out(into, pending);
}

Task<Result<void>> Compaction::Run::clean_batch(const ConstBatchView& batch, Segment& into,
                                                detail::BatchFilter& filter, Buffer& pending) {
  // The last batch of what is cleaned stays too, be it empty: whoever reads up to there must come to its end.
  detail::BatchFate fate{.keep_emptied =
                             is_last_of_producer(log_.producers(), batch) || batch.next_offset() == dirt_.to};
  if (batch.is_control()) {
    const auto marker = transactions_.see_marker(batch);
    if (!marker) co_return fail(marker.error());
    fate.spent_marker = marker->discard;
    if (marker->aborted) {
      auto noted = co_await into.transaction_index().append(owner_.disk_, *marker->aborted);
      if (!noted) co_return noted;
    }
  } else {
    fate.aborted = transactions_.see_data(batch);
  }
  co_return filter.filter(batch, fate, pending);
}

Task<Result<void>> Compaction::Run::write_out(Segment& into, Buffer& pending) {
  std::vector<Segment::LogEntry> entries;
  for (Bytes rest = pending.bytes(); !rest.empty(); rest = rest.subspan(entries.back().size)) {
    auto entry = detail::read_entry_header(rest, 0);
    SLUICE_ASSERT(entry.has_value());  // We wrote it ourselves just now.
    entries.push_back(*entry);
  }
  if (entries.empty()) co_return Result<void>{};
  if (auto breath = co_await breathe(pending.size()); !breath) co_return breath;
  auto written = co_await into.append_entries(entries, pending.bytes(), config_.index_interval_bytes);
  pending.clear();
  co_return written;
}

}  // namespace sluice
