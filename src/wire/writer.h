// wire/writer.h: puts Kafka's primitive types into a buffer that has exactly the room.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "wire/detail/element.h"
#include "wire/records.h"
#include "wire/sizer.h"
#include "wire/unknown_tags.h"
#include "wire/uuid.h"

namespace sluice::wire {

/// Records that an encoded message leaves out: `size` bytes, which the sender knows by `token`, belong before byte
/// `position` of what was written.
struct External {
  std::size_t position;
  std::size_t size;
  std::uint64_t token;
};

/// Writes values one after the other. The room must have been measured with Sizer; beyond it an assertion fails.
/// External records are noted, in the order of their positions, and not written.
class Writer {
 public:
  explicit Writer(MutableBytes room, std::vector<External>* externals = nullptr)
      : room_(room), externals_(externals) {}

  std::size_t written() const { return at_; }

  void boolean(bool value) { fixed(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void int8(std::int8_t value) { fixed(value); }
  void int16(std::int16_t value) { fixed(value); }
  void uint16(std::uint16_t value) { fixed(value); }
  void int32(std::int32_t value) { fixed(value); }
  void uint32(std::uint32_t value) { fixed(value); }
  void int64(std::int64_t value) { fixed(value); }
  void float64(double value) { fixed(std::bit_cast<std::uint64_t>(value)); }
  void uuid(const Uuid& id) { raw(id.bytes); }
  void varint(std::uint32_t value);

  // Sizer, which has gone through the same message before, checked what `field` and `nullable` are about.
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
  template <class T>
  std::span<const T> elements(const char* field, const std::vector<T>& elements, bool flexible);
  template <class T>
  std::span<const T> nullable_elements(const char* field, const std::optional<std::vector<T>>& elements,
                                       bool flexible, bool nullable = true);
  void presence(const char*, bool present, bool = true) { int8(present ? 1 : -1); }

  void absent(const char*, bool) {}

  void tag_count(int known, const UnknownTags& unknown) {
    varint(static_cast<std::uint32_t>(known) + unknown.count());
  }
  template <class Put>
  void tag(std::uint32_t tag, const Put& put);
  void unknown(const UnknownTags& tags) { raw(tags.bytes()); }
  void tags(const UnknownTags& unknown_tags) {
    tag_count(0, unknown_tags);
    unknown(unknown_tags);
  }

  /// Bytes as they are.
  void raw(Bytes bytes);

 private:
  void count(std::size_t count, bool flexible);
  void null_count(bool flexible);
  template <std::integral T>
  void fixed(T value) {
    store(room_, at_, value);
    at_ += sizeof(T);
  }

  MutableBytes room_;
  std::size_t at_ = 0;
  std::vector<External>* externals_;
};

template <class T>
void Writer::array(const char* field, const std::vector<T>& elements, bool flexible) {
  count(elements.size(), flexible);
  for (const T& element : elements) {
    if constexpr (detail::Number<T>)
      fixed(detail::number_of(element));
    else if constexpr (std::same_as<T, Uuid>)
      uuid(element);
    else
      string(field, element, flexible);
  }
}

template <class T>
void Writer::nullable_array(const char* field, const std::optional<std::vector<T>>& elements, bool flexible,
                            bool) {
  if (elements)
    array(field, *elements, flexible);
  else
    null_count(flexible);
}

template <class T>
std::span<const T> Writer::elements(const char*, const std::vector<T>& elements, bool flexible) {
  count(elements.size(), flexible);
  return elements;
}

template <class T>
std::span<const T> Writer::nullable_elements(const char* field, const std::optional<std::vector<T>>& elements,
                                             bool flexible, bool) {
  if (elements) return this->elements(field, *elements, flexible);
  null_count(flexible);
  return {};
}

template <class Put>
void Writer::tag(std::uint32_t tag, const Put& put) {
  varint(tag);
  Sizer content;
  put(content);
  varint(static_cast<std::uint32_t>(content.written()));
  put(*this);
}

}  // namespace sluice::wire
