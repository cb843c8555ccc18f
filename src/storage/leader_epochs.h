// storage/leader_epochs.h: at which offset each leader epoch of a log begins (KIP-101), and the file that keeps
// it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "storage/log_path.h"
#include "wire/ids.h"

namespace sluice {

struct EpochStart {
  LeaderEpoch epoch;
  Offset start;
  friend bool operator==(const EpochStart&, const EpochStart&) = default;
};

/// Where an epoch ends: before `end`. `epoch` may be an earlier one than asked for.
struct EpochEnd {
  LeaderEpoch epoch{-1};
  Offset end{-1};
  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

/// Invariant: epochs and their starts both grow. The file `leader-epoch-checkpoint` follows each change before it
/// is seen. Changes take turns in the Log.
class LeaderEpochs {
 public:
  static constexpr std::string_view kFileName = "leader-epoch-checkpoint";
  explicit LeaderEpochs(LogPath directory) : directory_(std::move(directory)) {}

  /// Reads the file; it need not exist. Errors: corrupt, and those of Disk.
  Task<Result<void>> load(Disk& disk);
  std::string path() const { return directory_.directory() + "/" + std::string(kFileName); }

  /// Whether assign() would change anything.
  bool assigns(LeaderEpoch epoch, Offset start) const;
  /// Lets `epoch` begin at `start`, forgetting what contradicts that. Errors: as of Disk.
  Task<Result<void>> assign(Disk& disk, LeaderEpoch epoch, Offset start);
  /// As assign(), but only in memory, until write_if_changed() or another change.
  void assign_unwritten(LeaderEpoch epoch, Offset start);
  Task<Result<void>> write_if_changed(Disk& disk);

  /// Forgets epochs that begin at `end` or later.
  Task<Result<void>> truncate_from_end(Disk& disk, Offset end);
  /// Forgets epochs that end at `start` or earlier; the one that holds `start` then begins there.
  Task<Result<void>> truncate_from_start(Disk& disk, Offset start);
  Task<Result<void>> clear(Disk& disk);

  std::optional<EpochStart> latest() const;
  std::optional<LeaderEpoch> epoch_of(Offset offset) const;
  /// The epoch before `epoch`, if one is known.
  std::optional<LeaderEpoch> previous(LeaderEpoch epoch) const;
  /// What OffsetForLeaderEpoch answers: the last epoch not beyond `epoch` and where it ends; -1 and -1 if unknown.
  EpochEnd end_of(LeaderEpoch epoch, Offset log_end) const;
  const std::vector<EpochStart>& entries() const { return entries_; }

  static Result<std::vector<EpochStart>> parse(std::string_view text);

 private:
  std::vector<EpochStart> assigned(LeaderEpoch epoch, Offset start) const;
  Task<Result<void>> replace(Disk& disk, std::vector<EpochStart> entries);
  LogPath directory_;
  std::vector<EpochStart> entries_;
  bool unwritten_ = false;
};

}  // namespace sluice
