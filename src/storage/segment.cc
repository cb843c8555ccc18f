#include "storage/segment.h"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/detail/elapsed.h"
#include "storage/log_files.h"

namespace sluice {
namespace {

constexpr std::size_t kLookUpChunk = 4096;  // About the distance of two index entries.
constexpr std::size_t kScanChunk = 1 << 20;
// A file of this size may have been given blocks beyond its end, which cutting it to its size gives back.
constexpr std::uint32_t kMayReserve = 8 << 20;
constexpr std::int32_t kRebuildInterval = 4096;  // Of index entries, where nobody says.

/// Whether an error says something about the bytes, rather than about the disk.
bool is_damage(Errc code) {
  return code == Errc::incomplete || code == Errc::corrupt || code == Errc::unsupported_magic ||
         code == Errc::unsupported_codec || code == Errc::unsupported_version;
}

/// Synced at once: what was cut may lie at the recovery point, before which no flush looks and no recovery reads,
/// and a power failure would bring it back.
Task<Result<void>> cut_durably(File& file, std::uint64_t size) {
  auto cut = co_await file.truncate(size);
  if (cut) cut = co_await file.sync();
  co_return cut;
}

bool is_sane(const std::optional<std::uint64_t>& file_size, std::size_t entry_size) {
  return file_size && *file_size % entry_size == 0;
}

}  // namespace

Segment::Segment(Disk& disk, std::shared_ptr<OpenFiles> open_files, std::string directory,
                 const SegmentFiles& files, std::string_view suffix)
    : disk_(disk),
      open_files_(std::move(open_files)),
      directory_(std::move(directory)),
      suffix_(suffix),
      base_(files.base),
      size_(static_cast<std::uint32_t>(std::min<std::uint64_t>(files.log.value_or(0), kBytesMax))),
      file_size_(size_),
      offsets_(path(log_file::kOffsetIndex), base_, files.offset_index.value_or(0)),
      times_(path(log_file::kTimeIndex), base_, files.time_index.value_or(0)),
      transactions_(path(log_file::kTransactionIndex), files.transaction_index.has_value()),
      indexes_sane_(is_sane(files.offset_index, OffsetIndex::kEntrySize) &&
                    is_sane(files.time_index, TimeIndex::kEntrySize) &&
                    // A segment that was ended has its latest time there, if any record has one.
                    (size_ == 0 || files.time_index.value_or(0) > 0)) {}

std::string Segment::path(std::string_view kind) const {
  return log_file::path(directory_, base_, kind) + suffix_;
}

Task<Result<std::shared_ptr<File>>> Segment::log_file() {
  if (!file_) {
    auto opened = co_await disk_.open(path(log_file::kLog), OpenMode::read_write);
    if (!opened) co_return fail(std::move(opened.error()));
    if (!file_) {  // Another reader may have opened it meanwhile.
      file_ = std::move(*opened);
      count_open_files();
    }
  } else {
    used();
  }
  co_return file_;
}

void Segment::start_indexes() {
  offsets_.file().reset();
  times_.file().reset();
  bytes_since_index_ = 0;
  indexes_sane_ = true;
}

Task<Result<void>> Segment::create(std::uint32_t preallocate) {
  auto opened = co_await disk_.open(path(log_file::kLog), OpenMode::replace);
  if (!opened) co_return fail(std::move(opened.error()));
  close_files();
  file_ = std::move(*opened);
  count_open_files();
  if (preallocate > 0) {
    const auto file = file_;
    if (auto reserved = co_await file->allocate(preallocate); !reserved) co_return reserved;
  }
  size_ = 0;
  file_size_ = preallocate;
  start_indexes();
  max_timestamp_ = TimeIndex::Entry{.timestamp = kNoTimestamp, .offset = base_};
  co_return Result<void>{};
}

Task<Result<void>> Segment::load_indexes() {
  auto loaded = co_await offsets_.load(disk_, size_);
  if (loaded) loaded = co_await times_.load(disk_);
  count_open_files();
  co_return loaded;
}

Task<Result<Segment::IndexEnds>> Segment::index_ends() {
  if (!ready_for_appends()) {
    const auto offset = co_await offsets_.read_last(disk_);
    if (!offset) co_return fail(offset.error());
    const auto time = co_await times_.read_last(disk_);
    if (!time) co_return fail(time.error());
    count_open_files();
    const bool offset_fits = offsets_.file().count() == 0 ||
                             (takes(offset->offset) && offset->position > 0 && offset->position < size_);
    const bool time_fits = times_.file().count() == 0 || (takes(time->offset) && time->timestamp > WallTime{});
    if (offset_fits && time_fits) co_return IndexEnds{.offset = *offset, .time = *time};
    // Damage, or the zeros of a file that was preallocated and never trimmed: all of it must be looked at.
    if (auto loaded = co_await load_indexes(); !loaded) co_return fail(std::move(loaded.error()));
  }
  co_return IndexEnds{.offset = offsets_.last(), .time = times_.last()};
}

Task<Result<void>> Segment::prepare_append(std::int32_t index_interval) {
  auto loaded = co_await load_indexes();
  if (loaded || !is_damage(loaded.error().code)) co_return loaded;
  // What the indexes say follows from the log.
  const auto rebuilt = co_await rebuild_indexes(index_interval);
  if (!rebuilt) co_return fail(rebuilt.error());
  co_return Result<void>{};
}

Task<Result<Offset>> Segment::activate() {
  const auto ends = co_await index_ends();
  if (!ends) co_return fail(ends.error());
  auto file = co_await log_file();
  if (!file) co_return fail(std::move(file.error()));
  const OffsetIndex::Entry indexed = ends->offset;
  TimeIndex::Entry latest = ends->time;
  Offset next = base_;
  detail::LogScanner scanner(std::move(*file), indexed.position, size_, kLookUpChunk);
  for (;;) {
    const auto entry = co_await scanner.next();
    if (!entry) co_return fail(entry.error());
    if (!*entry) break;
    if ((*entry)->base < next || !takes((*entry)->last))
      co_return fail(Errc::corrupt, "{}: offset {} where {} or more is due", path(log_file::kLog),
                     (*entry)->base.value, next.value);
    next = (*entry)->next();
    if ((*entry)->max_timestamp > latest.timestamp) latest = {(*entry)->max_timestamp, (*entry)->last};
  }
  // Somebody has cut the log's file and left the indexes as they were.
  if ((indexed.position > 0 && indexed.offset >= next) ||
      (latest.timestamp > kNoTimestamp && latest.offset >= next))
    co_return fail(Errc::corrupt, "{}: ends before offset {}, which its indexes know", path(log_file::kLog),
                   std::max(indexed.offset, latest.offset).value);
  max_timestamp_ = latest;
  bytes_since_index_ = 0;
  co_return next;
}

Task<Result<void>> Segment::deactivate() {
  if (!offsets_.file().in_memory()) co_return Result<void>{};
  if (max_timestamp_) times_.append(max_timestamp_->timestamp, max_timestamp_->offset);
  auto written = co_await offsets_.file().write(disk_);
  if (written) written = co_await times_.file().write(disk_);
  if (!written) co_return written;
  if (file_size_ > size_ || size_ >= kMayReserve) {
    auto file = co_await log_file();
    if (!file) co_return fail(std::move(file.error()));
    if (auto cut = co_await (*file)->truncate(size_); !cut) co_return cut;
    file_size_ = size_;
  }
  count_open_files();
  offsets_.file().unload();
  times_.file().unload();
  recent_.clear();
  co_return Result<void>{};
}

void Segment::index(Offset last, WallTime max_timestamp, std::uint32_t position, std::uint32_t size,
                    std::int32_t index_interval) {
  if (!max_timestamp_ || max_timestamp > max_timestamp_->timestamp)
    max_timestamp_ = TimeIndex::Entry{.timestamp = max_timestamp, .offset = last};
  if (std::cmp_greater(bytes_since_index_, index_interval)) {
    offsets_.append(last, position);
    times_.append(max_timestamp_->timestamp, max_timestamp_->offset);
    bytes_since_index_ = 0;
  }
  bytes_since_index_ += size;
}

Task<Result<Segment::Recovered>> Segment::recover(Offset floor, std::int32_t index_interval, OnBatch on_batch) {
  start_indexes();
  recent_.clear();
  max_timestamp_ = TimeIndex::Entry{.timestamp = kNoTimestamp, .offset = base_};
  first_timestamp_.reset();
  if (auto emptied = co_await transactions_.truncate_to(disk_, base_); !emptied) co_return fail(emptied.error());

  auto opened = co_await log_file();
  if (!opened) co_return fail(std::move(opened.error()));
  const std::shared_ptr<File> file = *opened;
  Recovered recovered{.next = std::max(base_, floor)};
  std::uint32_t good = 0;
  detail::LogScanner scanner(file, 0, size_, kScanChunk);
  for (;;) {
    const auto entry = co_await scanner.next_checked();
    if (!entry && !is_damage(entry.error().code)) co_return fail(entry.error());
    if (!entry) recovered.damage = entry.error().what;
    if (!entry || !*entry) break;
    if ((*entry)->base < recovered.next || !takes((*entry)->last)) {
      recovered.damage =
          fmt::format("offset {} where {} or more is due", (*entry)->base.value, recovered.next.value);
      break;
    }
    auto taken = co_await on_batch(**entry, scanner.bytes());
    if (!taken) {
      if (!is_damage(taken.error().code)) co_return fail(std::move(taken.error()));
      recovered.damage = std::move(taken.error().what);
      break;
    }
    index((*entry)->last, (*entry)->max_timestamp, (*entry)->position, (*entry)->size, index_interval);
    recovered.next = (*entry)->next();
    good = (*entry)->end();
  }
  recovered.cut_bytes = size_ - good;
  if (recovered.cut_bytes > 0) {
    if (auto cut = co_await cut_durably(*file, good); !cut) co_return fail(std::move(cut.error()));
    size_ = good;
    file_size_ = good;
  }
  times_.append(max_timestamp_->timestamp, max_timestamp_->offset);
  bytes_since_index_ = 0;
  co_return recovered;
}

Task<Result<Offset>> Segment::rebuild_indexes(std::int32_t index_interval) {
  start_indexes();
  max_timestamp_ = TimeIndex::Entry{.timestamp = kNoTimestamp, .offset = base_};
  auto file = co_await log_file();
  if (!file) co_return fail(std::move(file.error()));
  Offset next = base_;
  detail::LogScanner scanner(std::move(*file), 0, size_, kScanChunk / 16);
  for (;;) {
    const auto entry = co_await scanner.next();
    if (!entry) co_return fail(entry.error());
    if (!*entry) break;
    if ((*entry)->base < next || !takes((*entry)->last))
      co_return fail(Errc::corrupt, "{}: offset {} where {} or more is due", path(log_file::kLog),
                     (*entry)->base.value, next.value);
    next = (*entry)->next();
    index((*entry)->last, (*entry)->max_timestamp, (*entry)->position, (*entry)->size, index_interval);
  }
  times_.append(max_timestamp_->timestamp, max_timestamp_->offset);
  bytes_since_index_ = 0;
  co_return next;
}

Task<Result<void>> Segment::append(std::span<const BatchView> batches, std::int32_t index_interval) {
  if (!ready_for_appends()) {
    if (auto ready = co_await prepare_append(index_interval); !ready) co_return ready;
  }
  auto file = co_await log_file();
  if (!file) co_return fail(std::move(file.error()));
  std::array<Bytes, 8> few;
  std::vector<Bytes> many;
  std::span<Bytes> parts(few.data(), std::min(batches.size(), few.size()));
  if (batches.size() > few.size()) parts = (many.resize(batches.size()), many);
  for (std::size_t i = 0; i < batches.size(); ++i) parts[i] = batches[i].bytes();
  auto written = co_await (*file)->write(size_, std::span<const Bytes>(parts));
  if (!written) co_return written;

  for (const BatchView& batch : batches) {
    note({.base = batch.base_offset(),
          .last = batch.last_offset(),
          .size = static_cast<std::uint32_t>(batch.size()),
          .magic = 2,
          .max_timestamp = batch.max_timestamp()},
         index_interval);
  }
  co_return Result<void>{};
}

Task<Result<void>> Segment::append_entries(std::span<const LogEntry> entries, Bytes bytes,
                                           std::int32_t index_interval) {
  auto file = co_await log_file();
  if (!file) co_return fail(std::move(file.error()));
  if (auto written = co_await (*file)->write(size_, bytes); !written) co_return written;
  for (const LogEntry& entry : entries) note(entry, index_interval);
  co_return Result<void>{};
}

void Segment::note(const LogEntry& entry, std::int32_t index_interval) {
  if (size_ == 0) first_timestamp_ = entry.max_timestamp;
  index(entry.last, entry.max_timestamp, size_, entry.size, index_interval);
  if (entry.magic == 2)
    recent_.push({.base = entry.base, .next = entry.next(), .position = size_, .size = entry.size});
  size_ += entry.size;
  file_size_ = std::max<std::uint64_t>(file_size_, size_);
}

Task<Result<void>> Segment::undo_failed_write() {
  auto file = co_await log_file();
  if (!file) co_return fail(std::move(file.error()));
  file_size_ = size_;
  co_return co_await cut_durably(**file, size_);
}

Task<Result<bool>> Segment::should_roll(const LogConfig& config, std::chrono::milliseconds jitter, Coming coming,
                                        WallTime now) {
  if (std::cmp_greater(size_ + std::uint64_t{coming.bytes}, config.segment_bytes)) co_return true;
  if (offsets_.is_full(config.segment_index_bytes) || times_.is_full(config.segment_index_bytes)) co_return true;
  if (!takes(coming.last)) co_return true;
  if (size_ == 0) co_return false;
  const auto first = co_await first_timestamp();
  if (!first) co_return fail(first.error());
  const bool by_records = *first && **first >= WallTime{} && coming.max_timestamp >= WallTime{};
  const auto waited = by_records ? detail::elapsed(**first, coming.max_timestamp) : detail::elapsed(created_, now);
  co_return waited > config.segment_time - jitter;
}

Task<Result<Offset>> Segment::truncate_to(Offset end) {
  if (!ready_for_appends()) {
    if (auto ready = co_await prepare_append(kRebuildInterval); !ready) co_return fail(std::move(ready.error()));
  }
  auto found = co_await find(end);
  if (!found) co_return fail(std::move(found.error()));
  if (*found) {
    auto file = co_await log_file();
    if (!file) co_return fail(std::move(file.error()));
    const std::uint32_t position = (*found)->position;
    if (auto cut = co_await cut_durably(**file, position); !cut) co_return fail(std::move(cut.error()));
    size_ = position;
    file_size_ = position;
    end = std::min(end, (*found)->base);
  }
  offsets_.truncate_to(end);
  times_.truncate_to(end);
  recent_.truncate_to(end);
  if (auto cut = co_await transactions_.truncate_to(disk_, end); !cut) co_return fail(std::move(cut.error()));
  if (size_ == 0) first_timestamp_.reset();
  co_return co_await activate();
}

Task<Result<std::optional<Segment::LogEntry>>> Segment::find(Offset target) {
  if (const auto recent = recent_.find(target))
    co_return LogEntry{.base = recent->base,
                       .last = recent->next - 1,
                       .position = recent->position,
                       .size = recent->size,
                       .magic = 2};
  auto indexed = co_await offsets_.find(disk_, target);
  count_open_files();
  if (!indexed) co_return fail(std::move(indexed.error()));
  if (indexed->position > 0) {
    auto found = co_await find_from(target, indexed->position);
    // An index entry that leads astray is no reason to give up: the log itself has the answer.
    if (found && !*found) {
      const auto there = co_await find_from(indexed->offset, indexed->position);
      if (there && *there && (*there)->position == indexed->position && (*there)->last == indexed->offset)
        co_return found;  // The entry is right: the segment does end before the target.
    } else if (found && (indexed->position < (*found)->position || (*found)->last == indexed->offset ||
                         (*found)->base <= target)) {
      co_return found;
    }
    if (!found && !is_damage(found.error().code)) co_return found;
  }
  co_return co_await find_from(target, 0);
}

Task<Result<std::optional<Segment::LogEntry>>> Segment::find_from(Offset target, std::uint32_t position) {
  auto file = co_await log_file();
  if (!file) co_return fail(std::move(file.error()));
  detail::LogScanner scanner(std::move(*file), position, size_, kLookUpChunk);
  for (;;) {
    auto entry = co_await scanner.next();
    if (!entry || !*entry || (*entry)->last >= target) co_return entry;
  }
}

Task<Result<TimeIndex::Entry>> Segment::max_timestamp() {
  if (!max_timestamp_) {
    const auto last = co_await times_.read_last(disk_);
    count_open_files();
    if (!last) co_return last;
    max_timestamp_ = *last;
  }
  co_return *max_timestamp_;
}

Task<Result<std::optional<WallTime>>> Segment::first_timestamp() {
  if (!first_timestamp_ && size_ > 0) {
    auto first = co_await find_from(base_, 0);
    if (!first) co_return fail(std::move(first.error()));
    if (*first) first_timestamp_ = (*first)->max_timestamp;
  }
  co_return first_timestamp_;
}

Task<Result<std::uint32_t>> Segment::position_for_time(WallTime time, Offset from) {
  const auto reached = co_await times_.find(disk_, time);
  if (!reached) co_return fail(reached.error());
  const auto indexed = co_await offsets_.find(disk_, std::max(reached->offset, from));
  count_open_files();
  if (!indexed) co_return fail(indexed.error());
  co_return indexed->position;
}

Task<Result<void>> Segment::flush() {
  auto file = co_await log_file();
  if (!file) co_return fail(std::move(file.error()));
  if (auto synced = co_await (*file)->sync(); !synced) co_return synced;
  co_return co_await flush_indexes();
}

Task<Result<void>> Segment::flush_indexes() {
  Result<void> synced;
  // The indexes of a segment that is still growing are rebuilt after a crash, whatever they hold.
  if (!offsets_.file().in_memory()) synced = co_await offsets_.file().sync(disk_);
  if (synced && !times_.file().in_memory()) synced = co_await times_.file().sync(disk_);
  count_open_files();
  if (synced) synced = co_await transactions_.sync(disk_);
  co_return synced;
}

void Segment::count_open_files() {
  const unsigned count =
      (file_ ? 1u : 0u) + (offsets_.file().is_open() ? 1u : 0u) + (times_.file().is_open() ? 1u : 0u);
  if (count > 0) has_open(*open_files_, count);
}

void Segment::close_files() {
  file_.reset();
  offsets_.file().close_file();
  times_.file().close_file();
  all_closed();
}

Task<Result<void>> Segment::rename_to(std::string suffix) {
  const std::string old_suffix = std::exchange(suffix_, suffix);
  for (const std::string_view kind :
       {log_file::kLog, log_file::kOffsetIndex, log_file::kTimeIndex, log_file::kTransactionIndex}) {
    const std::string from = log_file::path(directory_, base_, kind) + old_suffix;
    auto renamed = co_await disk_.rename(from, path(kind));
    // Indexes of a segment that was never closed are not there yet.
    if (!renamed && (renamed.error().code != Errc::not_found || kind == log_file::kLog)) co_return renamed;
  }
  set_directory(directory_);
  co_return Result<void>{};
}

void Segment::set_directory(std::string directory) {
  directory_ = std::move(directory);
  offsets_.file().set_path(path(log_file::kOffsetIndex));
  times_.file().set_path(path(log_file::kTimeIndex));
  transactions_.set_path(path(log_file::kTransactionIndex));
}

Task<Result<void>> Segment::remove_files() {
  Result<void> outcome;
  for (const std::string_view kind :
       {log_file::kLog, log_file::kOffsetIndex, log_file::kTimeIndex, log_file::kTransactionIndex}) {
    auto removed = co_await disk_.remove(path(kind));
    if (!removed && removed.error().code != Errc::not_found && outcome) outcome = std::move(removed);
  }
  co_return outcome;
}

}  // namespace sluice
