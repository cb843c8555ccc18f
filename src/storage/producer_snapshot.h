// storage/producer_snapshot.h: the producers of a log at an offset, as Kafka's .snapshot files hold them: version
// (int16, 1), CRC-32C of all that follows it (uint32), number of entries (int32), and for each producer 46 bytes:
// id, epoch (int16), last sequence (int32), last offset, offset delta (int32), timestamp, coordinator epoch
// (int32), first offset of the open transaction or -1 (int64 where nothing else is said).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"
#include "storage/log_path.h"
#include "storage/producer_state.h"

namespace sluice {

namespace producer_snapshot {
inline constexpr std::size_t kEntrySize = 46;
std::string encode(const std::vector<ProducerEntry>& entries);
/// Errors: corrupt, unsupported_version.
Result<std::vector<ProducerEntry>> parse(Bytes bytes);
}  // namespace producer_snapshot

/// The snapshot files of one log. Errors of all: those of Disk.
class ProducerSnapshots {
 public:
  explicit ProducerSnapshots(LogPath directory) : directory_(std::move(directory)) {}

  /// A file that was found when the log was opened.
  void add_found(Offset offset) { offsets_.insert(offset); }
  const std::set<Offset>& offsets() const { return offsets_; }
  std::optional<Offset> latest() const;

  /// Writes the state as of its end, unless there is a snapshot of that offset or a later one.
  Task<Result<void>> take(Disk& disk, const ProducerState& state);
  /// Sets `state` to the latest readable snapshot at `end` or before it, and to nothing from `start` on if there
  /// is none. Unreadable ones are removed. What expired by `now` is left out.
  Task<Result<void>> load_latest(Disk& disk, ProducerState& state, Offset start, Offset end, WallTime now,
                                 std::chrono::milliseconds expiration);
  Task<Result<void>> remove(Disk& disk, Offset offset);
  Task<Result<void>> remove_before(Disk& disk, Offset offset);
  Task<Result<void>> remove_after(Disk& disk, Offset offset);
  /// Removes those that no segment begins with, but for the latest.
  Task<Result<void>> remove_strays(Disk& disk, std::set<Offset> segment_bases);

 private:
  std::string path(Offset offset) const;
  LogPath directory_;
  std::set<Offset> offsets_;
};

}  // namespace sluice
