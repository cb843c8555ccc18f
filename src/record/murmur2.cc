#include "record/murmur2.h"

#include <cstddef>

#include "base/assert.h"

namespace sluice {

namespace {

constexpr std::uint32_t kSeed = 0x9747B28C;
constexpr std::uint32_t kFactor = 0x5BD1E995;

std::uint32_t byte_at(Bytes bytes, std::size_t at) { return std::to_integer<std::uint32_t>(bytes[at]); }

}  // namespace

std::int32_t murmur2(Bytes bytes) {
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {  // Four bytes at a time, little-endian.
    std::uint32_t word = byte_at(bytes, at) | byte_at(bytes, at + 1) << 8 | byte_at(bytes, at + 2) << 16 |
                         byte_at(bytes, at + 3) << 24;
    word *= kFactor;
    word ^= word >> 24;
    word *= kFactor;
    hash = hash * kFactor ^ word;
  }
  const std::size_t left = bytes.size() - at;
  for (std::size_t n = left; n > 0; --n) hash ^= byte_at(bytes, at + n - 1) << (8 * (n - 1));
  if (left > 0) hash *= kFactor;
  hash ^= hash >> 13;
  hash *= kFactor;
  hash ^= hash >> 15;
  return static_cast<std::int32_t>(hash);
}

PartitionIndex partition_for_key(Bytes key, std::int32_t partition_count) {
  SLUICE_ASSERT(partition_count > 0);
  return {(murmur2(key) & 0x7FFFFFFF) % partition_count};
}

}  // namespace sluice
