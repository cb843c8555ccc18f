// record/message_view.h: one message of magic 0 or 1 (KIP-31, KIP-32) where it lies: in a frame, in a segment or
// in another message's value. Fields are big-endian; `size` counts what follows it, the CRC-32 covers all behind
// it.
//
//   0 offset   8 size   12 CRC   16 magic   17 attributes   18 timestamp (magic 1 only)
//   then key length (int32, -1: null), key, value length (int32, -1: null), value
//
// A compressed message wraps others: its value is their message set, compressed, and its offset that of the last.
// Inner offsets are absolute in magic 0, and count from the first one in magic 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/loop.h"
#include "base/result.h"
#include "record/attributes.h"
#include "record/batch_view.h"
#include "wire/ids.h"

namespace sluice {

namespace message_field {
enum : std::size_t {
  kOffset = 0,
  kSize = 8,
  kCrc = 12,
  kMagic = 16,
  kAttributes = 17,
  kTimestamp = 18,
};
}  // namespace message_field

/// The bytes of a message before its key's length.
constexpr std::size_t message_header_size(std::int8_t magic) { return magic == 0 ? 18 : 26; }

/// One checked message in bytes that someone else owns and keeps for as long as the view is used.
/// Invariant: it ends where the message ends, its key and value lie within it, and the CRC agrees.
class MessageView {
 public:
  /// Views the message at the front of `bytes`; what follows it is left alone.
  /// Errors: incomplete (it goes on beyond `bytes`), unsupported_magic (not 0 or 1), unsupported_codec (zstd and
  /// what does not exist), corrupt.
  static Result<MessageView> parse(Bytes bytes, CrcCheck check = CrcCheck::verify);

  /// In what a producer sends, anything.
  Offset offset() const { return {load<std::int64_t>(bytes_, message_field::kOffset)}; }
  std::int8_t magic() const { return load<std::int8_t>(bytes_, message_field::kMagic); }
  Codec codec() const { return attributes().codec(); }
  bool is_compressed() const { return codec() != Codec::none; }
  /// kNoTimestamp in magic 0.
  WallTime timestamp() const;
  /// create_time in magic 0.
  TimestampType timestamp_type() const;
  std::optional<Bytes> key() const { return key_; }
  std::optional<Bytes> value() const { return value_; }
  Bytes bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  explicit MessageView(Bytes bytes) : bytes_(bytes) {}
  Attributes attributes() const { return {load<std::int8_t>(bytes_, message_field::kAttributes)}; }

  Bytes bytes_;
  std::optional<Bytes> key_;
  std::optional<Bytes> value_;
};

}  // namespace sluice
