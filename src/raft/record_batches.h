// raft/record_batches.h: records put into batches as the metadata log and its snapshots hold them: not compressed,
// without keys.
#pragma once

#include <span>
#include <vector>

#include "base/buffer.h"
#include "base/loop.h"
#include "base/result.h"
#include "wire/ids.h"

namespace sluice::raft {

/// No batch of the metadata log is larger: Kafka's nodes read no more at once.
inline constexpr std::size_t kBatchBytesMax = std::size_t{8} << 20;
/// More records than these are not put into one batch unless they belong together.
inline constexpr std::size_t kBatchRecordsMax = 10'000;

/// Whether records may be torn apart.
enum class Grouping {
  atomic,  ///< One batch: after a crash all are there or none.
  loose,   ///< Several batches where they are many.
};

struct BatchPlace {
  Offset base;
  LeaderEpoch epoch;
  WallTime time{};
};

/// Each batch in a buffer of its own, with offsets one behind the other. Errors: too_large (an atomic group, or
/// one record, beyond kBatchBytesMax).
Result<std::vector<Buffer>> make_batches(std::span<const Bytes> records, Grouping grouping, BatchPlace place);

}  // namespace sluice::raft
