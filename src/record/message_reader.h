// record/message_reader.h: the records of a message of magic 0 or 1: itself, or those that it wraps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "record/compression.h"
#include "record/detail/payload_input.h"
#include "record/message_view.h"
#include "record/record_view.h"

namespace sluice {

/// Reads a message's records one by one. A record stays until the next is read. Takes as much memory as the
/// largest one. The offsets of a wrapper's records follow from that of the last, which stands in the wrapper, so a
/// wrapper of magic 1 is decompressed twice.
class MessageReader {
 public:
  /// The message's bytes and `decompressor` must outlive the reader, and nobody else may use `decompressor`
  /// meanwhile. Errors: corrupt, too_large (decompression limits).
  static Result<MessageReader> open(const MessageView& message, Decompressor& decompressor);

  /// Nullopt behind the last. After an error there is nothing more. Errors: as of `open`.
  std::optional<Result<RecordView>> next();

  /// The CRC of the message that the last record came from.
  std::uint32_t crc() const { return crc_; }

 private:
  MessageReader(const MessageView& message, Decompressor& decompressor)
      : outer_(message), decompressor_(&decompressor) {}
  void start();
  std::optional<Result<MessageView>> next_inner();
  Result<void> find_base_offset();

  MessageView outer_;
  Decompressor* decompressor_;
  std::optional<detail::StreamInput> inner_;
  std::int64_t base_offset_ = 0;  // Added to inner offsets.
  std::size_t read_count_ = 0;
  bool ended_ = false;
  std::uint32_t crc_ = 0;
};

}  // namespace sluice
