// raft/snapshot_writer.h: writes a snapshot: a control batch with header and voters, batches of records, and a
// control batch with the footer, with offsets counted from 0.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/buffer.h"
#include "base/disk.h"
#include "raft/control_batch.h"
#include "raft/snapshot_id.h"
#include "raft/voter_set.h"

namespace sluice::raft {

/// One snapshot being written, under a name of its own until it is whole; what a crash leaves of it is removed
/// when the log is opened. finish() it, or what was written is left for that. For one task.
class SnapshotWriter {
 public:
  /// What the snapshot's beginning says.
  struct Head {
    SnapshotId id;
    WallTime last_append_time{};  ///< Of the last batch that it stands for.
    WallTime now{};               ///< What its own batches carry.
    KRaftVersion kraft_version;
    VoterSet voters;  ///< Written with dynamic voters only, unless empty.
  };
  /// Errors: those of Disk.
  static Task<Result<std::unique_ptr<SnapshotWriter>>> create(Disk& disk, std::string directory, Head head);

  /// Appends records as one batch, or several where they are many. The bytes must stay until the task is done.
  /// Errors: too_large (one record beyond the size of a batch), and those of Disk.
  Task<Result<void>> append(std::span<const Bytes> records);
  /// Writes the footer and gives the snapshot its name; durable when done.
  Task<Result<void>> finish();

  const SnapshotId& id() const { return head_.id; }
  std::uint64_t size() const { return size_; }

 private:
  SnapshotWriter(Disk& disk, std::string directory, Head head, std::unique_ptr<File> file)
      : disk_(disk), directory_(std::move(directory)), head_(std::move(head)), file_(std::move(file)) {}
  Task<Result<void>> write_head();
  Task<Result<void>> write(Bytes bytes);
  std::string path() const { return directory_ + "/" + snapshot_file_name(head_.id); }

  Disk& disk_;
  std::string directory_;
  Head head_;
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
  Offset next_offset_{0};
};

}  // namespace sluice::raft
