// record/record_reader.h: the records of a batch of magic 2, checked as they are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "record/batch_view.h"
#include "record/compression.h"
#include "record/detail/payload_input.h"
#include "record/detail/record_fields.h"
#include "record/record_view.h"

namespace sluice {

namespace detail {

/// Walks over a batch's records: each lies within the payload and keeps its length and offset delta; there are as
/// many as the batch claims, and nothing behind them.
class RecordCursor {
 public:
  enum class Keep {
    sizes,  ///< Records are passed over, whatever their size, in constant memory.
    bytes,  ///< Each is gathered whole; it stays until the next call.
  };

  RecordCursor(ConstBatchView batch, Decompressor& decompressor);
  /// False at the end, or after a failure.
  bool next(Keep keep, RecordFields& fields);
  const std::optional<Error>& failure() const { return failure_; }
  std::int32_t read_count() const { return read_count_; }

 private:
  Result<void> read(Keep keep, RecordFields& fields);
  Result<void> read_fields(Keep keep, RecordFields& fields);
  template <class Input>
  Result<void> read_whole(Input& in, RecordFields& fields);
  Result<void> check_end();

  std::int32_t record_count_;
  std::int32_t last_offset_delta_;
  std::int32_t read_count_ = 0;
  SpanInput span_;
  std::optional<StreamInput> stream_;  // Where the batch is compressed.
  std::optional<Error> failure_;
  bool ended_ = false;
};

}  // namespace detail

/// Reads a batch's records one by one. A record stays until the next is read; if the batch is not compressed, as
/// long as the batch. Takes as much memory as the largest record. With log_append_time every record has the
/// batch's time.
class RecordReader {
 public:
  /// The batch's bytes and `decompressor` must outlive the reader, and nobody else may use `decompressor`
  /// meanwhile.
  RecordReader(ConstBatchView batch, Decompressor& decompressor) : batch_(batch), cursor_(batch, decompressor) {}

  /// Nullopt behind the last. After an error the same comes again. Errors: corrupt, too_large (decompression
  /// limits).
  std::optional<Result<RecordView>> next();

 private:
  ConstBatchView batch_;
  detail::RecordCursor cursor_;
};

/// What a record says without its bytes.
struct RecordOutline {
  std::int32_t index = 0;
  std::int32_t offset_delta = 0;
  WallTime timestamp;  ///< As RecordView::timestamp.
  bool has_key = false;
};

/// Reads the outlines of a batch's records, checking as much as RecordReader does, in constant memory.
class RecordScan {
 public:
  /// As RecordReader.
  RecordScan(ConstBatchView batch, Decompressor& decompressor) : batch_(batch), cursor_(batch, decompressor) {}
  /// As RecordReader::next.
  std::optional<Result<RecordOutline>> next();

 private:
  ConstBatchView batch_;
  detail::RecordCursor cursor_;
};

/// Checks that a batch's payload holds what its header claims: as many records as it counts, one behind the other,
/// with offset deltas that grow within the last one. Errors: corrupt, too_large (decompression limits).
Result<void> verify_records(ConstBatchView batch, Decompressor& decompressor);

}  // namespace sluice
