#include "base/java_hash.h"

#include <cstddef>
#include <cstdlib>
#include <limits>

#include "base/assert.h"

namespace sluice {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

// Bytes that follow the first of a character, or -1 where none may begin with it.
int continuation_count(std::uint8_t first) {
  if (first < 0x80) return 0;
  if (first >= 0xC2 && first < 0xE0) return 1;
  if (first >= 0xE0 && first < 0xF0) return 2;
  if (first >= 0xF0 && first < 0xF5) return 3;
  return -1;
}

// Whether `code` needs that many continuation bytes, and is a character at all.
bool is_character(std::uint32_t code, int continuations) {
  constexpr std::uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  return code >= kLeast[continuations] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

// The character at the front of `text`, which is taken from it.
std::uint32_t take_character(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  const int count = continuation_count(first);
  std::uint32_t code = count > 0 ? first & (0x3Fu >> count) : first;
  bool good = count >= 0 && static_cast<std::size_t>(count) < text.size();
  for (int n = 1; good && n <= count; ++n) {
    const auto next = static_cast<std::uint8_t>(text[static_cast<std::size_t>(n)]);
    good = (next & 0xC0) == 0x80;
    code = code << 6 | (next & 0x3F);
  }
  good = good && is_character(code, count);
  text.remove_prefix(good ? static_cast<std::size_t>(count) + 1 : 1);
  return good ? code : kReplacement;
}

}  // namespace

std::int32_t java_string_hash(std::string_view text) {
  std::uint32_t hash = 0;
  const auto add = [&hash](std::uint32_t unit) { hash = 31 * hash + unit; };
  while (!text.empty()) {
    const std::uint32_t code = take_character(text);
    if (code < 0x10000) {
      add(code);
    } else {
      add(0xD800 + ((code - 0x10000) >> 10));
      add(0xDC00 + ((code - 0x10000) & 0x3FF));
    }
  }
  return static_cast<std::int32_t>(hash);
}

std::int32_t partition_for_id(std::string_view text, std::int32_t partition_count) {
  SLUICE_ASSERT(partition_count > 0);
  const std::int64_t hash = java_string_hash(text);
  // Kafka takes the magnitude, and 0 for the least number, which has none in 32 bits.
  const std::int64_t magnitude = hash == std::numeric_limits<std::int32_t>::min() ? 0 : std::abs(hash);
  return static_cast<std::int32_t>(magnitude % partition_count);
}

}  // namespace sluice
