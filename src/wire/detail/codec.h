// wire/detail/codec.h: what the sources of generated messages share.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "wire/reader.h"
#include "wire/sizer.h"
#include "wire/writer.h"

namespace sluice::wire::detail {

// Beyond this an array grows only when as many elements have in fact been read.
inline constexpr std::size_t kReservedMax = 4096;

/// Reads one struct.
template <class T>
using ReadStruct = void (*)(Reader& in, T& to, std::int16_t version);

template <class T>
void read_struct(Reader& in, const char* field, T& to, std::int16_t version, ReadStruct<T> read) {
  const Reader::Step step(in, field);
  read(in, to, version);
}

template <class T>
void read_nullable_struct(Reader& in, const char* field, std::optional<T>& to, bool nullable, std::int16_t version,
                          ReadStruct<T> read) {
  to.reset();
  if (in.int8(field) >= 0)
    read_struct(in, field, to.emplace(), version, read);
  else if (!nullable)
    in.fail_with(Errc::corrupt, field, "is null, which it may not be");
}

template <class T>
void read_elements(Reader& in, const char* field, std::size_t count, std::vector<T>& to, std::int16_t version,
                   ReadStruct<T> read) {
  // Growing copies what was reserved at first.
  const std::size_t reserved_twice = count > kReservedMax ? kReservedMax : 0;
  if (!in.allow(field, (count + reserved_twice) * sizeof(T))) return;
  to.clear();
  to.reserve(std::min(count, kReservedMax));
  Reader::Step step(in, field);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    if (i == kReservedMax) to.reserve(count);
    step.at(i);
    read(in, to.emplace_back(), version);
  }
}

/// `size_min` is the least that an element takes in this version.
template <class T>
void read_array(Reader& in, const char* field, std::vector<T>& to, bool flexible, std::size_t size_min,
                std::int16_t version, ReadStruct<T> read) {
  read_elements(in, field, in.count(field, flexible, size_min), to, version, read);
}

template <class T>
void read_nullable_array(Reader& in, const char* field, std::optional<std::vector<T>>& to, bool nullable,
                         bool flexible, std::size_t size_min, std::int16_t version, ReadStruct<T> read) {
  to.reset();
  const std::optional<std::size_t> count = in.nullable_count(field, flexible, size_min);
  if (count)
    read_elements(in, field, *count, to.emplace(), version, read);
  else if (!nullable)
    in.fail_with(Errc::corrupt, field, "is null, which it may not be");
}

}  // namespace sluice::wire::detail
