// Walks the bytes of a message along its table.
#include <cstddef>
#include <optional>

#include "wire/base64.h"
#include "wire/json.h"
#include "wire/json_text.h"
#include "wire/reader.h"

namespace sluice::wire {
namespace {

std::size_t place_of(const FieldSchema& field, const StructSchema& schema) {
  return static_cast<std::size_t>(&field - schema.fields.data());
}

class ToJson {
 public:
  ToJson(Reader& in, std::int16_t version, bool flexible) : in_(in), version_(version), flexible_(flexible) {}

  void structure(const StructSchema& schema);
  std::string take() { return out_.take(); }

 private:
  using Members = std::vector<JsonText::Member>;
  void tagged(const StructSchema& schema, Members& members);
  void field(const FieldSchema& field);
  void array(const FieldSchema& field);
  /// One value that is not an array; a field's own, or an element of it.
  void value(const FieldSchema& field, bool nullable);
  void text(std::optional<std::string_view> text);
  void base64(std::optional<Bytes> bytes);

  Reader& in_;
  std::int16_t version_;
  bool flexible_;
  JsonText out_;
};

void ToJson::structure(const StructSchema& schema) {
  out_.begin_object();
  const std::size_t begin = out_.size();
  Members members;  // Tagged fields come last on the wire, but each has its place in the table.
  for (const FieldSchema& field : schema.fields) {
    if (field.tag >= 0 || !field.versions.contains(version_)) continue;
    this->field(field);
    members.push_back({.order = place_of(field, schema), .end = out_.size()});
  }
  if (flexible_) tagged(schema, members);
  out_.arrange(begin, std::move(members));
  out_.end_object();
}

void ToJson::tagged(const StructSchema& schema, Members& members) {
  UnknownTags unknown;
  for (TagReader tags(in_, 0, unknown); tags.next();) {
    const FieldSchema* known = nullptr;
    for (const FieldSchema& field : schema.fields)
      if (field.tag >= 0 && static_cast<std::uint32_t>(field.tag) == tags.tag() &&
          field.versions.contains(version_))
        known = &field;
    if (known == nullptr) {
      tags.skip();
      continue;
    }
    field(*known);
    members.push_back({.order = place_of(*known, schema), .end = out_.size()});
  }
}

void ToJson::field(const FieldSchema& field) {
  out_.name(field.name);
  if (field.array)
    array(field);
  else
    value(field, field.nullable.contains(version_));
}

void ToJson::array(const FieldSchema& field) {
  const std::optional<std::size_t> count = in_.nullable_count(field.name, flexible_, 1);
  if (!count) {
    if (!field.nullable.contains(version_))
      in_.fail_with(Errc::corrupt, field.name, "is null, which it may not be");
    return out_.null();
  }
  Reader::Step step(in_, field.name);
  out_.begin_array();
  for (std::size_t i = 0; i < *count && !in_.failed(); ++i) {
    step.at(i);
    value(field, false);
  }
  out_.end_array();
}

void ToJson::value(const FieldSchema& field, bool nullable) {
  const char* const name = field.array ? "" : field.name;
  const bool flexible = flexible_ && !field.never_flexible;
  switch (field.type) {
    case FieldType::boolean: return out_.boolean(in_.boolean(name));
    case FieldType::int8: return out_.number(std::int64_t{in_.int8(name)});
    case FieldType::int16: return out_.number(std::int64_t{in_.int16(name)});
    case FieldType::uint16: return out_.number(std::int64_t{in_.uint16(name)});
    case FieldType::int32: return out_.number(std::int64_t{in_.int32(name)});
    case FieldType::uint32: return out_.number(std::int64_t{in_.uint32(name)});
    case FieldType::int64: return out_.number(in_.int64(name));
    case FieldType::float64: return out_.number(in_.float64(name));
    case FieldType::uuid: return out_.string(in_.uuid(name).text());
    case FieldType::string: return text(in_.nullable_string(name, flexible, nullable));
    case FieldType::bytes:
    case FieldType::records: return base64(in_.nullable_bytes(name, flexible, nullable));
    case FieldType::structure: break;
  }
  if (nullable && (field.tag >= 0 ? in_.varint(name) == 0 : in_.int8(name) < 0)) return out_.null();
  if (field.array) return structure(*field.structure);
  const Reader::Step step(in_, name);
  structure(*field.structure);
}

void ToJson::text(std::optional<std::string_view> text) {
  if (text)
    out_.string(*text);
  else
    out_.null();
}

void ToJson::base64(std::optional<Bytes> bytes) {
  if (bytes)
    out_.string(encode_base64(*bytes, Base64::standard));
  else
    out_.null();
}

}  // namespace

Result<std::string> to_json(const MessageSchema& schema, Bytes bytes, std::int16_t version) {
  Reader in(bytes);
  in.begin(schema.name, version, schema.versions);
  if (in.failed()) return in.failure();
  ToJson converter(in, version, version >= schema.flexible_from);
  converter.structure(*schema.body);
  in.expect_end();
  if (in.failed()) return in.failure();
  return converter.take();
}

}  // namespace sluice::wire
