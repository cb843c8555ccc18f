// wire/detail/recode_message.h: what the generated tables of recoders point to.
#pragma once

#include "wire/frame.h"
#include "wire/recode.h"

namespace sluice::wire::detail {

template <class Message>
Result<Buffer> recode_message(Bytes bytes, std::int16_t version, MemoryLimit memory) {
  const Result<Message> message = wire::decode<Message>(bytes, version, memory, Trailing::refused);
  if (!message) return std::unexpected(message.error());
  return wire::encode(*message, version);
}

template <class Message>
constexpr Recoder recoder_of(MessageKind kind) {
  return {Message::kName, kind, Message::kVersions, &recode_message<Message>};
}

}  // namespace sluice::wire::detail
