#include "config/properties.h"

#include <cstdint>
#include <optional>

namespace sluice {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

void append_utf8(std::string& text, std::uint32_t code) {
  const auto push = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0 | (code >> 6));
    push(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    push(0xE0 | (code >> 12));
    push(0x80 | ((code >> 6) & 0x3F));
    push(0x80 | (code & 0x3F));
  } else {
    push(0xF0 | (code >> 18));
    push(0x80 | ((code >> 12) & 0x3F));
    push(0x80 | ((code >> 6) & 0x3F));
    push(0x80 | (code & 0x3F));
  }
}

/// The length of the UTF-8 sequence at the front of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80                       ? 1
                             : byte(0) >= 0xC2 && byte(0) < 0xE0  ? 2
                             : byte(0) >= 0xE0 && byte(0) < 0xF0  ? 3
                             : byte(0) >= 0xF0 && byte(0) <= 0xF4 ? 4
                                                                  : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string latin1_to_utf8(std::string_view text) {
  std::string result;
  for (const char c : text) append_utf8(result, static_cast<unsigned char>(c));
  return result;
}

/// Four hexadecimal digits at the front of `text`.
std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t code = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    code = code * 16 + static_cast<std::uint32_t>(digit);
  }
  return code;
}

bool is_high_surrogate(std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low_surrogate(std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

/// Takes the escapes out of `raw`; nothing if one is broken. Half of a surrogate pair becomes the replacement
/// character.
std::optional<std::string> unescaped(std::string_view raw) {
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      if (raw[i] != '\\') text.push_back(raw[i]);
      continue;
    }
    const char c = raw[++i];
    if (c != 'u') {
      text.push_back(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c);
      continue;
    }
    auto code = hex4(raw.substr(i + 1));
    if (!code) return std::nullopt;
    i += 4;
    if (is_high_surrogate(*code) && raw.substr(i + 1).starts_with("\\u")) {
      const auto low = hex4(raw.substr(i + 3));
      if (low && is_low_surrogate(*low)) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        i += 6;
      }
    }
    append_utf8(text, is_high_surrogate(*code) || is_low_surrogate(*code) ? 0xFFFD : *code);
  }
  return text;
}

/// Gives the lines of a text one by one; continued ones in one piece.
class LogicalLines {
 public:
  explicit LogicalLines(std::string_view text) : rest_(text) {}

  /// The next line that is no comment and not blank, without its indentation; false at the end.
  bool next(std::string& line, int& number) {
    while (!rest_.empty()) {
      std::string_view natural = take();
      number = line_;
      strip(natural);
      if (natural.empty() || natural.front() == '#' || natural.front() == '!') continue;
      line.clear();
      while (is_continued(natural)) {
        natural.remove_suffix(1);
        line += natural;
        natural = rest_.empty() ? std::string_view() : take();
        strip(natural);
      }
      line += natural;
      return true;
    }
    return false;
  }

 private:
  static void strip(std::string_view& line) {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  }

  /// An odd number of backslashes at the end: an even one stands for itself.
  static bool is_continued(std::string_view line) {
    std::size_t count = 0;
    while (count < line.size() && line[line.size() - 1 - count] == '\\') ++count;
    return count % 2 == 1;
  }

  std::string_view take() {
    const std::size_t end = rest_.find_first_of("\r\n");
    const std::string_view line = rest_.substr(0, end);
    std::size_t used = line.size();
    if (end != std::string_view::npos) used += rest_.substr(end).starts_with("\r\n") ? 2 : 1;
    rest_.remove_prefix(used);
    ++line_;
    return line;
  }

  std::string_view rest_;
  int line_ = 0;
};

struct RawProperty {
  std::string_view key;
  std::string_view value;
};

/// The key ends at the first =, : or blank that no backslash protects.
RawProperty divided(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size() && !is_blank(line[end]) && line[end] != '=' && line[end] != ':') {
    end += line[end] == '\\' ? 2 : 1;
  }
  end = end < line.size() ? end : line.size();
  std::size_t value = end;
  while (value < line.size() && is_blank(line[value])) ++value;
  if (value < line.size() && (line[value] == '=' || line[value] == ':')) {
    ++value;
    while (value < line.size() && is_blank(line[value])) ++value;
  }
  return {line.substr(0, end), line.substr(value)};
}

void append_escaped(std::string& text, std::string_view raw, bool is_key) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    switch (c) {
      case '\t': text += "\\t"; continue;
      case '\n': text += "\\n"; continue;
      case '\r': text += "\\r"; continue;
      case '\f': text += "\\f"; continue;
      default: break;
    }
    const bool protect = c == '\\' || (c == ' ' && (is_key || i == 0)) || (is_key && (c == '=' || c == ':')) ||
                         (is_key && i == 0 && (c == '#' || c == '!'));
    if (protect) text.push_back('\\');
    text.push_back(c);
  }
}

}  // namespace

Result<std::vector<Property>> parse_properties(std::string_view text, std::string_view file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string converted;
  if (!is_utf8(text)) {
    converted = latin1_to_utf8(text);
    text = converted;
  }

  std::vector<Property> properties;
  LogicalLines lines(text);
  std::string line;
  int number = 0;
  while (lines.next(line, number)) {
    if (line.find('\0') != std::string::npos)
      return fail(Errc::corrupt, "{}:{}: a NUL byte stands here: this is no properties file", file, number);
    const RawProperty raw = divided(line);
    auto key = unescaped(raw.key);
    auto value = unescaped(raw.value);
    if (!key || !value)
      return fail(Errc::corrupt, "{}:{}: \\u must be followed by four hexadecimal digits", file, number);
    properties.push_back({.key = std::move(*key), .value = std::move(*value), .line = number});
  }
  return properties;
}

std::string write_properties(std::span<const Property> properties) {
  std::string text;
  for (const Property& property : properties) {
    append_escaped(text, property.key, true);
    text.push_back('=');
    append_escaped(text, property.value, false);
    text.push_back('\n');
  }
  return text;
}

}  // namespace sluice
