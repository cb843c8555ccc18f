#include "config/iso_duration.h"

#include <array>
#include <cstdint>

#include "config/detail/text.h"

namespace sluice {
namespace {

struct Unit {
  char letter;
  bool of_time;  // Behind the T.
  std::int64_t seconds;
};
constexpr std::array<Unit, 4> kUnits = {{{'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}}};
constexpr std::int64_t kSecondsMax = std::int64_t{36525} * 86400;
constexpr std::size_t kFractionDigitsMax = 9;

/// The nanoseconds of a fraction's digits: 5 is half a second.
std::optional<std::int64_t> fraction_nanoseconds(std::string_view digits) {
  if (digits.size() > kFractionDigitsMax) return std::nullopt;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < kFractionDigitsMax; ++i) {
    const char c = i < digits.size() ? digits[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::int64_t> whole_number(std::string_view digits) {
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;
  return detail::parse_integer<std::int64_t>(digits);
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_iso_duration(std::string_view text) {
  const std::string upper = detail::upper_case(text);
  std::string_view rest = upper;
  if (!rest.starts_with('P') || rest.size() < 3) return std::nullopt;
  rest.remove_prefix(1);

  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  bool time = false;
  for (const Unit& unit : kUnits) {
    if (!time && rest.starts_with('T')) {
      time = true;
      rest.remove_prefix(1);
      if (rest.empty()) return std::nullopt;
    }
    const std::size_t at = rest.find(unit.letter);
    if (at == std::string_view::npos) continue;
    if (unit.of_time != time) return std::nullopt;
    std::string_view number = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    if (const std::size_t dot = number.find('.'); dot != std::string_view::npos && unit.letter == 'S') {
      const auto fraction = fraction_nanoseconds(number.substr(dot + 1));
      if (!fraction) return std::nullopt;
      nanoseconds = *fraction;
      number = number.substr(0, dot);
    }
    const auto count = whole_number(number);
    if (!count || *count > (kSecondsMax - seconds) / unit.seconds) return std::nullopt;
    seconds += *count * unit.seconds;
  }
  if (!rest.empty()) return std::nullopt;
  return std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds);
}

}  // namespace sluice
