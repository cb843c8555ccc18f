// raft/snapshot_reader.h: reads a snapshot.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "raft/batch_file.h"
#include "raft/control_batch.h"
#include "raft/snapshot_id.h"
#include "record/compression.h"

namespace sluice::raft {

/// One whole snapshot. For one task.
class SnapshotReader {
 public:
  /// Errors: not_found, and those of Disk.
  static Task<Result<std::unique_ptr<SnapshotReader>>> open(Disk& disk, std::string directory, SnapshotId id);

  /// The records of the next batch that holds any; they stay until the next call. None when the footer was read.
  /// Errors: corrupt (also: the file ends without a footer), unsupported_version, and those of File.
  Task<Result<std::optional<std::vector<Bytes>>>> next();

  /// What the control records said so far; the first call of next() reads the header.
  const QuorumControl& control() const { return control_; }
  const SnapshotId& id() const { return id_; }

 private:
  SnapshotReader(std::string path, SnapshotId id, BatchFile batches)
      : path_(std::move(path)), id_(id), batches_(std::move(batches)) {}

  std::string path_;
  SnapshotId id_;
  BatchFile batches_;
  QuorumControl control_;
};

/// The values of a data batch's records. They view the batch; a batch of the metadata log is never compressed.
/// Errors: corrupt, unsupported_codec.
Result<std::vector<Bytes>> record_values(ConstBatchView batch);

}  // namespace sluice::raft
