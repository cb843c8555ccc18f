// raft/metadata_log.h: the log of the quorum, __cluster_metadata-0: its segments, snapshots and election state in
// one directory, and this node's part in the quorum that writes it.
//
// What always holds: batches carry the epoch of the leader that appended them; what lies before high_watermark()
// is durable and never changes; whatever lies before the newest snapshot's end can be had from that snapshot; the
// election state is durable before anything is done on its strength.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/event.h"
#include "base/loop.h"
#include "raft/log_reader.h"
#include "raft/quorum.h"
#include "raft/record_batches.h"
#include "raft/snapshot_id.h"
#include "raft/snapshot_reader.h"
#include "raft/snapshot_writer.h"
#include "storage/log.h"

namespace sluice::raft {

/// The directory of the metadata log in a log directory.
inline constexpr std::string_view kMetadataLogName = "__cluster_metadata-0";
/// The id of the topic __cluster_metadata: AAAAAAAAAAAAAAAAAAAAAQ.
Uuid metadata_topic_id();

struct MetadataLogOptions {
  std::string log_dir;     ///< The log directory (metadata.log.dir) that holds the metadata log.
  ReplicaKey local;        ///< This node and that directory's id.
  VoterSet static_voters;  ///< controller.quorum.voters; empty where the log says who votes.
  /// As LogDirectory::opening() has it for {"__cluster_metadata", 0}, with metadata.log.segment.bytes and .ms;
  /// what must be as it is, is set.
  LogOpening log;
  std::int64_t retention_bytes = std::int64_t{100} << 20;                ///< metadata.max.retention.bytes
  std::chrono::milliseconds retention_time{std::chrono::hours(24 * 7)};  ///< metadata.max.retention.ms
};

/// Where records went.
struct AppendedRecords {
  Offset base;  ///< Of the first.
  Offset end;   ///< Behind the last.
  LeaderEpoch epoch;
  WallTime time{};  ///< That the batches carry.
};

/// Lives on one shard. close() it before it dies. Errors of everything that touches files: those of Log and Disk.
class MetadataLog {
 public:
  /// Opens the log of a formatted directory. Errors: not_found (not formatted), corrupt, and those of Log and
  /// Disk.
  static Task<Result<std::unique_ptr<MetadataLog>>> open(Loop& loop, Disk& disk, MetadataLogOptions options);

  /// Makes this node the leader of the next epoch. When done, the new epoch's first record is committed, and with
  /// it all that the log held. Errors: not_leader (the quorum has other voters).
  Task<Result<void>> elect();

  /// Appends records and returns when they are committed. The bytes must stay until then. Appends take turns in
  /// the order in which they start. Errors: not_leader, too_large, no_space (nothing was appended),
  /// storage_offline.
  Task<Result<AppendedRecords>> append(std::span<const Bytes> records, Grouping grouping);

  // --- What is in it.

  Role role() const { return quorum_.role(); }
  LeaderEpoch epoch() const { return quorum_.epoch(); }
  std::optional<NodeId> leader() const { return quorum_.leader(); }
  const VoterSet& voters() const { return quorum_.voters(); }
  KRaftVersion kraft_version() const { return kraft_version_; }
  Offset start() const { return log_->start(); }
  Offset end() const { return log_->end(); }
  /// Zero before this node knows of anything committed.
  Offset high_watermark() const { return quorum_.high_watermark().value_or(Offset{0}); }

  /// The newest snapshot that the log led to; the one that formatting made is not.
  std::optional<SnapshotId> latest_snapshot() const;
  Task<Result<std::unique_ptr<SnapshotReader>>> read_snapshot(SnapshotId id);
  /// The records that formatting left for the first leader: those of bootstrap.checkpoint, or else of the
  /// bootstrap snapshot. Encoded, each; empty if there are none.
  Task<Result<std::vector<Buffer>>> read_bootstrap_records();
  /// From `from` on; next() takes high_watermark().
  LogReader read(Offset from) { return LogReader(*log_, from); }

  // --- Snapshots.

  /// Begins a snapshot of what lies before `id.end`, which is committed.
  Task<Result<std::unique_ptr<SnapshotWriter>>> begin_snapshot(SnapshotId id, WallTime last_append_time);
  /// Finishes it, and removes older snapshots and segments as metadata.max.retention.* ask.
  Task<Result<void>> end_snapshot(std::unique_ptr<SnapshotWriter> writer);

  /// What may be done now and then: files that nobody uses are closed.
  void close_idle_files() { log_->close_idle_files(); }
  Task<Result<void>> close();

 private:
  MetadataLog(Loop& loop, Disk& disk, MetadataLogOptions options, std::string directory, Quorum quorum);
  Task<Result<void>> find_snapshots();
  Task<Result<void>> open_log();
  Task<Result<void>> read_control();
  Task<Result<void>> start_quorum();
  Task<Result<void>> persist(ElectionState state);
  Task<Result<void>> begin_epoch();
  Task<Result<void>> write_and_flush(std::span<Buffer> batches, bool one_by_one);
  Task<Result<void>> clean();
  Task<Result<bool>> should_remove(SnapshotId id);
  Task<Result<std::uint64_t>> size_of(SnapshotId id);
  std::string path_of(const SnapshotId& id) const { return directory_ + "/" + snapshot_file_name(id); }

  Loop& loop_;
  Disk& disk_;
  MetadataLogOptions options_;
  std::string directory_;
  std::unique_ptr<Log> log_;
  std::set<SnapshotId> snapshots_;
  KRaftVersion kraft_version_ = kStaticVoters;
  bool voters_in_log_ = false;  ///< Else the next leader writes them there.
  bool torn_ = false;           ///< Of loose records some were written and some were not.
  Quorum quorum_;
  Turns appends_;
};

}  // namespace sluice::raft
