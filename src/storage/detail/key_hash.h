// storage/detail/key_hash.h: SipHash-2-4 with 128 bits (Aumasson and Bernstein): so long, and keyed with a secret,
// that two keys may be taken for one if their hashes agree, whoever chose them.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sluice::detail {

struct KeyHash {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const KeyHash&, const KeyHash&) = default;
};

struct HashSecret {
  std::uint64_t low = 0, high = 0;
};

KeyHash hash_key(Bytes key, HashSecret secret);

}  // namespace sluice::detail
