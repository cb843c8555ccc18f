// config/detail/text.h: small pieces that reading configuration texts needs in several places.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/number_text.h"

namespace sluice::detail {

/// Without the blanks and control characters at either end, as Java's String.trim().
std::string_view trimmed(std::string_view text);

/// The parts between commas, each trimmed; nothing for a blank text. The views are of `text`.
std::vector<std::string_view> split_list(std::string_view text);

std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// The parts with `separator` between them.
template <class Parts>
std::string joined(const Parts& parts, std::string_view separator) {
  std::string text;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) text += separator;
    text += part;
    first = false;
  }
  return text;
}

/// The whole text as a decimal number, with a sign or without; nothing if it is none or does not fit.
template <std::integral T>
std::optional<T> parse_integer(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  return parse_number<T>(text);
}

/// The whole text as a floating point number as Java reads them, save NaN, which no comparison would catch.
std::optional<double> parse_double(std::string_view text);

/// As Java's Double.toString: 0.5, 1.0E10.
std::string double_text(double number);

}  // namespace sluice::detail
