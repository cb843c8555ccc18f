#include "tools/java_format.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace sluice::tools {
namespace {

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};

std::string padded(int value, std::size_t width) { return fmt::format("{:0{}}", value, width); }

std::string name(std::string_view whole, std::size_t letters) {
  constexpr std::size_t kShort = 3;
  return std::string(letters > kShort ? whole : whole.substr(0, kShort));
}

/// +0100 for one letter of Z, +01:00 for three of X.
std::string zone(const std::tm& local, char letter, std::size_t count) {
  const int minutes = static_cast<int>(std::abs(local.tm_gmtoff)) / 60;
  if (letter == 'X' && minutes == 0) return "Z";
  const char sign = local.tm_gmtoff < 0 ? '-' : '+';
  if (letter == 'X' && count == 1) return fmt::format("{}{:02}", sign, minutes / 60);
  const std::string_view colon = letter == 'X' && count == 3 ? ":" : "";
  return fmt::format("{}{:02}{}{:02}", sign, minutes / 60, colon, minutes % 60);
}

/// What `count` times `letter` stands for.
std::string field(char letter, std::size_t count, const std::tm& local, int milliseconds) {
  const int year = local.tm_year + 1900;
  const int hour = local.tm_hour;
  switch (letter) {
    case 'y': return count == 2 ? padded(year % 100, 2) : padded(year, count);
    case 'M':
      if (count > 2) return name(kMonths[static_cast<std::size_t>(local.tm_mon)], count);
      return padded(local.tm_mon + 1, count);
    case 'd': return padded(local.tm_mday, count);
    case 'H': return padded(hour, count);
    case 'k': return padded(hour == 0 ? 24 : hour, count);
    case 'K': return padded(hour % 12, count);
    case 'h': return padded(hour % 12 == 0 ? 12 : hour % 12, count);
    case 'm': return padded(local.tm_min, count);
    case 's': return padded(local.tm_sec, count);
    case 'S': return padded(milliseconds, count);
    case 'a': return hour < 12 ? "AM" : "PM";
    case 'E': return name(kDays[static_cast<std::size_t>(local.tm_wday)], count);
    case 'D': return padded(local.tm_yday + 1, count);
    case 'Z':
    case 'X': return zone(local, letter, count);
    default: return std::string(count, letter);
  }
}

/// The text in quotes that begins at `at`, which moves behind it; two quotes are one.
std::string quoted(std::string_view pattern, std::size_t& at) {
  std::string text;
  ++at;
  if (at < pattern.size() && pattern[at] == '\'') {
    ++at;
    return "'";
  }
  for (; at < pattern.size(); ++at) {
    if (pattern[at] == '\'') {
      ++at;
      if (at == pattern.size() || pattern[at] != '\'') break;
    }
    text += pattern[at];
  }
  return text;
}

}  // namespace

std::string java_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  const double size = std::abs(value);
  if (size == 0 || (size >= 1e-3 && size < 1e7)) {
    std::string text = fmt::format("{}", value);
    return text.find('.') == std::string::npos ? text + ".0" : text;
  }
  char digits[32];
  const auto written = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific);
  const std::string text(digits, written.ptr);
  const std::size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  return fmt::format("{}E{}", mantissa, std::atoi(text.c_str() + e + 1));
}

std::string java_fixed(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{:.{}f}", value, digits);
}

std::string java_date(std::string_view pattern, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto milliseconds = static_cast<int>((time - seconds).count());
  const std::time_t whole = seconds.time_since_epoch().count();
  std::tm local{};
  ::localtime_r(&whole, &local);
  std::string text;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      text += quoted(pattern, at);
      continue;
    }
    const std::size_t begin = at;
    while (at < pattern.size() && pattern[at] == c) ++at;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    text += letter ? field(c, at - begin, local, milliseconds) : std::string(at - begin, c);
  }
  return text;
}

}  // namespace sluice::tools
