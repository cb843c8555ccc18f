// base/number_text.h: numbers out of texts.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace sluice {

/// The whole of `text` as a decimal number, as std::from_chars reads it: no blanks, no leading plus. Nothing if it
/// is none or does not fit.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace sluice
