// record/detail/record_fields.h: the layout of one record of magic 2 (KIP-98):
//   length (varint, counts what follows), attributes (int8, unused), timestamp delta (varlong), offset delta
//   (varint), key length (varint, -1: null), key, value length (varint, -1: null), value, header count (varint),
//   per header: key length (varint), key, value length (varint, -1: null), value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::detail {

/// One record as written. The bytes are those of the input, or none where the input does not keep them.
struct RecordFields {
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  std::int32_t key_size = -1;    ///< -1: null.
  std::int32_t value_size = -1;  ///< -1: null.
  std::int32_t header_count = 0;
  Bytes key;
  Bytes value;
  Bytes headers;  ///< Encoded, without their count, and checked.
};

/// Reads a record's length: what follows it.
template <class Input>
Result<std::size_t> read_record_length(Input& in) {
  std::int32_t length = 0;
  if (!in.read_varint(length)) return fail(in.error());
  if (length < 0) return fail(Errc::corrupt, "length {}", length);
  return static_cast<std::size_t>(length);
}

/// The part of a record that has `length` bytes, field by field.
template <class Input>
class RecordBody {
 public:
  RecordBody(Input& in, std::size_t length) : in_(in), end_(in.position() + length) {}

  Result<void> read(RecordFields& fields) {
    std::int8_t attributes = 0;
    if (!in_.read_byte(attributes) || !in_.read_varlong(fields.timestamp_delta) ||
        !in_.read_varint(fields.offset_delta))
      return fail(in_.error());
    if (Result<void> read = read_sized(fields.key_size, fields.key, "key"); !read) return read;
    if (Result<void> read = read_sized(fields.value_size, fields.value, "value"); !read) return read;
    if (Result<void> read = read_headers(fields); !read) return read;
    if (in_.position() != end_)
      return fail(Errc::corrupt, "its fields end {} bytes away from its end",
                  static_cast<std::int64_t>(in_.position()) - static_cast<std::int64_t>(end_));
    return {};
  }

 private:
  // Negative where a number has already gone beyond the end.
  std::int64_t left() const { return static_cast<std::int64_t>(end_) - static_cast<std::int64_t>(in_.position()); }

  Result<void> read_sized(std::int32_t& size, Bytes& bytes, const char* what) {
    if (!in_.read_varint(size)) return fail(in_.error());
    bytes = {};
    if (size == -1) return {};
    if (size < -1 || size > left()) return fail(Errc::corrupt, "{} of {} bytes with {} left", what, size, left());
    if (!in_.take(static_cast<std::size_t>(size), bytes)) return fail(in_.error());
    return {};
  }

  Result<void> read_headers(RecordFields& fields) {
    if (!in_.read_varint(fields.header_count)) return fail(in_.error());
    // A header has two bytes at least, so that the count bounds the loop by the bytes that there are.
    if (fields.header_count < 0 || fields.header_count > left() / 2)
      return fail(Errc::corrupt, "{} headers with {} bytes left", fields.header_count, left());
    const std::byte* const begin = in_.here();
    for (std::int32_t n = 0; n < fields.header_count; ++n) {
      std::int32_t size = 0;
      Bytes bytes;
      if (Result<void> key = read_sized(size, bytes, "header key"); !key) return key;
      if (size < 0) return fail(Errc::corrupt, "header without a key");
      if (Result<void> value = read_sized(size, bytes, "header value"); !value) return value;
    }
    fields.headers = {begin, begin == nullptr ? 0 : static_cast<std::size_t>(in_.here() - begin)};
    return {};
  }

  Input& in_;
  std::size_t end_;
};

}  // namespace sluice::detail
