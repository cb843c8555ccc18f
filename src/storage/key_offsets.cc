#include "storage/key_offsets.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"

namespace sluice {
namespace {
constexpr std::size_t kSlotsMin = 1024;
}

KeyOffsets::KeyOffsets(std::size_t bytes_max, detail::HashSecret secret)
    : secret_(secret), slots_max_(std::bit_floor(std::max(bytes_max / sizeof(Slot), kSlotsMin))) {
  static_assert(sizeof(Slot) == kBytesPerKey);
}

std::size_t KeyOffsets::slot_of(const detail::KeyHash& hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash.low & mask;
  while (slots_[at].offset >= 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  return at;
}

bool KeyOffsets::grow() {
  if (slots_.size() == slots_max_) return false;
  const std::vector<Slot> before =
      std::exchange(slots_, std::vector<Slot>(std::max(kSlotsMin, slots_.size() * 2)));
  for (const Slot& slot : before) {
    if (slot.offset >= 0) slots_[slot_of(slot.hash)] = slot;
  }
  return true;
}

bool KeyOffsets::put(Bytes key, Offset offset) {
  SLUICE_ASSERT(offset.value >= 0);
  const detail::KeyHash hash = detail::hash_key(key, secret_);
  if (slots_.empty()) grow();
  std::size_t at = slot_of(hash);
  if (slots_[at].offset < 0) {
    if (4 * (count_ + 1) > 3 * slots_.size()) {
      if (!grow()) return false;
      at = slot_of(hash);
    }
    ++count_;
  }
  slots_[at] = {hash, offset.value};
  return true;
}

std::optional<Offset> KeyOffsets::find(Bytes key) const {
  if (slots_.empty()) return std::nullopt;
  const Slot& slot = slots_[slot_of(detail::hash_key(key, secret_))];
  if (slot.offset < 0) return std::nullopt;
  return Offset{slot.offset};
}

void KeyOffsets::clear() {
  slots_ = {};
  count_ = 0;
}

}  // namespace sluice
