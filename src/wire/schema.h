// wire/schema.h: the protocol tables as data, for what handles messages by name: JSON, dumps, checks.
//
// Servers and clients have no need of them: the generated structs are faster and typed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "wire/version_range.h"

namespace sluice::wire {

enum class FieldType : std::uint8_t {
  boolean,
  int8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  float64,
  string,
  uuid,
  bytes,
  records,
  structure,
};

struct StructSchema;

/// One field, as its table describes it.
struct FieldSchema {
  const char* name;  ///< As JSON has it, in lower camel case.
  FieldType type;    ///< Of one element, where the field is an array.
  bool array;
  bool ignorable;       ///< Whether versions that lack the field may drop its value in silence.
  bool never_flexible;  ///< The field's length stays wide, whatever the message's version.
  VersionRange versions;
  VersionRange nullable;  ///< The versions in which it may be null.
  int tag;                ///< Or -1: all versions of a tagged field are flexible ones.
  bool null_by_default;
  std::string_view default_value;  ///< As the table writes it; empty where it is zero, false or empty.
  const StructSchema* structure;
};

struct StructSchema {
  std::string_view name;
  std::span<const FieldSchema> fields;
};

enum class MessageKind : std::uint8_t {
  request,
  response,
  header,
  metadata,
  coordinator_key,
  coordinator_value,
  data
};

struct MessageSchema {
  std::string_view name;
  MessageKind kind;
  std::int16_t key;  ///< API key or record type; -1 where there is none.
  VersionRange versions;
  std::int16_t flexible_from;
  const StructSchema* body;
};

/// Every message, folder by folder.
std::span<const MessageSchema> api_schemas();
std::span<const MessageSchema> metadata_schemas();
std::span<const MessageSchema> coordinator_schemas();
std::span<const MessageSchema> data_schemas();

/// The message of a name; nullptr where there is none.
const MessageSchema* find_schema(std::string_view name);

}  // namespace sluice::wire
