// raft/power.h: a machine whose power fails while a process is at work on its disk.
#pragma once

#include <cerrno>

#include "base/event.h"
#include "simulation/sim_disk.h"

namespace sluice::test {

/// What is not durable is lost, and whoever is at work ends: nothing that it still tries comes about.
inline void lose_power(sim::SimDisk& disk) {
  using enum sim::DiskCall;
  disk.crash();
  for (const sim::DiskCall call :
       {open, list, read, write, sync, truncate, allocate, size, make_directory, remove, rename, sync_directory})
    disk.inject({.call = call, .path_contains = "", .error_number = EIO});
}

inline Task<void> lose_power_at(sim::SimDisk* disk, SteadyTime at, TaskGroup* group) {
  co_await group->sleep_until(at);
  lose_power(*disk);
}

/// A new process may begin on what the failure has spared.
inline void restore_power(sim::SimDisk& disk) {
  disk.crash();
  disk.heal();
}

}  // namespace sluice::test
