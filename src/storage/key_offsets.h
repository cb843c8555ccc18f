// storage/key_offsets.h: the last offset of each key, within a bound of memory. Keys are kept by their hash, 24
// bytes each with the offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "storage/detail/key_hash.h"
#include "wire/ids.h"

namespace sluice {

class KeyOffsets {
 public:
  static constexpr std::size_t kBytesPerKey = 24;
  /// Takes at most `bytes_max` of memory, no more than it needs. `secret` is drawn by chance.
  KeyOffsets(std::size_t bytes_max, detail::HashSecret secret);

  /// Sets the key's offset; offsets come in order. False if there is no room for another key.
  bool put(Bytes key, Offset offset);
  std::optional<Offset> find(Bytes key) const;
  std::size_t size() const { return count_; }
  /// Forgets all and gives the memory back.
  void clear();

 private:
  struct Slot {
    detail::KeyHash hash;
    std::int64_t offset = -1;  // -1: the slot is free.
  };
  std::size_t slot_of(const detail::KeyHash& hash) const;
  bool grow();

  detail::HashSecret secret_;
  std::size_t slots_max_;
  std::size_t count_ = 0;
  std::vector<Slot> slots_;  // A power of two of them; at most three quarters are taken.
};

}  // namespace sluice
