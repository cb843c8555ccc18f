// storage/detail/elapsed.h: the time between two points that producers may have made up.
#pragma once

#include <cstdint>
#include <limits>

#include "base/loop.h"

namespace sluice::detail {

/// From `then` to `now`; the largest or least duration there is where the difference would exceed it.
inline std::chrono::milliseconds elapsed(WallTime then, WallTime now) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(now.time_since_epoch().count(), then.time_since_epoch().count(), &difference))
    return now < then ? std::chrono::milliseconds::min() : std::chrono::milliseconds::max();
  return std::chrono::milliseconds{difference};
}

/// `time` and `wait` more; the latest time there is where that would be exceeded.
inline WallTime later(WallTime time, std::chrono::milliseconds wait) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time.time_since_epoch().count(), wait.count(), &sum)) return WallTime::max();
  return WallTime{std::chrono::milliseconds{sum}};
}

}  // namespace sluice::detail
