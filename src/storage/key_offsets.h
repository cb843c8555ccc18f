// storage/key_offsets.h: the last offset of each key, within a bound of memory. Keys are kept by their hash, 24
// bytes each with the offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "storage/detail/key_hash.h"
#include "wire/ids.h"

namespace sluice {

class KeyOffsets {
 public:
  static constexpr std::size_t kBytesPerKey = 24;
  /// Takes at most `bytes_max` of memory and fills at most `load` of that, a share from 0 to 1. `secret` is drawn
  /// by chance.
  KeyOffsets(std::size_t bytes_max, double load, detail::HashSecret secret);

  /// Forgets all and makes room for `count` keys, or for as many as the memory allows. Takes no time by itself:
  /// the system gives the memory as it is filled.
  void start(std::size_t count);
  /// Sets the key's offset; offsets come in order. False if there is no room for another key.
  bool put(Bytes key, Offset offset);
  std::optional<Offset> find(Bytes key) const;
  std::size_t size() const { return count_; }
  /// Forgets all and gives the memory back.
  void clear();

 private:
  /// All zeros where it is free.
  struct Slot {
    detail::KeyHash hash;
    std::int64_t next_offset;  ///< Behind the key's last one, so that it is never 0.
  };
  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  std::size_t slot_of(const detail::KeyHash& hash) const;

  detail::HashSecret secret_;
  std::size_t slots_max_;
  double load_;
  std::size_t slot_count_ = 0;  ///< A power of two, or 0.
  std::size_t count_ = 0;
  std::size_t count_max_ = 0;
  std::unique_ptr<Slot[], Free> slots_;
};

}  // namespace sluice
