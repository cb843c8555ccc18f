// server/log_directories.h: all of log.dirs: where a partition's log is or goes, and the checkpoints.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"
#include "storage/log_directory.h"

namespace sluice {

/// Lives on the broker's first shard. A directory that cannot be used is left out with an error in the log, as
/// long as another one is left.
class LogDirectories {
 public:
  LogDirectories(Loop& loop, Disk& disk) : loop_(loop), disk_(disk) {}

  /// Errors: those of LogDirectory::open, where none of the directories can be used.
  Task<Result<void>> open(std::vector<std::string> paths);

  const std::vector<std::unique_ptr<LogDirectory>>& all() const { return directories_; }

  /// Cordoned ones get no new logs (KIP-1066); "*" means all of them.
  void cordon(const std::vector<std::string>& paths);
  bool is_cordoned(const LogDirectory& directory) const { return cordoned_.contains(&directory); }
  std::vector<Uuid> cordoned_ids() const;
  /// The directory of a partition: the one that has its log, else of those that take new ones the one with the
  /// fewest.
  LogDirectory& directory_for(const LogName& name);
  /// The directory that holds the log at `path`; null if none does.
  LogDirectory* directory_of(const std::string& log_path);
  /// The directory of that path, as log.dirs has it or with slashes behind; null if there is none.
  LogDirectory* at(std::string_view path);
  /// A log was opened in, or is gone from, a directory.
  void add(const LogName& name, LogDirectory& directory);
  void remove(const LogName& name);

  /// Logs that were being moved here when the broker stopped, and where to.
  const std::vector<std::pair<FoundLog, LogDirectory*>>& unfinished_moves() const { return unfinished_moves_; }

  /// Renames away the logs of partitions that `is_wanted` does not know, or that another directory has too, and
  /// removes what was deleted before. To be called once, before new logs are made.
  Task<void> clear_out(const std::function<bool(const FoundLog&)>& is_wanted);
  /// Gives up a log's directory: renamed at once, removed when `delay` has passed.
  Task<Result<void>> remove_renamed(std::string path);

 private:
  Loop& loop_;
  Disk& disk_;
  std::vector<std::unique_ptr<LogDirectory>> directories_;
  std::map<LogName, LogDirectory*> logs_;
  std::map<const LogDirectory*, std::size_t> counts_;  ///< Of the logs that each has.
  std::set<const LogDirectory*> cordoned_;
  std::vector<std::pair<FoundLog, LogDirectory*>> unfinished_moves_;
};

}  // namespace sluice
