// coordinator/coordinator_record.h: what a coordinator writes to its log. A key begins with the type of the
// record, a value with the version of its schema; without a value the record is a tombstone.
#pragma once

#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "wire/ids.h"
#include "wire/reader.h"
#include "wire/version_range.h"
#include "wire/writer.h"

namespace sluice {

/// A record to be written.
struct CoordinatorRecord {
  Buffer key;
  std::optional<Buffer> value;

  std::size_t size() const { return key.size() + (value ? value->size() : 0); }
};

/// A record as the log has it. The bytes are those of the batch that is being replayed.
struct LoggedRecord {
  Offset offset;
  /// The producer of the transaction that the record is part of, and which may yet be aborted.
  std::optional<ProducerId> transaction;
  Bytes key;
  std::optional<Bytes> value;
};

/// Type or version, then the message. Errors: invalid_argument, too_large (the message cannot be encoded).
template <class Message>
Result<Buffer> encode_versioned(std::int16_t number, const Message& message, std::int16_t version) {
  const Result<wire::EncodedSize> size = message.encoded_size(version);
  if (!size) return fail(size.error());
  Buffer encoded(sizeof(number) + size->written);
  store(encoded.bytes(), 0, number);
  wire::Writer out(encoded.bytes().subspan(sizeof(number)));
  message.encode(out, version);
  return encoded;
}

/// A record of the type that `Key` says, with a value of `version`.
template <class Key, class Value>
Result<CoordinatorRecord> coordinator_record(const Key& key, const Value& value, std::int16_t version) {
  CoordinatorRecord record;
  Result<Buffer> encoded_key = encode_versioned(Key::kType, key, 0);
  if (!encoded_key) return fail(encoded_key.error());
  Result<Buffer> encoded_value = encode_versioned(version, value, version);
  if (!encoded_value) return fail(encoded_value.error());
  record.key = std::move(*encoded_key);
  record.value = std::move(*encoded_value);
  return record;
}

template <class Key>
Result<CoordinatorRecord> coordinator_tombstone(const Key& key) {
  Result<Buffer> encoded = encode_versioned(Key::kType, key, 0);
  if (!encoded) return fail(encoded.error());
  CoordinatorRecord record;
  record.key = std::move(*encoded);
  return record;
}

/// The number that keys and values begin with. Errors: corrupt (too short).
inline Result<std::int16_t> leading_number(Bytes bytes) {
  if (bytes.size() < sizeof(std::int16_t))
    return fail(Errc::corrupt, "{} bytes have no type or version", bytes.size());
  return load<std::int16_t>(bytes, 0);
}

/// Decodes what follows the type of a key. Errors: as Message::decode.
template <class Key>
Result<Key> decode_key(Bytes key) {
  wire::Reader in(key.subspan(sizeof(std::int16_t)));
  return Key::decode(in, 0);
}

/// Decodes a value in the version that it names. Errors: as Message::decode; unsupported_version.
template <class Value>
Result<Value> decode_value(Bytes value) {
  const Result<std::int16_t> version = leading_number(value);
  if (!version) return fail(version.error());
  if (!Value::kVersions.contains(*version))
    return fail(Errc::unsupported_version, "{} has no version {}", Value::kName, *version);
  wire::Reader in(value.subspan(sizeof(std::int16_t)));
  return Value::decode(in, *version);
}

}  // namespace sluice
