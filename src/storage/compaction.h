// storage/compaction.h: keeps of each key the last record only (cleanup.policy=compact), with Kafka's rules.
//
// A run reads the dirty part of a log, from where the last run ended, and notes the last offset of each key; then
// it writes the segments from the beginning anew without what is superseded, merging small ones, and swaps them
// in. What lies beyond the last stable offset, within min.compaction.lag.ms or in the active segment, or is not
// flushed, is left alone. Tombstones and markers of transactions of which nothing is left stay for
// delete.retention.ms after they are first seen so. Messages of magic 0 and 1 are compacted too, and stay in their
// magic.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/disk.h"
#include "base/event.h"
#include "base/loop.h"
#include "record/compression.h"
#include "storage/detail/breather.h"
#include "storage/detail/cleaned_transactions.h"
#include "storage/key_offsets.h"
#include "storage/log.h"

namespace sluice {

/// How much of a log a run would have to do.
struct Dirtiness {
  Offset from;  ///< Where the dirty part begins,
  Offset to;    ///< and where the part ends that may be cleaned now.
  std::uint64_t clean_bytes = 0;
  std::uint64_t dirty_bytes = 0;
  bool overdue = false;  ///< max.compaction.lag.ms has passed for some of it.

  double ratio() const {
    const auto total = static_cast<double>(clean_bytes + dirty_bytes);
    return total == 0 ? 0 : static_cast<double>(dirty_bytes) / total;
  }
};

struct Compacted {
  Offset cleaned_to;  ///< Where the next run begins; where this one began if the log changed under it.
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
};

/// What a run may take; Kafka's names are those of log.cleaner.*.
struct CompactionLimits {
  std::size_t key_bytes_max = 128 << 20;  ///< dedupe.buffer.size
  double key_load = 0.9;                  ///< io.buffer.load.factor
  std::size_t chunk_bytes = 256 << 10;    ///< Read or written in one go: half of io.buffer.size.
  double bytes_per_second =
      std::numeric_limits<double>::max();  ///< io.max.bytes.per.second: read and written together.
};

/// One per shard: works on one log at a time, and gives way to the shard's other tasks as it goes.
class Compaction {
 public:
  /// Whether a run is still wanted; asked for between two steps.
  using Wanted = std::function<bool()>;

  /// Runs end early when `tasks` stops.
  Compaction(TaskGroup& tasks, Disk& disk, CompactionLimits limits);

  /// From log.cleaned_to() to where `stable`, the last stable offset, allows. Errors: those of Log.
  Task<Result<Dirtiness>> measure(Log& log, Offset stable);
  /// Whether min.cleanable.dirty.ratio is exceeded or the log is overdue.
  static bool is_due(const Dirtiness& dirt, const LogConfig& config);
  /// Cleans what `dirt` measured, and tells the log how far it is clean. The log must stay until it is done; if
  /// parts of it are cut off meanwhile, they are left alone. Errors: corrupt (leave the log alone from then on,
  /// and say so), closed (it is not wanted any more), those of Log.
  Task<Result<Compacted>> run(Log& log, Dirtiness dirt, Wanted wanted = [] { return true; });

 private:
  using SegmentPtr = std::shared_ptr<Segment>;
  using Group = std::vector<SegmentPtr>;
  class Run;

  TaskGroup& tasks_;
  Loop& loop_;
  Disk& disk_;
  CompactionLimits limits_;
  KeyOffsets keys_;
  Decompressor decompressor_;
  detail::Breather breather_;
  SteadyTime next_io_{};  ///< By log.cleaner.io.max.bytes.per.second, over all runs.
};

}  // namespace sluice
