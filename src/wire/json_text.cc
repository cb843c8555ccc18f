#include "wire/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <map>

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
    case '\b': to += "\\b"; return;
    case '\f': to += "\\f"; return;
    default:
      if (static_cast<unsigned char>(character) < 0x20)
        to += fmt::format("\\u{:04X}", character);
      else
        to += character;
  }
}

/// The shortest digits that are the number again, with a point among them where Java has it.
std::string java_text(double value) {
  const double size = std::abs(value);
  const bool fixed = size == 0 || (size >= 1e-3 && size < 1e7);
  char digits[64];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value,
                                        fixed ? std::chars_format::fixed : std::chars_format::scientific)
                              .ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  const std::string_view mantissa = text.substr(0, text.find('e'));
  std::string java = fmt::format("{}{}", mantissa, mantissa.contains('.') ? "" : ".0");
  if (fixed) return java;
  const std::size_t mark = mantissa.size() + 1;  // Behind the "e": a sign and at least two digits.
  int exponent = 0;
  std::from_chars(digits + mark + 1, end, exponent);
  return java + fmt::format("E{}{}", text[mark] == '-' ? "-" : "", exponent);
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

void JsonText::arrange(std::size_t begin, std::vector<Member> members) {
  if (std::ranges::is_sorted(members, {}, &Member::order)) return;
  std::map<std::size_t, std::string> texts;
  std::size_t from = begin;
  for (const Member& member : members) {
    texts[member.order] = text_.substr(from, member.end - from);
    from = member.end + 1;  // A comma stands between.
  }
  text_.resize(begin);
  for (const auto& [order, text] : texts) text_ += (text_.size() == begin ? "" : ",") + text;
}

void JsonText::number(std::int64_t value) { literal(fmt::format("{}", value)); }

void JsonText::number(double value) {
  if (std::isfinite(value))
    literal(java_text(value));
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
