#include "wire/hex.h"

#include <charconv>

namespace sluice::wire {

std::string encode_hex(Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

Result<std::vector<std::byte>> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::invalid_argument, "{} hexadecimal digits", text.size());
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const char* const pair = text.data() + at;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(pair, pair + 2, value, 16);
    if (error != std::errc{} || end != pair + 2)
      return fail(Errc::invalid_argument, "\"{}\" is not hexadecimal", text.substr(at, 2));
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

}  // namespace sluice::wire
