#include "record/message_reader.h"

namespace sluice {

namespace {

// Offsets of what a producer sent may be anything; their sums then go around.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

Result<MessageReader> MessageReader::open(const MessageView& message, Decompressor& decompressor) {
  MessageReader reader{message, decompressor};
  if (!message.is_compressed()) return reader;
  if (!message.value()) return fail(Errc::corrupt, "compressed message without a value");
  if (message.magic() == 1)
    if (const Result<void> found = reader.find_base_offset(); !found) return fail(found.error());
  reader.start();
  return reader;
}

void MessageReader::start() {
  decompressor_->start(outer_.codec(), *outer_.value(), outer_.magic());
  inner_.emplace(*decompressor_);
  read_count_ = 0;
}

Result<void> MessageReader::find_base_offset() {
  start();
  std::int64_t last = 0;
  while (const std::optional<Result<MessageView>> message = next_inner()) {
    if (!*message) return fail(message->error());
    last = (*message)->offset().value;
  }
  ended_ = false;
  // Some versions of librdkafka produce wrappers with offset 0: the inner offsets then count from there.
  const std::int64_t wrapper = outer_.offset().value;
  if (wrapper == 0) return {};
  if (wrapper < last)
    return fail(Errc::corrupt, "compressed message has offset {}, its last inner message {}", wrapper, last);
  base_offset_ = sum(wrapper, -last);
  return {};
}

std::optional<Result<MessageView>> MessageReader::next_inner() {
  if (ended_) return std::nullopt;
  if (inner_->at_end()) {
    ended_ = true;
    if (read_count_ > 0) return std::nullopt;
    return fail(Errc::corrupt, "compressed message with no message in it");
  }
  const std::size_t position = inner_->position();
  const auto bad = [&](const Error& error) {
    ended_ = true;
    return fail(error.code == Errc::incomplete ? Errc::corrupt : error.code, "inner message {} at byte {}: {}",
                read_count_, position, error.what);
  };

  Bytes head;
  if (!inner_->gather(message_field::kCrc, head)) return bad(inner_->error());
  const auto size = load<std::int32_t>(head, message_field::kSize);
  if (size < 0) return bad({Errc::corrupt, fmt::format("size {}", size)});
  inner_->unread(head.size());
  Bytes bytes;
  if (!inner_->gather(head.size() + static_cast<std::size_t>(size), bytes)) return bad(inner_->error());

  const Result<MessageView> message = MessageView::parse(bytes);
  if (!message) return bad(message.error());
  if (message->is_compressed()) return bad({Errc::corrupt, "it is compressed once more"});
  if (message->magic() != outer_.magic())
    return bad({Errc::corrupt,
                fmt::format("it has magic {} in a message of magic {}", message->magic(), outer_.magic())});
  ++read_count_;
  return message;
}

std::optional<Result<RecordView>> MessageReader::next() {
  std::optional<Result<MessageView>> message;
  if (inner_) {
    message = next_inner();
    if (!message) return std::nullopt;
    if (!*message) return fail(message->error());
  } else {
    if (ended_) return std::nullopt;
    ended_ = true;
    message = outer_;
  }
  crc_ = load<std::uint32_t>((*message)->bytes(), message_field::kCrc);
  // In a wrapper with log_append_time the broker has set the wrapper's time alone.
  const bool append_time = outer_.timestamp_type() == TimestampType::log_append_time;
  return RecordView{.offset = {sum(base_offset_, (*message)->offset().value)},
                    .timestamp = append_time ? outer_.timestamp() : (*message)->timestamp(),
                    .create_timestamp = (*message)->timestamp(),
                    .key = (*message)->key(),
                    .value = (*message)->value(),
                    .headers = {}};
}

}  // namespace sluice
