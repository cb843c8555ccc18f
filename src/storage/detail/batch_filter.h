// storage/detail/batch_filter.h: what compaction leaves of one batch, or of one message of magic 0 or 1.
#pragma once

#include <cstdint>
#include <vector>

#include "base/buffer.h"
#include "record/compression.h"
#include "record/message_view.h"
#include "record/record_reader.h"
#include "storage/key_offsets.h"
#include "storage/producer_state.h"

namespace sluice::detail {

/// What is known of a batch before its records are looked at.
struct BatchFate {
  bool aborted = false;       ///< Its transaction was aborted.
  bool spent_marker = false;  ///< A marker of whose transaction nothing is left.
  bool keep_emptied = false;  ///< Its producer's last batch: the header must stay.
};

/// Writes what stays of batches to the end of a buffer. Knows the last offset of each key up to `latest`.
class BatchFilter {
 public:
  BatchFilter(const KeyOffsets& keys, Offset latest, WallTime now, std::chrono::milliseconds delete_retention,
              Decompressor& decompressor)
      : keys_(&keys),
        latest_(latest),
        now_(now),
        delete_retention_(delete_retention),
        decompressor_(&decompressor) {}

  /// Errors: corrupt, too_large (decompression limits).
  Result<void> filter(const ConstBatchView& batch, BatchFate fate, Buffer& out);
  /// Of a message that wraps others, one with those that stay, in its own magic and compression. Since these
  /// magics have nowhere to note since when a tombstone is known, the caller says whether tombstones stay. Errors:
  /// as of the other.
  Result<void> filter(const MessageView& message, bool keep_tombstones, Buffer& out);

 private:
  bool keeps(const RecordView& record, bool keep_tombstones) const;
  bool keeps(const RecordView& record, const ConstBatchView& batch) const;
  Result<void> rewrite(const ConstBatchView& batch, const std::vector<bool>& kept, bool set_horizon, Buffer& out);

  const KeyOffsets* keys_;
  Offset latest_;
  WallTime now_;
  std::chrono::milliseconds delete_retention_;
  Decompressor* decompressor_;
};

}  // namespace sluice::detail
