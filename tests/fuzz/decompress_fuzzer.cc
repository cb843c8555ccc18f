// Bytes from outside as a compressed payload: the first byte chooses codec, magic and stretch. Whatever comes, no
// more comes than the limits allow, and what comes is the same in stretches of any size.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.h"
#include "record/compression.h"

namespace sluice {
namespace {

constexpr DecompressionLimits kLimits{.size_max = 1 << 20, .ratio_free = 1 << 16};

Result<std::string> decompress(Codec codec, std::int8_t magic, Bytes payload, std::size_t stretch) {
  Decompressor decompressor{kLimits};
  std::vector<std::byte> window(stretch);
  std::string text;
  decompressor.start(codec, payload, magic);
  while (true) {
    const Result<std::size_t> size = decompressor.read(window);
    if (!size) return fail(size.error());
    if (*size == 0) return text;
    text += as_text(Bytes{window}.first(*size));
    SLUICE_ASSERT(text.size() <= kLimits.size_max);
  }
}

void run(Bytes input) {
  if (input.empty()) return;
  constexpr std::array<std::size_t, 3> kStretches = {1021, 9973, Decompressor::kWindowSize};
  const auto choice = std::to_integer<std::size_t>(input[0]);
  const auto codec = static_cast<Codec>(choice % 5);
  const auto magic = static_cast<std::int8_t>(choice / 5 % 3);
  const Bytes payload = input.subspan(1);

  const Result<std::string> whole = decompress(codec, magic, payload, Decompressor::kWindowSize);
  const Result<std::string> parts = decompress(codec, magic, payload, kStretches[choice / 15 % 3]);
  SLUICE_ASSERT(whole.has_value() == parts.has_value());
  if (whole) SLUICE_ASSERT(*whole == *parts);
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
