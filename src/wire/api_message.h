// wire/api_message.h: any message that is to be encoded, as one type, so that what passes messages on is compiled
// once and not for each of them.
#pragma once

#include <concepts>
#include <cstdint>

#include "base/result.h"
#include "wire/api_key.h"
#include "wire/encoded_size.h"

namespace sluice::wire {

class Writer;

/// A view of a generated message.
class Encodable {
 public:
  template <class Message>
    requires(!std::derived_from<Message, Encodable>)
  Encodable(const Message& message)  // NOLINT(google-explicit-constructor): every message is one.
      : message_(&message),
        measure_([](const void* of, std::int16_t version) {
          return static_cast<const Message*>(of)->encoded_size(version);
        }),
        write_([](const void* of, Writer& out, std::int16_t version) {
          static_cast<const Message*>(of)->encode(out, version);
        }) {}

  /// Errors: invalid_argument, too_large, unsupported_version.
  Result<EncodedSize> encoded_size(std::int16_t version) const { return measure_(message_, version); }
  /// Writes what encoded_size() has measured; it must have succeeded.
  void encode(Writer& out, std::int16_t version) const { write_(message_, out, version); }

 private:
  const void* message_;
  Result<EncodedSize> (*measure_)(const void*, std::int16_t);
  void (*write_)(const void*, Writer&, std::int16_t);
};

/// A view of a request or a response, and the API that it belongs to.
class ApiMessage : public Encodable {
 public:
  template <class Message>
    requires(!std::derived_from<Message, ApiMessage>)
  ApiMessage(const Message& message)  // NOLINT(google-explicit-constructor): every message of an API is one.
      : Encodable(message), key_(Message::kApiKey) {}

  ApiKey key() const { return key_; }

 private:
  ApiKey key_;
};

}  // namespace sluice::wire
