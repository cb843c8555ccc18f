// Walks a JSON document along a message's table.
#include <bit>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <limits>
#include <optional>

#include "wire/base64.h"
#include "wire/json.h"
#include "wire/sizer.h"

namespace sluice::wire {
namespace {

namespace json = boost::json;

std::string_view text_of(const json::string& text) { return {text.data(), text.size()}; }

/// Puts primitive types behind one another. JSON arrives in one piece, so what is built is never large.
class Appender {
 public:
  template <std::integral T>
  void number(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    store(bytes_.bytes(), at, value);
  }

  void varint(std::uint32_t value) {
    for (; value >= 0x80; value >>= 7) number(static_cast<std::uint8_t>(value | 0x80));
    number(static_cast<std::uint8_t>(value));
  }

  /// A length before what it counts, or the sign that there is none, as wide as `Wide` where it is not compact.
  template <std::integral Wide>
  void length(std::optional<std::size_t> length, bool flexible) {
    if (flexible)
      varint(length ? static_cast<std::uint32_t>(*length + 1) : 0);
    else
      number(length ? static_cast<Wide>(*length) : Wide{-1});
  }

  void raw(Bytes bytes) { bytes_.append(bytes); }
  Bytes bytes() const { return bytes_.bytes(); }
  Buffer take() { return std::move(bytes_); }

 private:
  Buffer bytes_;
};

/// Whether a field's value is the one that it has where it is absent.
bool is_default(const FieldSchema& field, const json::value& value);

bool is_default_number(const FieldSchema& field, const json::value& value) {
  if (value.is_double()) return value.get_double() == 0;
  // The tables write the limits of numbers in hexadecimal as well.
  std::string_view text = field.default_value.empty() ? "0" : field.default_value;
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return value.is_int64() && value.get_int64() == number;
}

bool is_default_struct(const StructSchema& schema, const json::object& object) {
  for (const FieldSchema& field : schema.fields)
    if (const json::value* value = object.if_contains(field.name); value != nullptr && !is_default(field, *value))
      return false;
  return true;
}

bool is_default(const FieldSchema& field, const json::value& value) {
  if (value.is_null()) return field.null_by_default;
  if (field.null_by_default) return false;
  if (value.is_array()) return value.get_array().empty();
  if (value.is_bool()) return value.get_bool() == (field.default_value == "true");
  if (value.is_object())
    return field.structure != nullptr && is_default_struct(*field.structure, value.get_object());
  if (!value.is_string()) return is_default_number(field, value);
  if (field.type == FieldType::uuid) return value.get_string() == Uuid{}.text().c_str();
  return text_of(value.get_string()) == field.default_value;
}

class FromJson {
 public:
  FromJson(std::int16_t version, bool flexible) : version_(version), flexible_(flexible) {}

  void structure(const StructSchema& schema, const json::value& from, Appender& to);
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  void refuse_strangers(const StructSchema& schema, const json::object& from);
  void tagged(const StructSchema& schema, const json::object& from, Appender& to);
  void field(const FieldSchema& field, const json::value& from, Appender& to);
  void array(const FieldSchema& field, const json::value& from, Appender& to);
  void value(const FieldSchema& field, const json::value& from, Appender& to, bool nullable);
  template <std::integral T>
  void integer(const json::value& from, Appender& to);
  void float64(const json::value& from, Appender& to);
  void string(const json::value& from, Appender& to, bool flexible);
  void bytes(const json::value& from, Appender& to, bool flexible);
  void uuid(const json::value& from, Appender& to);
  void fail_here(std::string_view what);

  std::int16_t version_;
  bool flexible_;
  std::string path_;
  std::optional<std::string> failure_;  // The first one.
};

void FromJson::fail_here(std::string_view what) {
  if (!failure_) failure_ = path_.empty() ? std::string(what) : fmt::format("{}: {}", path_, what);
}

void FromJson::structure(const StructSchema& schema, const json::value& from, Appender& to) {
  const json::object* const object = from.if_object();
  if (object == nullptr) return fail_here("is not an object");
  refuse_strangers(schema, *object);
  for (const FieldSchema& field : schema.fields) {
    if (field.tag >= 0 || !field.versions.contains(version_)) continue;
    const std::size_t outer = path_.size();
    path_ += fmt::format("{}{}", path_.empty() ? "" : ".", field.name);
    if (const json::value* value = object->if_contains(field.name))
      this->field(field, *value, to);
    else
      fail_here("is missing");
    path_.resize(outer);
  }
  if (flexible_) tagged(schema, *object, to);
}

/// Members that the table lacks, and fields that the version lacks and that may not be dropped.
void FromJson::refuse_strangers(const StructSchema& schema, const json::object& from) {
  for (const auto& [name, value] : from) {
    const FieldSchema* known = nullptr;
    for (const FieldSchema& field : schema.fields)
      if (name == field.name) known = &field;
    if (known == nullptr)
      fail_here(fmt::format("{} has no field {}", schema.name, std::string_view(name.data(), name.size())));
    else if (!known->versions.contains(version_) && !known->ignorable && !is_default(*known, value))
      fail_here(fmt::format("{} is set, but this version lacks it", known->name));
  }
}

void FromJson::tagged(const StructSchema& schema, const json::object& from, Appender& to) {
  Appender fields;
  std::uint32_t count = 0;
  // Tags ascend in a frame, though not in every table.
  for (int tag = 0; tag < static_cast<int>(schema.fields.size()); ++tag) {
    for (const FieldSchema& field : schema.fields) {
      const json::value* const value = field.tag == tag ? from.if_contains(field.name) : nullptr;
      if (value == nullptr || !field.versions.contains(version_) || is_default(field, *value)) continue;
      Appender content;
      this->field(field, *value, content);
      fields.varint(static_cast<std::uint32_t>(tag));
      fields.varint(static_cast<std::uint32_t>(content.bytes().size()));
      fields.raw(content.bytes());
      ++count;
    }
  }
  to.varint(count);
  to.raw(fields.bytes());
}

void FromJson::field(const FieldSchema& field, const json::value& from, Appender& to) {
  if (field.array)
    array(field, from, to);
  else
    value(field, from, to, field.nullable.contains(version_));
}

void FromJson::array(const FieldSchema& field, const json::value& from, Appender& to) {
  if (from.is_null() && field.nullable.contains(version_)) return to.length<std::int32_t>(std::nullopt, flexible_);
  const json::array* const elements = from.if_array();
  if (elements == nullptr) return fail_here("is not an array");
  to.length<std::int32_t>(elements->size(), flexible_);
  const std::size_t outer = path_.size();
  for (std::size_t i = 0; i < elements->size(); ++i) {
    path_ += fmt::format("[{}]", i);
    value(field, (*elements)[i], to, false);
    path_.resize(outer);
  }
}

void FromJson::value(const FieldSchema& field, const json::value& from, Appender& to, bool nullable) {
  const bool flexible = flexible_ && !field.never_flexible;
  if (from.is_null() && !nullable) return fail_here("is null, which it may not be");
  switch (field.type) {
    case FieldType::boolean:
      if (!from.is_bool()) return fail_here("is neither true nor false");
      return to.number(static_cast<std::uint8_t>(from.get_bool() ? 1 : 0));
    case FieldType::int8: return integer<std::int8_t>(from, to);
    case FieldType::int16: return integer<std::int16_t>(from, to);
    case FieldType::uint16: return integer<std::uint16_t>(from, to);
    case FieldType::int32: return integer<std::int32_t>(from, to);
    case FieldType::uint32: return integer<std::uint32_t>(from, to);
    case FieldType::int64: return integer<std::int64_t>(from, to);
    case FieldType::float64: return float64(from, to);
    case FieldType::uuid: return uuid(from, to);
    case FieldType::string: return string(from, to, flexible);
    case FieldType::bytes:
    case FieldType::records: return bytes(from, to, flexible);
    case FieldType::structure:
      if (nullable && field.tag >= 0)
        to.varint(from.is_null() ? 0 : 1);
      else if (nullable)
        to.number(static_cast<std::int8_t>(from.is_null() ? -1 : 1));
      if (!from.is_null()) structure(*field.structure, from, to);
  }
}

template <std::integral T>
void FromJson::integer(const json::value& from, Appender& to) {
  const std::int64_t* const value = from.if_int64();
  if (value == nullptr || !std::in_range<T>(*value)) return fail_here("is not a whole number within its range");
  to.number(static_cast<T>(*value));
}

void FromJson::float64(const json::value& from, Appender& to) {
  boost::system::error_code error;
  double value = from.is_number() ? from.to_number<double>(error) : std::numeric_limits<double>::quiet_NaN();
  if (from.is_string()) {
    const std::string_view text = text_of(from.get_string());
    const double infinity = std::numeric_limits<double>::infinity();
    if (text == "Infinity")
      value = infinity;
    else if (text == "-Infinity")
      value = -infinity;
    else if (text != "NaN")
      return fail_here("is not a number");
  } else if (!from.is_number()) {
    return fail_here("is not a number");
  }
  to.number(std::bit_cast<std::uint64_t>(value));
}

void FromJson::string(const json::value& from, Appender& to, bool flexible) {
  if (from.is_null()) return to.length<std::int16_t>(std::nullopt, flexible);
  const json::string* const text = from.if_string();
  if (text == nullptr) return fail_here("is not a string");
  if (!std::in_range<std::int16_t>(text->size())) return fail_here("is too long");
  to.length<std::int16_t>(text->size(), flexible);
  to.raw(as_bytes(text_of(*text)));
}

void FromJson::bytes(const json::value& from, Appender& to, bool flexible) {
  if (from.is_null()) return to.length<std::int32_t>(std::nullopt, flexible);
  const json::string* const text = from.if_string();
  if (text == nullptr) return fail_here("is not a string of base64");
  const auto decoded = decode_base64(text_of(*text), Base64::standard);
  if (!decoded) return fail_here(decoded.error().what);
  to.length<std::int32_t>(decoded->size(), flexible);
  to.raw(*decoded);
}

void FromJson::uuid(const json::value& from, Appender& to) {
  const json::string* const text = from.if_string();
  if (text == nullptr) return fail_here("is not a string with a uuid");
  const Result<Uuid> id = Uuid::parse(text_of(*text));
  if (!id) return fail_here(id.error().what);
  to.raw(id->bytes);
}

}  // namespace

Result<Buffer> from_json(const MessageSchema& schema, std::string_view json, std::int16_t version) {
  if (!schema.versions.contains(version))
    return fail(Errc::unsupported_version, "{} has versions {} to {}, not {}", schema.name, schema.versions.low,
                schema.versions.high, version);
  boost::system::error_code error;
  const json::value document = json::parse(json::string_view(json.data(), json.size()), error);
  if (error) return fail(Errc::invalid_argument, "this is not JSON: {}", error.message());

  FromJson converter(version, version >= schema.flexible_from);
  Appender bytes;
  converter.structure(*schema.body, document, bytes);
  if (converter.failure())
    return fail(Errc::invalid_argument, "{} version {}: {}", schema.name, version, *converter.failure());
  return bytes.take();
}

}  // namespace sluice::wire
