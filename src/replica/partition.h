// replica/partition.h: one partition that this broker leads: its log, how far it is committed, and who waits for
// it.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event.h"
#include "record/produce_validation.h"
#include "replica/fetch_waiter.h"
#include "storage/compaction.h"
#include "storage/log.h"
#include "storage/log_name.h"
#include "wire/uuid.h"

namespace sluice {

/// What the topic's configuration says of writing to it, beyond what the log keeps to.
struct PartitionSettings {
  LogConfig log;
  std::optional<Compression> compression;  ///< compression.type; none for `producer`.
  std::chrono::milliseconds timestamp_before_max = std::chrono::milliseconds::max();
  std::chrono::milliseconds timestamp_after_max = std::chrono::milliseconds::max();
  int in_sync_replicas_min = 1;  ///< min.insync.replicas
};
using PartitionSettingsPointer = std::shared_ptr<const PartitionSettings>;

/// Who may read how far.
enum class Isolation { read_uncommitted, read_committed };

/// One partition's part of a fetch.
struct PartitionRead {
  Offset from;
  std::size_t bytes_max = 0;
  bool at_least_one_batch = false;  ///< However large it is.
  Isolation isolation = Isolation::read_uncommitted;
  LeaderEpoch current_leader_epoch{-1};  ///< As the client knows it; -1: it does not say.
  LeaderEpoch last_fetched_epoch{-1};    ///< Of the last record that the client has; -1: it does not say.
};

/// What a fetch finds. With an error, the offsets say what is known all the same.
struct PartitionReadResult {
  std::optional<Error> error;
  Offset high_watermark{-1};
  Offset last_stable_offset{-1};
  Offset log_start{-1};
  Offset log_end{-1};
  std::optional<EpochEnd> diverging;  ///< Where the client's log parts from this one (KIP-595).
  std::vector<AbortedTransaction> aborted;
  LogSlice slice;
};

/// The answer to ListOffsets; offset -1: there is none.
struct ListedOffset {
  std::int64_t timestamp = -1;
  Offset offset{-1};
  LeaderEpoch epoch{-1};
};

/// The timestamps by which ListOffsets asks for places instead of times.
namespace list_offset {
inline constexpr std::int64_t kLatest = -1;
inline constexpr std::int64_t kEarliest = -2;
inline constexpr std::int64_t kMaxTimestamp = -3;     ///< KIP-734
inline constexpr std::int64_t kEarliestLocal = -4;    ///< KIP-405
inline constexpr std::int64_t kLatestTiered = -5;     ///< KIP-1005
inline constexpr std::int64_t kEarliestPending = -6;  ///< KIP-1023
}  // namespace list_offset

/// How a partition's log goes to another log directory (KIP-113).
struct LogMove {
  std::unique_ptr<Log> future;    ///< Empty, in the other directory, under a name of its own.
  std::string path;               ///< Where it goes once it holds everything.
  std::string renamed;            ///< What the log's directory is called from then on, to be removed.
  std::int64_t bytes_per_second;  ///< At most so many are copied.
};

/// Lives on the shard that owns the partition; shared by the tasks that use it there, since it may be deleted
/// while they wait: it is then closed, not destroyed. With one replica all that is appended is committed.
class Partition {
 public:
  Partition(Loop& loop, LogName name, Uuid topic_id, std::unique_ptr<Log> log, LeaderEpoch epoch,
            PartitionSettingsPointer settings);

  const LogName& name() const { return name_; }
  const Uuid& topic_id() const { return topic_id_; }
  LeaderEpoch epoch() const { return epoch_; }
  Offset high_watermark() const { return high_watermark_; }
  Offset last_stable_offset() const { return log_->last_stable_offset(high_watermark_); }
  /// Stays the same between two waits only: it may move to another directory.
  const Log& log() const { return *log_; }
  const PartitionSettings& settings() const { return *settings_; }
  bool closed() const { return closed_; }

  void configure(PartitionSettingsPointer settings);
  /// Leads in `epoch` from here on, unless it has come further already. Errors: those of Log::start_epoch().
  Task<Result<void>> lead(LeaderEpoch epoch);

  /// Appends what a Produce request of `api_version` carries. `set` stays until the task is done, and may be
  /// changed in place. `decompressor` is the shard's. Rejections: those of validate_produced() and of
  /// Log::append_as_leader().
  Task<std::expected<Appended, ProduceRejection>> produce(MutableBytes set, std::int16_t api_version,
                                                          Decompressor& decompressor, bool all_in_sync,
                                                          std::optional<VerificationGuard> guard = std::nullopt);
  /// Appends a batch that this broker made itself.
  Task<Result<Appended>> append(BatchView batch, AppendOrigin origin,
                                std::optional<VerificationGuard> guard = std::nullopt);
  /// As that of Log: comes before produce() or append() with a guard.
  VerificationGuard begin_verification(ProducerId id, ProducerEpoch epoch, std::int32_t sequence,
                                       bool epoch_bump) {
    return log_->begin_verification(id, epoch, sequence, epoch_bump);
  }

  Task<PartitionReadResult> read(PartitionRead what);
  /// Errors: fenced_epoch, unknown_epoch, those of Log.
  Task<Result<ListedOffset>> list_offset(std::int64_t timestamp, Isolation isolation,
                                         LeaderEpoch current_leader_epoch);
  /// Where `epoch` ends here (KIP-320). Errors: fenced_epoch, unknown_epoch.
  Result<EpochEnd> end_of_epoch(LeaderEpoch epoch, LeaderEpoch current_leader_epoch) const;
  /// Moves the log's start to `offset`, -1 meaning the high watermark; returns the new start. Errors:
  /// out_of_range.
  Task<Result<Offset>> delete_records(Offset offset);

  /// Retention, flush.ms, expiry of producers. Called now and then.
  Task<Result<void>> maintain();

  /// How much compaction would have to do; none if it is not due, or not wanted here. Errors: those of Log.
  Task<Result<std::optional<Dirtiness>>> measure_dirt(Compaction& compaction);
  /// Cleans the log while it serves; what measure_dirt() said is fresh. Errors: closed (given up: the partition is
  /// closed or moved), no_space, and those after which it is uncleanable().
  Task<Result<Compacted>> compact(Compaction& compaction, Dirtiness dirt);
  /// Compaction failed, and is not tried again as long as the process lives.
  bool uncleanable() const { return uncleanable_; }

  /// Copies the log to another directory while it serves, and goes on with the copy once that has everything.
  /// Returns the directory that is left behind, for the caller to remove (not as `renamed` says where renaming
  /// failed). Where it fails, the log stays where it was, and what was copied is the caller's to remove. Errors:
  /// already_exists (it is on its way already), closed (the partition was retired, or end_move() came), those of
  /// Log.
  Task<Result<std::string>> move_log(LogMove move);
  /// Gives up a move that is under way. Done when nothing of it runs any more.
  Task<void> end_move();
  /// The copy that is being made; null if there is none. Stays for as long as log() does.
  const Log* future_log() const { return future_.get(); }

  /// Tells `waiter` of what is appended from now on. A waiter that has seen less than there is now is woken at
  /// once.
  void add_waiter(std::shared_ptr<FetchWaiter> waiter, Offset seen_end);

  /// Refuses everything from now on and wakes who waits. The log stays open until close() or abandon() of it.
  void retire();
  /// Closes the log cleanly, behind what is being written.
  Task<Result<void>> close();
  /// Takes the log out of service for good: its directory is renamed, its files remain open for those who still
  /// read them.
  Task<Result<void>> discard(std::string renamed);

 private:
  Result<void> check_epoch(LeaderEpoch claimed) const;
  Result<void> check_open() const;
  void committed(std::size_t bytes);
  Offset limit_of(Isolation isolation) const;

  // partition_compaction.cc
  Task<void> compaction_ended();

  // partition_move.cc
  class Change;
  Task<Result<void>> copy_to_future(std::int64_t bytes_per_second);
  Task<Result<std::size_t>> copy_some();
  Task<Result<void>> take_future(LogMove& move);
  Result<void> check_moving() const;

  Loop& loop_;
  LogName name_;
  Uuid topic_id_;
  std::shared_ptr<Log> log_;  ///< Shared with the calls that are in it, which may outlast a move.
  std::shared_ptr<Log> future_;
  LeaderEpoch epoch_;
  PartitionSettingsPointer settings_;  ///< Shared with others of the same.
  Offset high_watermark_;
  std::size_t in_sync_replicas_ = 1;
  bool closed_ = false;
  bool compacting_ = false;
  bool uncleanable_ = false;
  bool move_ended_ = false;  ///< Asked to end, where there is a move.
  std::size_t changes_ = 0;  ///< How many calls are changing the log.
  Event changes_ended_, move_changed_, compaction_ended_;
  Turns swaps_;  ///< Held while the log is replaced; a change that finds it taken waits, in order, and goes on.
  std::vector<std::shared_ptr<FetchWaiter>> waiters_;
};

}  // namespace sluice
