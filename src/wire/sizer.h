// wire/sizer.h: how many bytes a message takes, and whether its version can carry it at all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/detail/element.h"
#include "wire/encoded_size.h"
#include "wire/records.h"
#include "wire/unknown_tags.h"
#include "wire/uuid.h"
#include "wire/version_range.h"

namespace sluice::wire {

/// Counts what Writer writes: generated code goes through a message once with this and once with a Writer, by the
/// same function, so that the two agree. What the version cannot carry is noted here, before a byte is written.
class Sizer {
 public:
  /// Measures a part of a message that has been checked.
  Sizer() = default;
  Sizer(std::string_view message, std::int16_t version, VersionRange versions);

  /// Errors: unsupported_version, invalid_argument (a field that the version lacks is set, or null where it may
  /// not be), too_large.
  Result<EncodedSize> result() const;
  std::size_t written() const { return size_.written; }

  void boolean(bool) { size_.written += 1; }
  void int8(std::int8_t) { size_.written += 1; }
  void int16(std::int16_t) { size_.written += 2; }
  void uint16(std::uint16_t) { size_.written += 2; }
  void int32(std::int32_t) { size_.written += 4; }
  void uint32(std::uint32_t) { size_.written += 4; }
  void int64(std::int64_t) { size_.written += 8; }
  void float64(double) { size_.written += 8; }
  void uuid(const Uuid& id) { size_.written += id.bytes.size(); }
  void varint(std::uint32_t value);

  void string(const char* field, std::string_view text, bool flexible);
  void nullable_string(const char* field, std::optional<std::string_view> text, bool flexible,
                       bool nullable = true);
  void bytes(const char* field, Bytes bytes, bool flexible);
  void nullable_bytes(const char* field, std::optional<Bytes> bytes, bool flexible, bool nullable = true);
  void records(const char* field, const Records& records, bool flexible);
  void nullable_records(const char* field, const std::optional<Records>& records, bool flexible,
                        bool nullable = true);

  template <class T>
  void array(const char* field, const std::vector<T>& elements, bool flexible);
  template <class T>
  void nullable_array(const char* field, const std::optional<std::vector<T>>& elements, bool flexible,
                      bool nullable = true);

  /// Begins an array of structs, which the caller then puts one by one.
  template <class T>
  std::span<const T> elements(const char* field, const std::vector<T>& elements, bool flexible);
  template <class T>
  std::span<const T> nullable_elements(const char* field, const std::optional<std::vector<T>>& elements,
                                       bool flexible, bool nullable = true);
  /// Begins a struct that may be null; the caller puts it if it is not.
  void presence(const char* field, bool present, bool nullable = true);

  /// A field that the version lacks and that may not be dropped in silence.
  void absent(const char* field, bool has_default) {
    if (!has_default) [[unlikely]]
      refuse(field, "is set, but this version lacks it");
  }

  /// The number of tagged fields: those of known tags that are set, and the unknown ones. The fields follow in the
  /// order of their tags, then the unknown ones.
  void tag_count(int known, const UnknownTags& unknown) {
    varint(static_cast<std::uint32_t>(known) + unknown.count());
  }
  /// One tagged field, whose content `put` puts into the object that it is given.
  template <class Put>
  void tag(std::uint32_t tag, const Put& put);
  void unknown(const UnknownTags& tags) { size_.written += tags.bytes().size(); }
  /// The tagged fields of a struct that knows none.
  void tags(const UnknownTags& unknown_tags) {
    tag_count(0, unknown_tags);
    unknown(unknown_tags);
  }

 private:
  void count(const char* field, std::size_t count, bool flexible);
  [[gnu::cold]] void refuse(const char* field, std::string what);
  void null(const char* field, std::size_t size, bool nullable);

  EncodedSize size_;
  std::string_view message_;
  std::int16_t version_ = -1;
  std::optional<Error> error_;
};

/// The bytes that an unsigned number takes as a varint.
constexpr std::size_t varint_size(std::uint32_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

inline void Sizer::varint(std::uint32_t value) { size_.written += varint_size(value); }

template <class T>
void Sizer::array(const char* field, const std::vector<T>& elements, bool flexible) {
  count(field, elements.size(), flexible);
  if constexpr (detail::Number<T>)
    size_.written += elements.size() * sizeof(detail::Rep<T>);
  else if constexpr (std::same_as<T, Uuid>)
    size_.written += elements.size() * sizeof(Uuid);
  else
    for (const T& element : elements) string(field, element, flexible);
}

template <class T>
void Sizer::nullable_array(const char* field, const std::optional<std::vector<T>>& elements, bool flexible,
                           bool nullable) {
  if (elements)
    array(field, *elements, flexible);
  else
    null(field, flexible ? 1 : 4, nullable);
}

template <class T>
std::span<const T> Sizer::elements(const char* field, const std::vector<T>& elements, bool flexible) {
  count(field, elements.size(), flexible);
  return elements;
}

template <class T>
std::span<const T> Sizer::nullable_elements(const char* field, const std::optional<std::vector<T>>& elements,
                                            bool flexible, bool nullable) {
  if (elements) return this->elements(field, *elements, flexible);
  null(field, flexible ? 1 : 4, nullable);
  return {};
}

template <class Put>
void Sizer::tag(std::uint32_t tag, const Put& put) {
  varint(tag);
  const std::size_t before = size_.written;
  put(*this);
  varint(static_cast<std::uint32_t>(size_.written - before));
}

}  // namespace sluice::wire
