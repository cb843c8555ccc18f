// raft/format.h: makes log directories ready for their first start, as kafka-storage.sh format does it:
// meta.properties in each, and in that of the metadata log the bootstrap snapshot with the first voters and the
// first records.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/loop.h"
#include "raft/voter_set.h"
#include "storage/meta_properties.h"

namespace sluice::raft {

struct FormatOptions {
  std::string cluster_id;
  NodeId node_id;
  std::vector<std::string> log_dirs;
  std::string metadata_log_dir;  ///< One of `log_dirs`.
  /// Dynamic voters need no controller.quorum.voters.
  KRaftVersion kraft_version = kDynamicVoters;
  /// With dynamic voters: who votes first (--initial-controllers). A voter with this node's id and no directory's
  /// id gets that of the metadata log's directory (--standalone); where it has one, that directory gets it. Empty:
  /// the node joins others (--no-initial-controllers).
  std::vector<Voter> initial_voters;
  /// Whether to write the bootstrap snapshot. A node that is no controller needs none: it gets all from others.
  bool bootstrap_snapshot = true;
  /// The records that the first leader appends, encoded.
  std::vector<std::vector<std::byte>> bootstrap_records;
  /// Leaves directories alone that are formatted already, if they belong to the same node and cluster.
  bool ignore_formatted = false;
};

/// What there is in one log directory.
struct LogDirState {
  std::string path;
  std::optional<MetaProperties> properties;  ///< None: not formatted.
};

/// What formatting did.
struct Formatted {
  std::vector<LogDirState> formatted;  ///< Directories that were.
  std::vector<LogDirState> kept;       ///< Directories that had been before.
};

/// Reads what the directories hold; a directory that does not exist is not formatted. Errors: corrupt,
/// unsupported_version, and those of Disk.
Task<Result<std::vector<LogDirState>>> read_log_dirs(Disk& disk, std::vector<std::string> log_dirs);

/// Formats. What a crash leaves half done can be formatted again: meta.properties comes last. Errors:
/// already_exists (a directory is formatted), invalid_argument (of another node or cluster), and those of Disk.
Task<Result<Formatted>> format(Loop& loop, Disk& disk, FormatOptions options);

}  // namespace sluice::raft
