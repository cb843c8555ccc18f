#include "storage/detail/key_hash.h"

#include <bit>
#include <cstring>

namespace sluice::detail {
namespace {

std::uint64_t little_endian(const std::byte* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

struct State {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    for (; count > 0; --count) {
      v0 += v1, v1 = std::rotl(v1, 13), v1 ^= v0, v0 = std::rotl(v0, 32);
      v2 += v3, v3 = std::rotl(v3, 16), v3 ^= v2;
      v0 += v3, v3 = std::rotl(v3, 21), v3 ^= v0;
      v2 += v1, v1 = std::rotl(v1, 17), v1 ^= v2, v2 = std::rotl(v2, 32);
    }
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  std::uint64_t give() const { return v0 ^ v1 ^ v2 ^ v3; }
};

}  // namespace

KeyHash hash_key(Bytes key, HashSecret secret) {
  State state{.v0 = secret.low ^ 0x736f6d6570736575,
              .v1 = secret.high ^ 0x646f72616e646f6d ^ 0xee,
              .v2 = secret.low ^ 0x6c7967656e657261,
              .v3 = secret.high ^ 0x7465646279746573};
  std::size_t at = 0;
  for (; at + 8 <= key.size(); at += 8) state.take(little_endian(key.data() + at, 8));
  state.take(little_endian(key.data() + at, key.size() - at) | static_cast<std::uint64_t>(key.size()) << 56);
  state.v2 ^= 0xee;
  state.rounds(4);
  KeyHash hash{.low = state.give()};
  state.v1 ^= 0xdd;
  state.rounds(4);
  hash.high = state.give();
  return hash;
}

}  // namespace sluice::detail
