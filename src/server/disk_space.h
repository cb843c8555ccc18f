// server/disk_space.h: a full disk as a state of its log directory, not as an error that comes as a surprise.
//
// While a directory has less room than the reserve, what clients send is refused with an error that they retry;
// all else goes on: reading, deleting, retention, and the writes of the node itself, which the reserve is for.
// When there is room again, writes are taken again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "config/configuration.h"
#include "server/log_directories.h"

namespace sluice {

struct DiskThresholds {
  std::uint64_t warning_bytes = 0;  ///< sluice.disk.warning.bytes
  std::uint64_t reserve_bytes = 0;  ///< sluice.disk.reserve.bytes

  static DiskThresholds read(const Configuration& configuration);
  /// As they are for a disk of that size: on a small one they are no more than shares of it.
  DiskThresholds on(std::uint64_t total_bytes) const;
};

/// Lives on the first shard.
class DiskSpace {
 public:
  DiskSpace(Disk& disk, LogDirectories& directories) : disk_(disk), directories_(directories) {}

  /// Looks at each directory once, says what has changed, and tells its health how much may be written until the
  /// next look.
  Task<void> check(DiskThresholds thresholds);

 private:
  enum class State { roomy, scarce, full };
  static State state_of(const Disk::Space& space, const DiskThresholds& thresholds, State before);
  static void report(const LogDirectory& directory, const Disk::Space& space, State before, State now);

  Disk& disk_;
  LogDirectories& directories_;
  std::map<const LogDirectory*, State> states_;
};

}  // namespace sluice
