// wire/record_frame.h: messages as keys and values of records in Kafka's internal logs.
//
//   metadata log, remote log metadata   value: frame version, type, record version (unsigned varints), body
//   coordinators' logs                  key:   type (int16), body in version 0
//                                       value: version (int16), body
//   consumer protocol, control records  version (int16), body
#pragma once

#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace sluice::wire {

/// The only version of the frame around records of the metadata log.
inline constexpr std::uint32_t kMetadataFrameVersion = 1;

/// A record of the metadata log, its body not yet read.
struct OpenedMetadataRecord {
  std::int16_t type;
  std::int16_t version;
  Bytes body;
};

/// Errors: corrupt, unsupported_version (of the frame).
Result<OpenedMetadataRecord> open_metadata_record(Bytes value);

/// Encodes the value of a record of the metadata log. Errors: those of encode().
template <class Record>
Result<Buffer> encode_metadata_record(const Record& record, std::int16_t version) {
  const Result<EncodedSize> size = record.encoded_size(version);
  if (!size) return std::unexpected(size.error());
  const auto type = static_cast<std::uint32_t>(Record::kType);
  const auto version_number = static_cast<std::uint32_t>(version);
  Buffer bytes(varint_size(kMetadataFrameVersion) + varint_size(type) + varint_size(version_number) +
               size->written);
  Writer out(bytes.bytes());
  out.varint(kMetadataFrameVersion);
  out.varint(type);
  out.varint(version_number);
  record.encode(out, version);
  return bytes;
}

/// A number and what follows it: the type of a coordinator's key, or the version of a message.
struct OpenedNumbered {
  std::int16_t number;
  Bytes body;
};

/// Errors: corrupt.
Result<OpenedNumbered> open_numbered(Bytes bytes);

/// Encodes a message behind a number. Errors: those of encode().
template <class Message>
Result<Buffer> encode_numbered(std::int16_t number, const Message& message, std::int16_t version) {
  const Result<EncodedSize> size = message.encoded_size(version);
  if (!size) return std::unexpected(size.error());
  Buffer bytes(sizeof(number) + size->written);
  Writer out(bytes.bytes());
  out.int16(number);
  message.encode(out, version);
  return bytes;
}

/// Encodes a message behind its version: a coordinator's value, an embedded format. Errors: those of encode().
template <class Message>
Result<Buffer> encode_versioned(const Message& message, std::int16_t version) {
  return encode_numbered(version, message, version);
}

/// Reads a message that stands behind its version. Errors: corrupt, too_large, unsupported_version.
template <class Message>
Result<Message> decode_versioned(Bytes bytes) {
  Reader in(bytes);
  const std::int16_t version = in.int16("version");
  return Message::decode(in, version);
}

/// Encodes a coordinator's key. Errors: those of encode().
template <class Key>
Result<Buffer> encode_key(const Key& key) {
  return encode_numbered(Key::kType, key, 0);
}

/// A record of a coordinator's log. Without a value it is a tombstone: what the key names is gone.
template <class KeyMessage, class ValueMessage>
struct KeyedRecord {
  using Key = KeyMessage;
  using Value = ValueMessage;

  Key key{};
  std::optional<Value> value{};
};

/// Reads a coordinator's record whose key has been opened. Errors: corrupt, too_large, unsupported_version.
template <class Record>
Result<Record> decode_keyed(Bytes key_body, std::optional<Bytes> value) {
  Reader in(key_body);
  Result<typename Record::Key> key = Record::Key::decode(in, 0);
  if (!key) return std::unexpected(key.error());
  Record record{.key = *std::move(key), .value = std::nullopt};
  if (!value) return record;
  Result<typename Record::Value> decoded = decode_versioned<typename Record::Value>(*value);
  if (!decoded) return std::unexpected(decoded.error());
  record.value = *std::move(decoded);
  return record;
}

}  // namespace sluice::wire
