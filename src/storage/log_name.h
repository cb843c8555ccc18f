// storage/log_name.h: which partition a log belongs to, and how that is written as a directory's name.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "wire/ids.h"

namespace sluice {

/// A topic's name and a partition of it.
struct LogName {
  std::string topic;
  PartitionIndex partition;
  friend auto operator<=>(const LogName&, const LogName&) = default;
  std::string text() const { return topic + "-" + std::to_string(partition.value); }
};

/// What a partition directory is for, by its name's suffix.
enum class LogDirectoryKind {
  current,  ///< topic-partition
  future,   ///< topic-partition.uuid-future: being copied from another log directory
  deleted,  ///< topic-partition.uuid-delete: to be removed
  stray,    ///< topic-partition.uuid-stray: found although this broker has no such replica
};

struct LogDirectoryName {
  LogName log;
  LogDirectoryKind kind = LogDirectoryKind::current;
  friend bool operator==(const LogDirectoryName&, const LogDirectoryName&) = default;

  /// None if it is not the name of a partition's directory.
  static std::optional<LogDirectoryName> parse(std::string_view name);
  /// A name of `kind` for `log`; `unique` is 32 hexadecimal digits and stands in all but the current one's. The
  /// topic is cut where the whole would exceed 255 characters.
  static std::string format(const LogName& log, LogDirectoryKind kind, std::string_view unique);
};

}  // namespace sluice
