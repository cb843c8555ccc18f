// storage/log_path.h: where a log's files lie. Idle logs are many, and their paths long: each is kept once.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "storage/log_files.h"
#include "wire/ids.h"

namespace sluice {

/// The directory of a log, shared by all who have files in it: when it is renamed they all know. Lives on the
/// log's shard.
class LogPath {
 public:
  LogPath(std::string directory) : directory_(std::make_shared<std::string>(std::move(directory))) {}
  LogPath(const char* directory) : LogPath(std::string(directory)) {}

  /// Stays in place as long as a copy of this does.
  const std::string& directory() const { return *directory_; }
  void rename(std::string directory) const { *directory_ = std::move(directory); }

 private:
  std::shared_ptr<std::string> directory_;
};

/// A file of a segment, or any other.
class LogFilePath {
 public:
  LogFilePath(std::string path) : directory_(std::move(path)) {}
  LogFilePath(const char* path) : directory_(path) {}
  /// `kind` and `suffix` are of log_file's, or empty, and stay for ever.
  LogFilePath(LogPath directory, Offset base, std::string_view kind, std::string_view suffix)
      : directory_(std::move(directory)), base_(base), kind_(kind.data()), suffix_(suffix.data()) {}

  std::string text() const {
    if (kind_ == nullptr) return directory_.directory();
    std::string path = log_file::path(directory_.directory(), base_, kind_);
    if (suffix_ != nullptr) path += suffix_;
    return path;
  }

 private:
  LogPath directory_;
  Offset base_{0};
  const char* kind_ = nullptr;  ///< None where `directory_` is the whole path.
  const char* suffix_ = nullptr;
};

}  // namespace sluice
