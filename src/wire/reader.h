// wire/reader.h: takes Kafka's primitive types off the front of a frame, trusting nothing that it says.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/detail/element.h"
#include "wire/records.h"
#include "wire/unknown_tags.h"
#include "wire/uuid.h"
#include "wire/version_range.h"

namespace sluice::wire {

/// How much memory decoding may allocate: `floor` bytes, and `factor` for each byte of the frame.
struct MemoryLimit {
  std::size_t floor = 64 * 1024;
  std::size_t factor = 64;
};

/// What the elements of a frame from a client that nobody vouches for may take.
inline constexpr MemoryLimit kRequestMemory{.floor = 64 * 1024, .factor = 16};

/// Reads values one after the other. The first failure is kept, with the path of the field that it struck; from
/// then on nothing is left to read and every value is zero or empty, so that callers check once, at the end.
/// Strings, bytes and records are views of the bytes given. `flexible` chooses the compact encodings of KIP-482.
/// No allocation is larger than the bytes read justify.
class Reader {
 public:
  explicit Reader(Bytes bytes, MemoryLimit memory = {})
      : at_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        memory_left_(memory.floor + memory.factor * bytes.size()) {}

  // Steps point to their reader.
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  /// What has not been read yet.
  Bytes rest() const { return {at_, remaining()}; }
  bool failed() const { return failed_; }
  /// The first failure; there must be one. Errors: corrupt, too_large, unsupported_version.
  const Error& error() const { return error_; }
  /// As `error()`, to be returned.
  std::unexpected<Error> failure() const { return std::unexpected(error_); }
  void fail_with(Errc code, const char* field, std::string what);

  /// Begins a message, whose name and version errors then carry; fails where `versions` lack `version`.
  void begin(std::string_view message, std::int16_t version, VersionRange versions);
  /// Fails if bytes are left over.
  void expect_end();

  bool boolean(const char* field) { return fixed<std::uint8_t>(field) != 0; }
  std::int8_t int8(const char* field) { return fixed<std::int8_t>(field); }
  std::int16_t int16(const char* field) { return fixed<std::int16_t>(field); }
  std::uint16_t uint16(const char* field) { return fixed<std::uint16_t>(field); }
  std::int32_t int32(const char* field) { return fixed<std::int32_t>(field); }
  std::uint32_t uint32(const char* field) { return fixed<std::uint32_t>(field); }
  std::int64_t int64(const char* field) { return fixed<std::int64_t>(field); }
  double float64(const char* field) { return std::bit_cast<double>(fixed<std::uint64_t>(field)); }
  Uuid uuid(const char* field);
  /// An unsigned number of one to five bytes.
  std::uint32_t varint(const char* field) {
    if (at_ != end_ && *at_ < std::byte{0x80}) [[likely]]
      return std::to_integer<std::uint32_t>(*at_++);
    return long_varint(field);
  }

  // What may be null takes `nullable`: whether it may be in this version; null elsewhere is a failure.
  std::string_view string(const char* field, bool flexible);
  std::optional<std::string_view> nullable_string(const char* field, bool flexible, bool nullable = true);
  Bytes bytes(const char* field, bool flexible);
  std::optional<Bytes> nullable_bytes(const char* field, bool flexible, bool nullable = true);
  Records records(const char* field, bool flexible);
  std::optional<Records> nullable_records(const char* field, bool flexible, bool nullable = true);

  /// An array of numbers, ids, strings or uuids.
  template <class T>
  void array(const char* field, std::vector<T>& to, bool flexible);
  template <class T>
  void nullable_array(const char* field, std::optional<std::vector<T>>& to, bool flexible, bool nullable = true);

  /// The number of elements of an array, each of which takes at least `size_min` bytes; nothing for null.
  std::optional<std::size_t> nullable_count(const char* field, bool flexible, std::size_t size_min);
  std::size_t count(const char* field, bool flexible, std::size_t size_min);
  /// Takes `size` bytes from what decoding may still allocate; fails where that is too much.
  bool allow(const char* field, std::size_t size);

  /// A stretch of the path to the field that is being read: a struct, or an array at one of its elements.
  class Step {
   public:
    Step(Reader& in, const char* field) : in_(in), outer_(in.step_), field_(field) { in.step_ = this; }
    ~Step() { in_.step_ = outer_; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

    void at(std::size_t index) { index_ = static_cast<std::int64_t>(index); }

   private:
    friend class Reader;
    Reader& in_;
    const Step* outer_;
    const char* field_;
    std::int64_t index_ = -1;
  };

 private:
  friend class TagReader;

  template <std::integral T>
  T fixed(const char* field);
  std::uint32_t long_varint(const char* field);
  /// The next `size` bytes.
  Bytes take(const char* field, std::size_t size);
  /// A length as strings and bytes have it: `Length` wide or compact; nothing for null.
  template <std::integral Length>
  std::optional<std::size_t> length(const char* field, bool flexible);
  [[gnu::cold]] void fail_short(const char* field, std::size_t wanted);
  [[gnu::cold]] void fail_null(const char* field);
  std::string path_to(const char* field) const;

  const std::byte* at_;
  const std::byte* end_;
  const Step* step_ = nullptr;
  std::size_t memory_left_;
  bool failed_ = false;
  std::int16_t version_ = -1;
  std::string_view message_;
  Error error_{};
};

/// Walks the tagged fields at the end of a struct. Each tag that is known is read by the caller between two calls
/// of next() and must take exactly its size; the others are skipped, and the first of them kept in `unknown`.
class TagReader {
 public:
  /// `known_end` is one more than the last tag that any version of the struct knows.
  TagReader(Reader& in, std::uint32_t known_end, UnknownTags& unknown)
      : in_(in), unknown_(unknown), end_(in.end_), known_end_(known_end), left_(in.varint("tagged fields")) {
    if (left_ > 0) check_count();
  }

  /// Goes on to the next field; false at the end, and after a failure.
  bool next() { return (left_ > 0 || open_) && advance(); }
  std::uint32_t tag() const { return tag_; }
  /// Leaves the tag that the caller does not know in this version.
  void skip() { in_.at_ = in_.end_; }

 private:
  void check_count();
  bool advance();
  void close();
  void keep(const std::byte* begin);

  Reader& in_;
  UnknownTags& unknown_;
  const std::byte* end_;  // Of what holds the tags; the reader's own end is that of one tag meanwhile.
  std::uint32_t known_end_;
  std::uint32_t left_;
  std::uint32_t tag_ = 0;
  bool open_ = false;
};

/// Skips the tagged fields of a struct that knows none.
inline void read_tags(Reader& in, UnknownTags& unknown) {
  for (TagReader tags(in, 0, unknown); tags.next();) tags.skip();
}

template <std::integral T>
T Reader::fixed(const char* field) {
  if (remaining() < sizeof(T)) [[unlikely]] {
    fail_short(field, sizeof(T));
    return T{};
  }
  const T value = load<T>({at_, sizeof(T)}, 0);
  at_ += sizeof(T);
  return value;
}

template <class T>
void Reader::array(const char* field, std::vector<T>& to, bool flexible) {
  std::optional<std::vector<T>> read;
  nullable_array(field, read, flexible, false);
  if (read) to = std::move(*read);
}

template <class T>
void Reader::nullable_array(const char* field, std::optional<std::vector<T>>& to, bool flexible, bool nullable) {
  to.reset();
  const std::optional<std::size_t> size = nullable_count(field, flexible, detail::element_size_min<T>(flexible));
  if (!size) {
    if (!nullable) fail_null(field);
    return;
  }
  if (!allow(field, *size * sizeof(T))) return;
  to.emplace(*size);
  Step step(*this, field);
  for (std::size_t i = 0; i < *size && !failed_; ++i) {
    step.at(i);
    if constexpr (detail::Number<T>)
      (*to)[i] = T{fixed<detail::Rep<T>>("")};
    else if constexpr (std::same_as<T, Uuid>)
      (*to)[i] = uuid("");
    else
      (*to)[i] = string("", flexible);
  }
}

}  // namespace sluice::wire
