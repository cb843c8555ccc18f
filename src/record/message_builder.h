// record/message_builder.h: writes message sets of magic 0 and 1, for clients that know nothing newer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/result.h"
#include "record/batch_view.h"
#include "record/compression.h"
#include "record/record_view.h"
#include "wire/ids.h"

namespace sluice {

struct MessageSetOptions {
  std::int8_t magic = 1;         ///< 0 or 1.
  Compression compression = {};  ///< Not zstd, which came after magic 1.
  /// Makes the timestamp type log_append_time, with this time for all records. Only magic 1 has timestamps.
  std::optional<WallTime> log_append_time = std::nullopt;
};

/// Writes to the end of a buffer: message after message or, compressed, all in one that wraps them. Headers have
/// no place in these magics and are left out.
class MessageSetBuilder {
 public:
  /// `out` must outlive the builder, and nobody else may touch it until `finish`.
  MessageSetBuilder(Buffer& out, const MessageSetOptions& options);

  /// Offsets grow. Errors: too_large (a message of 2 GiB; nothing is written).
  Result<void> append(const RecordView& record);
  /// Writes what wraps the messages, if something does; without any record nothing at all. Errors: too_large.
  Result<void> finish();

 private:
  Buffer* out_;
  std::size_t start_;
  MessageSetOptions options_;
  std::optional<Compressor> compressor_;
  Buffer pending_;  // The messages that are to be compressed next.
  std::optional<Offset> first_offset_;
  Offset last_offset_{-1};
  WallTime max_timestamp_ = kNoTimestamp;
};

}  // namespace sluice
