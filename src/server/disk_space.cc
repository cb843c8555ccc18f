#include "server/disk_space.h"

#include <algorithm>

#include "base/logging.h"

namespace sluice {
namespace {

/// What is left again must exceed a threshold by that share before it counts: no flapping around it.
constexpr std::uint64_t kMarginShare = 4;
constexpr std::uint64_t kRoomMax = std::uint64_t{1} << 62;

std::uint64_t with_margin(std::uint64_t bytes) { return bytes + bytes / kMarginShare; }

}  // namespace

DiskThresholds DiskThresholds::read(const Configuration& configuration) {
  const auto bytes = [&](const char* key) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(configuration.find_int64(key).value_or(0), 0));
  };
  return {.warning_bytes = bytes("sluice.disk.warning.bytes"),
          .reserve_bytes = bytes("sluice.disk.reserve.bytes")};
}

DiskThresholds DiskThresholds::on(std::uint64_t total_bytes) const {
  return {.warning_bytes = std::min(warning_bytes, total_bytes / 8),
          .reserve_bytes = std::min(reserve_bytes, total_bytes / 32)};
}

DiskSpace::State DiskSpace::state_of(const Disk::Space& space, const DiskThresholds& thresholds, State before) {
  const auto is_below = [&](std::uint64_t bytes, bool was_below) {
    return space.free < (was_below ? with_margin(bytes) : bytes);
  };
  if (is_below(thresholds.reserve_bytes, before == State::full)) return State::full;
  if (is_below(thresholds.warning_bytes, before != State::roomy)) return State::scarce;
  return State::roomy;
}

void DiskSpace::report(const LogDirectory& directory, const Disk::Space& space, State before, State now) {
  const std::uint64_t mebibytes = space.free >> 20;
  if (now == State::full)
    logging::error(
        "the disk of {} is full ({} MiB are left, sluice.disk.reserve.bytes is kept for the node): what "
        "clients write is refused until there is room; delete topics, lower retention.ms, or add space",
        directory.path(), mebibytes);
  else if (before == State::full)
    logging::info("the disk of {} has room again ({} MiB): writes are taken", directory.path(), mebibytes);
  else if (now == State::scarce)
    logging::warn("the disk of {} is filling up: {} MiB are left", directory.path(), mebibytes);
}

Task<void> DiskSpace::check(DiskThresholds thresholds) {
  for (const auto& directory : directories_.all()) {
    if (directory->offline()) continue;
    DirectoryHealth& health = *directory->health();
    const std::int64_t as_of = health.room();
    const Result<Disk::Space> space = co_await disk_.space(directory->path());
    if (!space) continue;  // Whoever writes there will be told.
    State& state = states_[directory.get()];
    const DiskThresholds here = thresholds.on(space->total);
    const State now = state_of(*space, here, state);
    if (now != state) report(*directory, *space, state, now);
    state = now;
    const std::uint64_t room = now == State::full ? 0 : space->free - std::min(space->free, here.reserve_bytes);
    health.set_room(static_cast<std::int64_t>(std::min(room, kRoomMax)), as_of);
  }
}

}  // namespace sluice
