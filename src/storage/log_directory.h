// storage/log_directory.h: one of log.dirs: whose it is, which logs it holds, and the checkpoints that they share.
//
// The logs themselves are opened one by one, each on the shard that will own it; this object says how. It lives on
// one shard, and what is written here comes to it as values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/event.h"
#include "storage/checkpoint_file.h"
#include "storage/directory_health.h"
#include "storage/log.h"
#include "storage/log_name.h"
#include "storage/meta_properties.h"

namespace sluice {

/// The directory of a log, as it was found.
struct FoundLog {
  LogDirectoryName name;
  std::string path;
};

class LogDirectory {
 public:
  using Offsets = OffsetCheckpoint::Offsets;

  /// Locks the directory, making it if it is missing, and reads all but the logs. The mark of a clean shutdown is
  /// removed, so that a crash from here on counts as one. Errors: already_exists (another process holds it),
  /// corrupt or unsupported_version (meta.properties), and those of Disk.
  static Task<Result<std::unique_ptr<LogDirectory>>> open(Loop& loop, Disk& disk, std::string path,
                                                          DirectoryHealth::OnFailure on_failure = {});

  const std::string& path() const { return path_; }
  const std::shared_ptr<DirectoryHealth>& health() const { return health_; }
  bool offline() const { return health_->offline(); }

  /// None if the directory was never formatted.
  const std::optional<MetaProperties>& meta() const { return meta_; }
  /// Replaces meta.properties; durable when done.
  Task<Result<void>> set_meta(MetaProperties meta);

  /// Whether it was shut down cleanly last time, and by the broker of which epoch (if it said so).
  bool was_clean() const { return was_clean_; }
  std::optional<std::int64_t> clean_broker_epoch() const { return clean_broker_epoch_; }

  /// Every partition's directory, deleted and stray ones too, sorted by name.
  const std::vector<FoundLog>& found() const { return found_; }
  /// How to open the log of `name`, be it here or new.
  LogOpening opening(const LogName& name, const LogConfig& config) const;
  std::string path_of(const LogName& name) const { return path_ + "/" + name.text(); }
  /// A path that nothing has, for a log that is on its way: to rename it to, or to create it at (a future log).
  std::string unused_path_of(const LogName& name, LogDirectoryKind kind);

  /// The high watermarks that were last written here.
  const Offsets& high_watermarks() const { return high_watermarks_.offsets; }
  const Offsets& recovery_points() const { return recovery_points_.offsets; }
  const Offsets& start_offsets() const { return start_offsets_.offsets; }
  const Offsets& cleaner_offsets() const { return cleaner_offsets_.offsets; }

  /// Each replaces its file by what is given: the offsets of all logs of this directory. Recovery points are to be
  /// written now and then, and after each truncation: what is appended below a point that is out of date would be
  /// taken for durable. Nothing is written where nothing changed. Of the start offsets only those beyond the log's
  /// first segment need be given.
  Task<Result<void>> write_recovery_points(Offsets offsets);
  Task<Result<void>> write_start_offsets(Offsets offsets);
  Task<Result<void>> write_high_watermarks(Offsets offsets);
  Task<Result<void>> write_cleaner_offsets(Offsets offsets);

  /// The logs are gone for good: what the checkpoints say of them must not be taken for what a new log of that
  /// name holds. Durable when done.
  Task<Result<void>> forget(std::vector<LogName> names);

  /// Removes what is left of a log that was renamed to `path`. Fine if nothing is.
  Task<Result<void>> remove(std::string path);
  /// The mark of a clean shutdown, once every log is closed and the checkpoints are written.
  Task<Result<void>> mark_clean(std::int64_t broker_epoch);

 private:
  LogDirectory(Loop& loop, Disk& disk, std::string path, DirectoryHealth::OnFailure on_failure);
  Task<Result<void>> load();
  Task<Result<void>> find_logs();
  Task<Result<void>> take_mark();
  Task<Result<void>> read_checkpoints();
  struct Checkpoint {
    Offsets offsets;
    bool written = false;  ///< By this run: the file is known to hold the offsets.
  };
  std::array<std::pair<const char*, Checkpoint*>, 4> checkpoints();
  Task<Result<void>> replace(std::string name, Offsets offsets, Checkpoint* kept);
  Result<void> done(Result<void> outcome);

  Loop& loop_;
  Disk& disk_;
  std::string path_;
  std::shared_ptr<DirectoryHealth> health_;
  std::unique_ptr<DiskLock> lock_;
  std::optional<MetaProperties> meta_;
  bool was_clean_ = false;
  std::optional<std::int64_t> clean_broker_epoch_;
  std::vector<FoundLog> found_;
  Checkpoint recovery_points_, start_offsets_, high_watermarks_, cleaner_offsets_;
  Turns writes_;  // A file is replaced by one task at a time.
};

}  // namespace sluice
