// record/batch_builder.h: writes batches of magic 2, record by record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/buffer.h"
#include "base/loop.h"
#include "base/result.h"
#include "record/batch_view.h"
#include "record/compression.h"
#include "record/record_view.h"
#include "wire/ids.h"

namespace sluice {

/// A record to be written. Its bytes are copied.
struct NewRecord {
  WallTime timestamp = kNoTimestamp;
  std::optional<Bytes> key = std::nullopt;
  std::optional<Bytes> value = std::nullopt;
  std::span<const HeaderView> headers = {};
};

/// What a batch says about all its records. The defaults are those of a producer without idempotence.
struct BatchOptions {
  Offset base_offset{0};
  LeaderEpoch leader_epoch{-1};
  Compression compression = {};
  ProducerId producer_id{-1};
  ProducerEpoch producer_epoch{-1};
  std::int32_t base_sequence = -1;
  bool transactional = false;
  bool control = false;
  /// Makes the timestamp type log_append_time, with this time for all records.
  std::optional<WallTime> log_append_time = std::nullopt;
  /// Compaction's (KIP-534): takes the base timestamp's place.
  std::optional<WallTime> delete_horizon = std::nullopt;

  /// Those of a batch that is written anew.
  static BatchOptions like(const ConstBatchView& batch, Compression compression);
};

/// Writes one batch to the end of a buffer, compressing as it goes.
class BatchBuilder {
 public:
  /// `out` must outlive the builder, and nobody else may touch it until `finish`. The options' level was checked.
  BatchBuilder(Buffer& out, const BatchOptions& options);

  /// Appends with the offset behind the last one. Errors: too_large (the batch would pass 2 GiB uncompressed;
  /// nothing is written).
  Result<void> append(const NewRecord& record);
  /// Appends what was read elsewhere with an offset of its own, which is greater than the last and at most 2^31 -
  /// 1 from the base. Its create_timestamp is kept. Errors: as above.
  Result<void> append_copy_at(Offset offset, const RecordView& record);
  /// Appends it with the offset behind the last one.
  Result<void> append_copy(const RecordView& record) { return append_copy_at(next_offset(), record); }

  std::int32_t record_count() const { return record_count_; }
  Offset next_offset() const { return options_.base_offset + next_delta_; }
  /// The batch's size if it were not compressed.
  std::size_t uncompressed_size() const { return kBatchHeaderSize + uncompressed_; }
  /// By how much `record` would make that grow, at the most.
  static std::size_t size_max(const NewRecord& record);

  /// Sequence and producer are known only when a producer sends.
  void set_producer(ProducerId id, ProducerEpoch epoch, std::int32_t base_sequence);
  /// Makes the batch take offsets up to `last`, beyond its records: what compaction removed at its end.
  void set_last_offset(Offset last);

  /// Writes header and CRC. The view is of the buffer's bytes. Errors: too_large (2 GiB).
  Result<BatchView> finish();

 private:
  struct Parts;
  Result<void> append(std::int64_t delta, const Parts& parts);
  void flush();

  Buffer* out_;
  std::size_t start_;
  BatchOptions options_;
  std::optional<Compressor> compressor_;
  Buffer pending_;  // Encoded, not compressed yet.
  std::int64_t next_delta_ = 0;
  std::int32_t record_count_ = 0;
  std::size_t uncompressed_ = 0;
  WallTime base_timestamp_ = kNoTimestamp;
  WallTime max_timestamp_ = kNoTimestamp;
};

/// Writes the header of `batch` alone, as compaction keeps it when all its records have gone but its producer's
/// sequence or its leader epoch must stay known.
BatchView append_emptied(Buffer& out, const ConstBatchView& batch);

}  // namespace sluice
