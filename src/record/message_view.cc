#include "record/message_view.h"

#include <utility>

#include "record/crc32c.h"

namespace sluice {

namespace {

using namespace message_field;

// Takes a length and as many bytes from the front of `rest`.
Result<std::optional<Bytes>> take_sized(Bytes& rest, const char* what) {
  if (rest.size() < 4) return fail(Errc::corrupt, "message ends before the length of its {}", what);
  const auto size = load<std::int32_t>(rest, 0);
  rest = rest.subspan(4);
  if (size == -1) return std::nullopt;
  if (size < 0 || std::cmp_greater(size, rest.size()))
    return fail(Errc::corrupt, "message {} of {} bytes with {} left", what, size, rest.size());
  const Bytes taken = rest.first(static_cast<std::size_t>(size));
  rest = rest.subspan(taken.size());
  return taken;
}

}  // namespace

Result<MessageView> MessageView::parse(Bytes bytes, CrcCheck check) {
  const Result<EntryHead> head = EntryHead::read(bytes);
  if (!head) return fail(head.error());
  if (head->magic > 1) return fail(Errc::unsupported_magic, "message has magic {}, not 0 or 1", head->magic);
  if (head->size > bytes.size())
    return fail(Errc::incomplete, "{} of a message's {} bytes", bytes.size(), head->size);
  bytes = bytes.first(head->size);
  // First: whatever else is wrong is then the sender's doing.
  if (check == CrcCheck::verify && crc32(bytes.subspan(kMagic)) != load<std::uint32_t>(bytes, kCrc))
    return fail(Errc::corrupt, "message at offset {} fails its CRC", head->offset.value);

  const std::size_t header_size = message_header_size(head->magic);
  if (bytes.size() < header_size) return fail(Errc::corrupt, "message of {} bytes has no timestamp", bytes.size());
  MessageView message{bytes};
  if (!message.attributes().has_known_codec() || message.codec() == Codec::zstd)
    return fail(Errc::unsupported_codec, "message at offset {} of magic {} has compression {}", head->offset.value,
                head->magic, message.attributes().bits & Attributes::kCodecMask);

  Bytes rest = bytes.subspan(header_size);
  Result<std::optional<Bytes>> key = take_sized(rest, "key");
  if (!key) return fail(key.error());
  Result<std::optional<Bytes>> value = take_sized(rest, "value");
  if (!value) return fail(value.error());
  if (!rest.empty()) return fail(Errc::corrupt, "message goes on for {} bytes behind its value", rest.size());
  message.key_ = *key;
  message.value_ = *value;
  return message;
}

WallTime MessageView::timestamp() const {
  if (magic() == 0) return kNoTimestamp;
  return WallTime{std::chrono::milliseconds{load<std::int64_t>(bytes_, kTimestamp)}};
}

TimestampType MessageView::timestamp_type() const {
  return magic() == 0 ? TimestampType::create_time : attributes().timestamp_type();
}

}  // namespace sluice
