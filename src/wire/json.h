// wire/json.h: any message as JSON text, in the form of Kafka's own converters, and back.
//
// Names are in lower camel case, bytes and records in base64, uuids in their own text. Tagged fields are left out
// where they have their defaults, so that what is absent from a frame is absent from its JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "wire/frame.h"
#include "wire/schema.h"

namespace sluice::wire {

/// The JSON of an encoded message, on one line. Unknown tagged fields are left out, and what is not UTF-8 in a
/// string is replaced. Errors: corrupt (also where bytes are left over), unsupported_version.
Result<std::string> to_json(const MessageSchema& schema, Bytes bytes, std::int16_t version);

/// The JSON of a message that is at hand. Errors: those of encode().
template <class Message>
Result<std::string> to_json(const Message& message, std::int16_t version) {
  const Result<Buffer> bytes = encode(message, version);
  if (!bytes) return std::unexpected(bytes.error());
  return to_json(*find_schema(Message::kName), bytes->bytes(), version);
}

/// Encodes the message that `json` describes. Every field of the version that is not tagged must be there; fields
/// of other versions must be ignorable or have their defaults; there may be no others. Errors: invalid_argument,
/// unsupported_version.
Result<Buffer> from_json(const MessageSchema& schema, std::string_view json, std::int16_t version);

}  // namespace sluice::wire
