// Both ways keep the CRC's state bit-reflected: bit 31 is the coefficient of x^0, as the instruction has it.
#include "record/crc32c.h"

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Castagnoli's, reflected.

constexpr std::uint32_t times_x(std::uint32_t value) {
  return (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
}

// kTables[n][b]: what the byte b contributes to the state when n more bytes have followed it.
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = times_x(state);
    tables[0][byte] = state;
  }
  for (std::size_t n = 1; n < tables.size(); ++n)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t previous = tables[n - 1][byte];
      tables[n][byte] = (previous >> 8) ^ tables[0][previous & 0xFF];
    }
  return tables;
}();

std::uint64_t load_little(const std::byte* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  return value;
}

std::uint32_t add_byte(std::uint32_t state, std::byte byte) {
  return (state >> 8) ^ kTables[0][(state ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
}

std::uint32_t portable(std::uint32_t state, const std::byte* at, std::size_t size) {
  for (; size >= 8; at += 8, size -= 8) {
    const std::uint64_t word = load_little(at) ^ state;
    state = 0;
    for (std::size_t n = 0; n < 8; ++n) state ^= kTables[7 - n][(word >> (8 * n)) & 0xFF];
  }
  for (; size > 0; ++at, --size) state = add_byte(state, *at);
  return state;
}

#if defined(__x86_64__)

// Carry-less product with `factor`, reduced by the CRC instruction, which multiplies by x^32; the reflected
// product itself stands one bit too low. So a shift by n bytes takes the factor x^(8n - 33).
constexpr std::uint32_t shift_factor(std::size_t bytes) {
  std::uint32_t power = 0x80000000;
  for (std::size_t n = 0; n < 8 * bytes - 33; ++n) power = times_x(power);
  return power;
}

__attribute__((target("sse4.2,pclmul"))) std::uint64_t shifted(std::uint64_t state, std::uint32_t factor) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(state)),
                                               _mm_cvtsi64_si128(static_cast<long long>(factor)), 0x00);
  return _mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(product)));
}

// The instruction gives a result every cycle but takes three for each: three lanes side by side, `Lane` bytes
// long, keep it busy. Their states are then put behind one another.
template <std::size_t Lane>
__attribute__((target("sse4.2,pclmul"))) std::uint64_t lanes(std::uint64_t state, const std::byte*& at,
                                                             std::size_t& size) {
  static constexpr std::uint32_t kOneLane = shift_factor(Lane);
  static constexpr std::uint32_t kTwoLanes = shift_factor(2 * Lane);
  for (; size >= 3 * Lane; at += 3 * Lane, size -= 3 * Lane) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t n = 0; n < Lane; n += 8) {
      state = _mm_crc32_u64(state, load_little(at + n));
      second = _mm_crc32_u64(second, load_little(at + Lane + n));
      third = _mm_crc32_u64(third, load_little(at + 2 * Lane + n));
    }
    state = shifted(state, kTwoLanes) ^ shifted(second, kOneLane) ^ third;
  }
  return state;
}

__attribute__((target("sse4.2,pclmul"))) std::uint32_t hardware(std::uint32_t start, const std::byte* at,
                                                                std::size_t size) {
  std::uint64_t state = start;
  state = lanes<2048>(state, at, size);
  state = lanes<256>(state, at, size);
  state = lanes<64>(state, at, size);
  for (; size >= 8; at += 8, size -= 8) state = _mm_crc32_u64(state, load_little(at));
  auto narrow = static_cast<std::uint32_t>(state);
  for (; size > 0; ++at, --size) narrow = _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(*at));
  return narrow;
}

#endif

using Implementation = std::uint32_t (*)(std::uint32_t state, const std::byte* at, std::size_t size);

Implementation choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) return hardware;
#endif
  return portable;
}

}  // namespace

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) {
  static const Implementation implementation = choose();
  return ~implementation(~before, bytes.data(), bytes.size());
}

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
  return static_cast<std::uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t detail::crc32c_portable(Bytes bytes, std::uint32_t before) {
  return ~portable(~before, bytes.data(), bytes.size());
}

}  // namespace sluice
