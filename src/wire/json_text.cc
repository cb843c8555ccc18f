#include "wire/json_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>

namespace sluice::wire {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// The size of the UTF-8 sequence at the front of `text` (RFC 3629); 0 where there is none.
std::size_t utf8_size(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t at = 1; at < size; ++at)
    if ((byte(at) & 0xc0) != 0x80) return 0;
  // Longer than need be, surrogates, beyond U+10FFFF.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) >= 0xa0) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) >= 0x90) return 0;
  return size;
}

void append_escaped(std::string& to, char character) {
  switch (character) {
    case '"': to += "\\\""; return;
    case '\\': to += "\\\\"; return;
    case '\n': to += "\\n"; return;
    case '\r': to += "\\r"; return;
    case '\t': to += "\\t"; return;
    default:
      if (static_cast<unsigned char>(character) < 0x20)
        to += fmt::format("\\u{:04x}", character);
      else
        to += character;
  }
}

}  // namespace

void JsonText::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

void JsonText::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
}

void JsonText::close(char bracket) {
  text_ += bracket;
  first_ = false;
}

void JsonText::literal(std::string_view text) {
  separate();
  text_ += text;
}

void JsonText::name(std::string_view name) {
  string(name);
  text_ += ':';
  first_ = true;
}

void JsonText::number(std::int64_t value) { literal(fmt::format("{}", value)); }

void JsonText::number(double value) {
  if (std::isfinite(value))
    literal(fmt::format("{}", value));
  else
    string(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
}

void JsonText::string(std::string_view text) {
  separate();
  text_ += '"';
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    if (size == 1)
      append_escaped(text_, text.front());
    else
      text_ += size == 0 ? kReplacement : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  text_ += '"';
}

}  // namespace sluice::wire
