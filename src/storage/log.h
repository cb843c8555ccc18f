// storage/log.h: the log of one partition on one broker: batches in offset order, in segments, with all that Kafka
// keeps beside them.
//
// What always holds: start() <= end(); batches lie in [first segment's base, end()) in offset order without
// overlap; the last segment is the active one; what lies before recovery_point() is durable. Changes take turns in
// the order in which they were asked for; reads go on meanwhile and see only what is whole. The high watermark is
// the replica's business: it comes in as an argument where it matters.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/event.h"
#include "base/loop.h"
#include "record/batch_view.h"
#include "storage/detail/breather.h"
#include "storage/directory_health.h"
#include "storage/leader_epochs.h"
#include "storage/log_config.h"
#include "storage/open_files.h"
#include "storage/producer_snapshot.h"
#include "storage/producer_state.h"
#include "storage/segment.h"
#include "storage/timestamped_offset.h"

namespace sluice {

/// How to open a log. `start` and `recovery_point` are those of the directory's checkpoints.
struct LogOpening {
  std::string directory;
  LogConfig config{};
  Offset start{0};
  Offset recovery_point{0};
  Offset cleaned_to{0};  ///< Compaction has come so far.
  bool clean = false;    ///< The log was closed; else it is recovered from `recovery_point` on.
  std::shared_ptr<DirectoryHealth> health = std::make_shared<DirectoryHealth>();
  std::shared_ptr<OpenFiles> open_files = std::make_shared<OpenFiles>();  ///< The shard's.
};

/// What recovery did, for the operator.
struct LogRecovery {
  std::uint64_t scanned_bytes = 0;
  std::uint64_t cut_bytes = 0;  ///< Torn or damaged, with all that lay behind them.
  Offset cut_at{-1};            ///< The log's end after the cut; -1 if nothing was cut.
  int segments_removed = 0;
  std::string damage;  ///< What was wrong with the first bytes that were cut.
};

/// Where batches went.
struct Appended {
  Offset base;                          ///< The first record's offset.
  Offset end;                           ///< Behind the last one.
  WallTime append_time = kNoTimestamp;  ///< With message.timestamp.type=LogAppendTime.
  Offset log_start;
  bool duplicate = false;  ///< They were in the log already; the offsets are those of then.
};

/// A part of one segment's file, from the beginning of a batch; the last batch in it may be cut off. The file
/// stays readable while this lives, whatever becomes of the segment.
struct LogSlice {
  Offset base;                 ///< Of the first batch, which may begin before the offset asked for; that if empty.
  std::uint64_t position = 0;  ///< In the file.
  std::size_t size = 0;        ///< In bytes.
  std::size_t first_batch_size = 0;  ///< Where `size` is 0 although there is data: it did not fit.
  std::shared_ptr<File> file;        ///< None if the slice is empty.

  bool empty() const { return size == 0; }
  /// The bytes themselves, where they cannot be sent from the file. Errors: as of File.
  Task<Result<Buffer>> read() const;
};

struct LogRead {
  Offset from;
  Offset limit;  ///< Nothing from here on: high watermark, last stable offset or end.
  std::size_t bytes_max = 0;
  bool at_least_one_batch = true;  ///< However large it is.
};

/// Lives on one shard. close() it before it dies. Errors of everything that touches files: storage_offline (a
/// write failed, now or before, in this log or in its directory), no_space (nothing has changed; may be tried
/// again).
class Log {
 public:
  /// Opens the log in a directory, or begins one there. Errors: those of Disk.
  static Task<Result<std::unique_ptr<Log>>> open(Loop& loop, Disk& disk, LogOpening opening);
  ~Log();

  // --- Offsets. All are free.

  Offset start() const { return start_; }
  Offset end() const { return end_; }
  Offset recovery_point() const { return recovery_point_; }
  /// Where the part begins that compaction has not seen.
  Offset cleaned_to() const { return cleaned_to_; }
  void set_cleaned_to(Offset offset) { cleaned_to_ = std::min(offset, end_); }
  /// Where a reader of committed records must stop.
  Offset last_stable_offset(Offset high_watermark) const;
  std::optional<Offset> first_unstable() const { return producers_.first_unstable(); }
  /// To be told, so that ended transactions can be forgotten.
  void high_watermark_moved(Offset high_watermark) { producers_.high_watermark_moved(high_watermark); }
  const LeaderEpochs& epochs() const { return epochs_; }
  const ProducerState& producers() const { return producers_; }
  const LogRecovery& recovery() const { return recovery_; }
  const LogConfig& config() const { return config_; }
  void configure(const LogConfig& config) { config_ = config; }
  const std::string& directory() const { return directory_; }
  std::uint64_t size() const;
  std::size_t segment_count() const { return segments_.size(); }
  bool offline() const { return offline_.has_value() || health_->offline(); }

  // --- Appending. The bytes that the batches view must stay until the task is done.

  /// Gives the batches offsets and `epoch`, and writes them. Errors: fenced_epoch (a newer leader has written
  /// here), too_large (max.message.bytes, segment.bytes), those of ProducerAppend::add, and invalid_transaction if
  /// `guard` is given and is not that of the transaction which a batch begins.
  Task<Result<Appended>> append_as_leader(std::span<const BatchView> batches, LeaderEpoch epoch,
                                          AppendOrigin origin = AppendOrigin::client,
                                          std::optional<VerificationGuard> guard = std::nullopt);
  /// The same for one batch, written together with others that come at once.
  Task<Result<Appended>> append_as_leader(BatchView batch, LeaderEpoch epoch,
                                          AppendOrigin origin = AppendOrigin::client,
                                          std::optional<VerificationGuard> guard = std::nullopt);
  /// What must be done before a transaction's first batch is appended with a guard: ask its coordinator whether it
  /// is open, unless the guard is zero. Arguments are those of the batch; see ProducerState::begin_verification.
  VerificationGuard begin_verification(ProducerId id, ProducerEpoch epoch, std::int32_t sequence, bool epoch_bump);
  /// Writes batches with the offsets and epochs that they have. Errors: out_of_range (before end(), or not in
  /// order), too_large.
  Task<Result<Appended>> append_as_follower(std::span<const BatchView> batches);
  /// Notes that `epoch` leads from end() on. It is written with its first batch, without which nobody misses it: a
  /// node that leads a thousand partitions starts without writing a thousand files. Errors: fenced_epoch.
  Task<Result<void>> start_epoch(LeaderEpoch epoch);
  /// Begins a new segment, unless the active one is empty. Returns its base.
  Task<Result<Offset>> roll();

  // --- Reading.

  /// Errors: out_of_range (`from` before start() or beyond end()).
  Task<Result<LogSlice>> read(LogRead what);
  /// The transactions that were aborted and touch offsets from `from` to before `to`, by the offset of their
  /// marker.
  Task<Result<std::vector<AbortedTransaction>>> aborted_transactions(Offset from, Offset to);
  /// Those that touch a slice that was read up to `limit`: perhaps a few more, since where it ends is known
  /// roughly.
  Task<Result<std::vector<AbortedTransaction>>> aborted_transactions(LogSlice slice, Offset limit);
  /// The first record of `time` or later; none if there is none.
  Task<Result<std::optional<TimestampedOffset>>> offset_for_time(WallTime time);
  /// The first record with the largest timestamp; none in an empty log.
  Task<Result<std::optional<TimestampedOffset>>> offset_of_max_time();

  // --- Giving up parts of the log.

  /// Cuts all batches that reach beyond `end`; the log may then end before it. Does nothing if it does already.
  Task<Result<void>> truncate_to(Offset end);
  /// Drops everything and begins anew at `start`.
  Task<Result<void>> truncate_fully_and_start_at(Offset start);
  /// Moves start() forward; data goes with the next retention. Errors: out_of_range (beyond `high_watermark`).
  Task<Result<void>> advance_start(Offset start, Offset high_watermark);
  /// The inactive segments that lie wholly between two offsets, for compaction.
  std::vector<std::shared_ptr<Segment>> segments_between(Offset from, Offset to) const;
  /// What compaction writes, to be given to replace_segments(); it has no files yet.
  std::shared_ptr<Segment> new_cleaned_segment(Offset base) const;
  /// Where the segment behind it begins; end() for the active one.
  Offset segment_end(const Segment& segment) const;
  /// Puts `cleaned`, whose files are synced and end in .cleaned, in the place of `old`, which follow one another
  /// and begin where it does. False if the log has changed there meanwhile; nothing is done then.
  Task<Result<bool>> replace_segments(std::vector<std::shared_ptr<Segment>> old, std::shared_ptr<Segment> cleaned);
  /// Removes segments by retention.ms, retention.bytes and start(), never beyond `high_watermark`. Returns how
  /// many.
  Task<Result<int>> delete_old_segments(Offset high_watermark);

  // --- Durability.

  /// Makes everything durable that lies before end() now. Several that wait for it are served by one sync.
  Task<Result<void>> flush();
  /// A file beside the segments was written: the next flush makes it durable with the rest.
  void sync_with_next_flush(std::string name);
  /// Flushes if flush.ms has passed since the last time; removes expired producers; gives back what memory it
  /// needs for appending if nothing was appended since the last call.
  Task<Result<void>> maintain();
  /// Closes files that nobody needs to append.
  void close_idle_files();
  /// To be told of errors that others met on its files: I/O errors take it offline. Returns what to pass on.
  Error note_failure(Error error);
  /// Writes indexes and a snapshot of the producers, and makes all durable: the log may then be opened as clean.
  Task<Result<void>> close();
  /// Ends what runs in the background and gives up the files, as they are.
  Task<void> abandon();
  /// Renames the directory; what is open stays open. Used for deletion and when a future log becomes the current
  /// one.
  Task<Result<void>> rename_directory(std::string directory);
  /// Makes the directory's name durable.
  Task<Result<void>> sync_parent_directory();

 private:
  using Segments = std::map<Offset, std::shared_ptr<Segment>>;
  Log(Loop& loop, Disk& disk, LogOpening opening);

  // log_open.cc
  Task<Result<void>> load(bool clean, Offset start);
  Task<Result<void>> find_segments();
  Task<Result<void>> finish_swaps(std::vector<std::string> names);
  Task<Result<void>> recover_from(Offset point);
  Task<Result<void>> check_indexes();
  Task<Result<void>> activate_last();
  Task<Result<void>> load_producers(bool clean);
  Task<Result<void>> replay_producers(Offset end);
  Task<Result<void>> take_in(Segment* segment, Segment::LogEntry entry, Bytes bytes);
  Task<Result<void>> remove_segments_from(Segments::iterator first);

  // log_join.cc
  struct PendingAppend;
  class JoinedAppend;
  Task<void> write_pending();

  // log_append.cc
  Result<void> check_writable() const;
  Result<void> check_room(AppendOrigin origin) const;
  Result<void> check_sizes(std::span<const BatchView> batches, bool from_producer) const;
  std::optional<Appended> find_duplicate(std::span<const BatchView> batches) const;
  Task<Result<Appended>> place_and_write(std::span<const BatchView> batches, LeaderEpoch epoch,
                                         AppendOrigin origin, std::optional<VerificationGuard> guard);
  Result<void> check_guard(std::span<const BatchView> batches, VerificationGuard guard) const;
  Task<Result<Appended>> check_and_write(std::span<const BatchView> batches);
  Result<std::optional<Appended>> admit(std::span<const BatchView> batches, LeaderEpoch epoch, AppendOrigin origin,
                                        std::optional<VerificationGuard> guard) const;
  WallTime place(std::span<const BatchView> batches, Offset first, LeaderEpoch epoch) const;
  Result<ProducerAppend> producers_after(std::span<const BatchView> batches, AppendOrigin origin) const;
  Task<Result<Appended>> write(std::span<const BatchView> batches, ProducerAppend producers);
  Task<Result<void>> assign_epochs(std::span<const BatchView> batches);
  Task<Result<void>> make_room(std::span<const BatchView> batches);
  Task<Result<void>> roll_to(Offset base);
  Error failed_write(Error error);
  void set_jitter();

  // log_read.cc
  Segments::iterator segment_of(Offset offset);
  std::uint32_t readable_size(const Segment& segment) const;
  Task<Result<std::optional<LogSlice>>> read_segment(std::shared_ptr<Segment> segment, LogRead what,
                                                     bool whole_segment);
  Task<Result<std::optional<TimestampedOffset>>> search_time(std::shared_ptr<Segment> segment, WallTime time);

  // log_truncate.cc, log_retention.cc, log_flush.cc
  Task<Result<void>> delete_segment(std::shared_ptr<Segment> segment);
  Task<void> remove_later(std::shared_ptr<Segment> segment);
  Task<Result<void>> swap_in(const std::vector<std::shared_ptr<Segment>>& old, std::shared_ptr<Segment> cleaned);
  Task<Result<void>> start_anew(Offset start);
  Task<Result<std::optional<Offset>>> retention_bound(Offset high_watermark);
  enum class Reach { exactly, end };
  Task<Result<void>> flush_to(Offset target, Reach reach = Reach::exactly);
  bool is_as_closed() const;
  Task<Result<void>> write_out();
  Task<void> flush_behind(Offset target);
  Task<Result<void>> sync_names();
  Task<Result<void>> sync_file(std::string path);
  std::string parent_directory() const;
  Task<Result<void>> rest();

  Segment& active() { return *segments_.rbegin()->second; }

  Loop& loop_;
  Disk& disk_;
  LogPath path_;
  const std::string& directory_ = path_.directory();
  LogConfig config_;
  std::shared_ptr<DirectoryHealth> health_;
  std::shared_ptr<OpenFiles> open_files_;
  std::optional<Error> offline_;
  Segments segments_;
  LeaderEpochs epochs_;
  ProducerState producers_;
  ProducerSnapshots snapshots_;
  LogRecovery recovery_;
  Offset start_{0}, end_{0}, recovery_point_{0}, cleaned_to_{0};
  std::uint32_t active_size_ = 0;  ///< Of what lies before end() in the active segment; more may be under way.
  std::uint64_t layouts_ = 0;      ///< By which a reader sees that what it looked up may be gone.
  std::uint64_t cuts_ = 0;  ///< Truncations, by which a flush sees that what it wrote may not be what is there.
  std::chrono::milliseconds jitter_{0};
  std::int64_t unflushed_ = 0;  ///< Offsets since the last flush.
  Offset maintained_end_{-1};   ///< end() when maintain() came last.
  detail::Breather breather_;   ///< For recovery, which must not hold up the shard.
  SteadyTime flushed_at_{};
  bool opened_as_closed_ = false;  ///< Its files were just what a close leaves.
  bool appended_to_ = false;       ///< Since it was opened.
  /// How often files came, went or changed their names, and how much of that outlasts a crash.
  std::uint64_t names_changed_ = 0, names_synced_ = 0;
  std::vector<std::string> unsynced_files_;
  std::list<PendingAppend*> pending_;  ///< Not a deque, which takes half a KiB when it is empty.
  bool joining_ = false;               ///< One of those that wait is about to write, or writing.
  Turns writes_, flushes_;
  TaskGroup tasks_;
};

}  // namespace sluice
