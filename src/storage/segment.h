// storage/segment.h: one file of batches with its indexes.
//
// States: active (the last of its log; takes appends, its indexes are in memory) and inactive (nothing is appended
// any more; files are opened when touched and may be closed again at any time). Positions fit an int32, as in
// Kafka.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/loop.h"
#include "record/batch_view.h"
#include "storage/detail/log_scanner.h"
#include "storage/detail/recent_batches.h"
#include "storage/log_config.h"
#include "storage/log_path.h"
#include "storage/offset_index.h"
#include "storage/open_files.h"
#include "storage/time_index.h"
#include "storage/transaction_index.h"

namespace sluice {

/// The files of one base offset, with their sizes; what is missing has none.
struct SegmentFiles {
  Offset base;
  std::optional<std::uint64_t> log{}, offset_index{}, time_index{}, transaction_index{};
};

/// Owned by a Log, on the Log's shard; readers may hold it beyond the Log's interest in it. Calls that change it
/// take turns in the Log. Errors that are not named are those of Disk.
class Segment final : private OpenFiles::Holder {
 public:
  using LogEntry = detail::LogEntry;
  static constexpr std::uint32_t kBytesMax = 0x7fffffff;

  Segment(Disk& disk, std::shared_ptr<OpenFiles> open_files, LogPath directory, const SegmentFiles& files,
          std::string_view suffix = "");
  ~Segment() { all_closed(); }

  Offset base() const { return base_; }
  std::uint32_t size() const { return size_; }
  /// Whether an offset can be expressed relative to the base, as the indexes need.
  bool takes(Offset offset) const { return offset >= base_ && offset - base_ <= 0x7fffffff; }

  // --- Beginning, ending, damage.

  /// Makes an active segment of it, creating its log file if it has none; reserves `preallocate` bytes for that.
  Task<Result<void>> create(std::uint32_t preallocate);
  /// Makes a segment that was written before active: the log behind the last index entry is scanned; the indexes
  /// are read into memory when something is appended. Returns the offset behind its last batch. Errors: corrupt or
  /// incomplete (recover it).
  Task<Result<Offset>> activate();
  /// Ends appending, for now or for good: the indexes get their last entry, are written in their exact size, and
  /// their memory is given back.
  Task<Result<void>> deactivate();
  /// Whether deactivate() would give memory back.
  bool ready_for_appends() const { return offsets_.file().in_memory(); }
  /// What recovery calls for each whole batch, in order; it may fail it. `bytes` live for the call.
  using OnBatch = std::function<Task<Result<void>>(LogEntry entry, Bytes bytes)>;
  struct Recovered {
    Offset next;                  ///< Behind the last whole batch.
    std::uint32_t cut_bytes = 0;  ///< Behind it: torn or damaged.
    std::string damage{};         ///< What was wrong there; empty if nothing was.
  };
  /// Reads the segment from its beginning, checks each batch, cuts it behind the last good one, and builds the
  /// indexes anew, in memory (the transaction index empty). `floor` is the least offset that the first batch may
  /// have.
  Task<Result<Recovered>> recover(Offset floor, std::int32_t index_interval, OnBatch on_batch);
  /// Builds the two indexes anew from what the log holds, in memory, without checking or cutting it. Returns the
  /// offset behind its last batch.
  Task<Result<Offset>> rebuild_indexes(std::int32_t index_interval);
  bool indexes_are_sane() const { return indexes_sane_; }

  // --- Appending; the active segment only.

  /// Writes the batches behind one another in one go. After an error the tail is unknown.
  Task<Result<void>> append(std::span<const BatchView> batches, std::int32_t index_interval);
  /// Writes entries that lie behind one another in `bytes`, which need not begin at 0: their positions are not
  /// looked at.
  Task<Result<void>> append_entries(std::span<const LogEntry> entries, Bytes bytes, std::int32_t index_interval);
  /// Whether batches of so many bytes and such offsets and times must go to a new segment.
  struct Coming {
    std::size_t bytes = 0;
    Offset last;
    WallTime max_timestamp = kNoTimestamp;
  };
  Task<Result<bool>> should_roll(const LogConfig& config, std::chrono::milliseconds jitter, Coming coming,
                                 WallTime now);
  /// Cuts all batches that reach beyond `end`; returns the offset behind what is left (the base if nothing is).
  Task<Result<Offset>> truncate_to(Offset end);
  /// Puts the file's size back to what it was before a write that failed; see Log::append.
  Task<Result<void>> undo_failed_write();

  // --- Reading.

  /// The first batch that reaches beyond `target`; none if the segment ends before it. Errors: corrupt.
  Task<Result<std::optional<LogEntry>>> find(Offset target);
  /// As find, but no batch before the one at `position` is looked at.
  Task<Result<std::optional<LogEntry>>> find_from(Offset target, std::uint32_t position);
  /// The log file, opened if need be; kept by whoever reads it.
  Task<Result<std::shared_ptr<File>>> log_file();
  /// The latest time of any record and an offset by which it is reached; -1 if the segment is empty.
  Task<Result<TimeIndex::Entry>> max_timestamp();
  /// The time of the first batch; none if the segment is empty.
  Task<Result<std::optional<WallTime>>> first_timestamp();
  /// A position from which all batches that could hold a record of `time` or later, at `from` or behind it,
  /// follow.
  Task<Result<std::uint32_t>> position_for_time(WallTime time, Offset from);

  TransactionIndex& transaction_index() { return transactions_; }
  OffsetIndex& offset_index() { return offsets_; }
  TimeIndex& time_index() { return times_; }

  // --- Files.

  Task<Result<void>> flush();  ///< Errors: no_space (nothing is lost; it may be tried again), storage_offline.
  /// Makes the written indexes durable, which flush() does too.
  Task<Result<void>> flush_indexes();
  /// To be called by whoever has used an index of it beyond this interface.
  void count_open_files();
  /// Closes what is open until it is needed again; readers keep theirs.
  void close_files() override;
  /// Renames all its files to names with `suffix`, one of log_file's, behind; reading goes on.
  Task<Result<void>> rename_to(std::string_view suffix);
  Task<Result<void>> remove_files();
  /// The time at which its log file was begun by this process, or opened.
  WallTime created() const { return created_; }
  void set_created(WallTime time) { created_ = time; }

 private:
  LogFilePath file_path(std::string_view kind) const { return {directory_, base_, kind, suffix_}; }
  std::string path(std::string_view kind) const { return file_path(kind).text(); }
  void index(Offset last, WallTime max_timestamp, std::uint32_t position, std::uint32_t size,
             std::int32_t index_interval);
  void start_indexes();
  struct IndexEnds {
    OffsetIndex::Entry offset;
    TimeIndex::Entry time;
  };
  Task<Result<IndexEnds>> index_ends();
  Task<Result<void>> load_indexes();
  Task<Result<void>> prepare_append(std::int32_t index_interval);
  void note(const LogEntry& entry, std::int32_t index_interval);

  Disk& disk_;
  std::shared_ptr<OpenFiles> open_files_;
  LogPath directory_;
  std::string_view suffix_;  ///< One of log_file's, or empty.
  Offset base_;
  std::uint32_t size_ = 0;
  std::uint64_t file_size_ = 0;  ///< Greater than `size_` where room was reserved.
  std::shared_ptr<File> file_;
  OffsetIndex offsets_;
  TimeIndex times_;
  TransactionIndex transactions_;
  detail::RecentBatches recent_;
  std::optional<TimeIndex::Entry> max_timestamp_;
  std::optional<WallTime> first_timestamp_;
  std::uint32_t bytes_since_index_ = 0;
  WallTime created_{};
  bool indexes_sane_ = true;
};

}  // namespace sluice
