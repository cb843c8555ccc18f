// storage/timestamped_offset.h: a record found by its time.
#pragma once

#include "record/batch_view.h"
#include "wire/ids.h"

namespace sluice {

struct TimestampedOffset {
  WallTime timestamp = kNoTimestamp;
  Offset offset{-1};
  LeaderEpoch epoch{-1};
  friend bool operator==(const TimestampedOffset&, const TimestampedOffset&) = default;
};

}  // namespace sluice
