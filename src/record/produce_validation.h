// record/produce_validation.h: what a Produce request carries for one partition, made fit to be appended. Accepts,
// refuses and rewrites what Kafka's LogValidator does.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/loop.h"
#include "base/result.h"
#include "record/batch_view.h"
#include "record/compression.h"

namespace sluice {

/// What the topic and the request's version ask for.
struct ProduceRules {
  /// Of the Produce request. From 3 on it carries exactly one batch of magic 2 per partition, and from 7 on that
  /// may be compressed with zstd; before, message sets of magic 0 or 1, or one batch of magic 2.
  std::int16_t api_version = 0;
  /// compression.type of the topic; nullopt for `producer`: as it came.
  std::optional<Compression> compression = std::nullopt;
  TimestampType timestamp_type = TimestampType::create_time;  ///< message.timestamp.type
  WallTime now;
  std::chrono::milliseconds timestamp_before_max =
      std::chrono::milliseconds::max();  ///< Older than now by more fails.
  std::chrono::milliseconds timestamp_after_max = std::chrono::milliseconds::max();  ///< Newer than now, likewise.
  std::size_t message_bytes_max = 1048588;                                           ///< max.message.bytes
  bool keys_required = false;                                                        ///< The topic is compacted.
};

/// A record that a rule forbids; `batch_index` counts from 0.
struct RecordError {
  std::int32_t batch_index = 0;
  std::string message;
};

/// Why nothing of it is appended. Codes: corrupt (cut or changed on its way: sending again may help),
/// invalid_record, invalid_timestamp, too_large, unsupported_codec.
struct ProduceRejection {
  Errc code;
  std::string message;
  /// In the order of the records; the first kRecordErrorsMax of them.
  std::vector<RecordError> record_errors = {};
};

inline constexpr std::size_t kRecordErrorsMax = 1000;

/// One batch of magic 2 with offsets from 0 without gaps, ready to be placed and appended.
class ValidatedBatch {
 public:
  /// The bytes are the request's if nothing but the header had to change, and this object's else.
  BatchView view();
  bool is_rewritten() const { return !rewritten_.empty(); }

  std::int32_t record_count = 0;
  WallTime max_timestamp = kNoTimestamp;
  /// Of the first record with that timestamp, from the batch's base offset.
  std::int32_t max_timestamp_offset_delta = 0;

  static ValidatedBatch in_place(MutableBytes batch);
  static ValidatedBatch rewritten(Buffer batch);

 private:
  MutableBytes in_place_;
  Buffer rewritten_;
};

/// Checks `set` against `rules`. Sets in place what the header may have to say otherwise (the timestamp type, the
/// greatest timestamp); if more has to change (magic, codec, offsets that do not count from 0) writes a new batch.
/// A set cut short at its end loses what was cut, as long as anything is left.
/// `set` must stay as long as the batch. Its limits are those of `decompressor`.
std::expected<ValidatedBatch, ProduceRejection> validate_produced(MutableBytes set, const ProduceRules& rules,
                                                                  Decompressor& decompressor);

}  // namespace sluice
