#include "server/log_directories.h"

#include <algorithm>
#include <tuple>

#include "base/logging.h"

namespace sluice {

Task<Result<void>> LogDirectories::open(std::vector<std::string> paths) {
  Result<void> outcome = fail(Errc::invalid_argument, "log.dirs names no directory");
  for (std::string& path : paths) {
    auto failed = [path](const Error& error) {
      logging::error("log directory {} has failed and takes no more writes: {}", path, error.what);
    };
    auto directory = co_await LogDirectory::open(loop_, disk_, path, failed);
    if (!directory) {
      logging::error("log directory {} cannot be used: {}", path, directory.error().what);
      outcome = fail(std::move(directory.error()));
      continue;
    }
    for (const FoundLog& log : (*directory)->found())
      if (log.name.kind == LogDirectoryKind::current) logs_.emplace(log.name.log, directory->get());
    directories_.push_back(std::move(*directory));
  }
  if (!directories_.empty()) co_return Result<void>{};
  co_return outcome;
}

LogDirectory& LogDirectories::directory_for(const LogName& name) {
  const auto found = logs_.find(name);
  if (found != logs_.end()) return *found->second;
  const auto count = [this](const LogDirectory* directory) {
    return std::ranges::count_if(logs_, [directory](const auto& log) { return log.second == directory; });
  };
  // The controller places nothing on a broker whose directories are all cordoned; what comes all the same must go
  // somewhere.
  const auto rank = [&](const LogDirectory* directory) {
    return std::tuple(directory->offline(), is_cordoned(*directory), count(directory));
  };
  LogDirectory* least = directories_.front().get();
  if (directories_.size() > 1) {
    for (const auto& directory : directories_)
      if (rank(directory.get()) < rank(least)) least = directory.get();
  }
  return *least;
}

void LogDirectories::cordon(const std::vector<std::string>& paths) {
  cordoned_.clear();
  for (const std::string& path : paths) {
    for (const auto& directory : directories_)
      if (path == "*" || at(path) == directory.get()) cordoned_.insert(directory.get());
  }
}

std::vector<Uuid> LogDirectories::cordoned_ids() const {
  std::vector<Uuid> ids;
  for (const LogDirectory* directory : cordoned_)
    if (directory->meta() && directory->meta()->directory_id) ids.push_back(*directory->meta()->directory_id);
  std::ranges::sort(ids);
  return ids;
}

LogDirectory* LogDirectories::directory_of(const std::string& log_path) {
  for (const auto& directory : directories_)
    if (log_path.starts_with(directory->path() + "/")) return directory.get();
  return nullptr;
}

LogDirectory* LogDirectories::at(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto found = std::ranges::find(
      directories_, path, [](const auto& directory) -> std::string_view { return directory->path(); });
  return found == directories_.end() ? nullptr : found->get();
}

std::vector<std::pair<FoundLog, LogDirectory*>> LogDirectories::unfinished_moves() const {
  std::vector<std::pair<FoundLog, LogDirectory*>> moves;
  for (const auto& directory : directories_)
    for (const FoundLog& log : directory->found())
      if (log.name.kind == LogDirectoryKind::future) moves.emplace_back(log, directory.get());
  return moves;
}

Task<Result<void>> LogDirectories::remove_renamed(std::string path) {
  LogDirectory* directory = directory_of(path);
  if (directory == nullptr) co_return Result<void>{};
  co_return co_await directory->remove(std::move(path));
}

Task<void> LogDirectories::clear_out(const std::function<bool(const FoundLog&)>& is_wanted) {
  for (const auto& directory : directories_) {
    for (const FoundLog& log : directory->found()) {
      if (log.name.kind == LogDirectoryKind::deleted) {
        const Result<void> removed = co_await directory->remove(log.path);
        if (!removed) logging::warn("{} could not be removed: {}", log.path, removed.error().what);
      } else if (log.name.kind == LogDirectoryKind::current) {
        // Two directories have it if a crash came while it went from one to the other; both then hold all of it.
        const bool twice = logs_.contains(log.name.log) && logs_.at(log.name.log) != directory.get();
        if (is_wanted(log) && !twice) continue;
        const std::string stray = directory->unused_path_of(log.name.log, LogDirectoryKind::stray);
        logging::warn("{} {}; it is kept as {}", log.path,
                      twice ? "is in another log directory too" : "belongs to no partition of this broker", stray);
        const Result<void> renamed = co_await disk_.rename(log.path, stray);
        if (!renamed) logging::warn("{} could not be renamed: {}", log.path, renamed.error().what);
        if (!twice) logs_.erase(log.name.log);
      }
    }
  }
}

}  // namespace sluice
