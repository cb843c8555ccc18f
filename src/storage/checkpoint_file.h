// storage/checkpoint_file.h: Kafka's small text files: a version, the number of lines that follow, and the lines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "storage/log_name.h"
#include "wire/ids.h"

namespace sluice {

namespace checkpoint {

inline constexpr std::size_t kFileBytesMax = std::size_t{256} << 20;

/// The lines of a version 0 file, each split at its blanks. Errors: corrupt, unsupported_version.
Result<std::vector<std::vector<std::string_view>>> parse(std::string_view text);
/// The text of a version 0 file with these lines.
std::string format(const std::vector<std::string>& lines);
/// A decimal number that is the whole of `text`.
std::optional<std::int64_t> number(std::string_view text);

}  // namespace checkpoint

/// Offsets by partition, as in recovery-point-offset-checkpoint and its like: lines of topic, partition, offset.
class OffsetCheckpoint {
 public:
  using Offsets = std::map<LogName, Offset>;

  explicit OffsetCheckpoint(std::string path) : path_(std::move(path)) {}

  /// Empty if the file is missing. Errors: corrupt, unsupported_version, and those of Disk.
  Task<Result<Offsets>> read(Disk& disk) const;
  /// Replaces the file; durable when done.
  Task<Result<void>> write(Disk& disk, Offsets offsets) const;

  static Result<Offsets> parse(std::string_view text);
  static std::string format(const Offsets& offsets);

 private:
  std::string path_;
};

}  // namespace sluice
