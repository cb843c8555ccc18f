// storage/compaction.h: keeps of each key the last record only (cleanup.policy=compact), with Kafka's rules.
//
// A run reads the dirty part of a log, from where the last run ended, and notes the last offset of each key; then
// it writes the segments from the beginning anew without what is superseded, merging small ones, and swaps them
// in. What lies beyond the last stable offset, within min.compaction.lag.ms or in the active segment, or is not
// flushed, is left alone. Tombstones and markers of transactions of which nothing is left stay for delete.retention.ms after they
// are first seen so.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/disk.h"
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
  Offset cleaned_to;  ///< For cleaner-offset-checkpoint: where the next run begins.
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
};

/// One per shard: works on one log at a time, and gives way to the shard's other tasks as it goes.
class Compaction {
 public:
  /// `key_bytes_max` bounds the memory for keys (log.cleaner.dedupe.buffer.size).
  Compaction(Loop& loop, Disk& disk, std::size_t key_bytes_max);

  /// `cleaned_to` is what the last run returned, or the log's start; `stable` its last stable offset. Errors: of
  /// Disk.
  Task<Result<Dirtiness>> measure(Log& log, Offset cleaned_to, Offset stable);
  /// Whether min.cleanable.dirty.ratio is reached or the log is overdue.
  static bool is_due(const Dirtiness& dirt, const LogConfig& config);
  /// Cleans what `dirt` measured. The log must stay until it is done; if parts of it are cut off meanwhile, they
  /// are left alone. Errors: corrupt (leave the log alone from then on, and say so), those of Log.
  Task<Result<Compacted>> run(Log& log, Dirtiness dirt);

 private:
  using SegmentPtr = std::shared_ptr<Segment>;
  using Group = std::vector<SegmentPtr>;

  Task<Result<Offset>> note_keys(Log& log, Dirtiness dirt);
  Task<Result<bool>> note_segment(SegmentPtr segment, Offset from, detail::CleanedTransactions& transactions,
                                  Offset& noted_to);
  static std::vector<Group> group(const Log& log, const std::vector<SegmentPtr>& segments, Offset end);
  Task<Result<std::uint64_t>> clean_group(Log& log, Group group, detail::CleanedTransactions& transactions,
                                          Offset latest);
  Task<Result<void>> clean_segment(Log& log, SegmentPtr from, Segment& into,
                                   detail::CleanedTransactions& transactions, Offset latest);
  Task<Result<void>> write_out(Segment& into, Buffer& pending, std::int32_t index_interval);

  Loop& loop_;
  Disk& disk_;
  KeyOffsets keys_;
  Decompressor decompressor_;
  detail::Breather breather_;
};

}  // namespace sluice
