#include "wire/base64.h"

#include <array>
#include <cstdint>

namespace sluice::wire {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string_view digits_of(Base64 alphabet) { return alphabet == Base64::standard ? kStandard : kUrlSafe; }

}  // namespace

std::string encode_base64(Bytes bytes, Base64 alphabet) {
  const std::string_view digits = digits_of(alphabet);
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const std::byte byte : bytes) {
    bits = (bits << 8) | std::to_integer<std::uint32_t>(byte);
    for (bit_count += 8; bit_count >= 6; bit_count -= 6) text += digits[(bits >> (bit_count - 6)) & 63];
  }
  if (bit_count > 0) text += digits[(bits << (6 - bit_count)) & 63];
  if (alphabet == Base64::standard) text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<std::vector<std::byte>> decode_base64(std::string_view text, Base64 alphabet) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return fail(Errc::invalid_argument, "base64 of {} characters", text.size());

  const std::string_view digits = digits_of(alphabet);
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const char character : text) {
    const std::size_t digit = digits.find(character);
    if (digit == std::string_view::npos) return fail(Errc::invalid_argument, "'{}' in base64", character);
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<std::byte>((bits >> bit_count) & 0xff));
    }
  }
  return bytes;
}

}  // namespace sluice::wire
