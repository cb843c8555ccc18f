#include "storage/key_offsets.h"

#include <algorithm>
#include <bit>
#include <new>

#include "base/assert.h"

namespace sluice {
namespace {
constexpr std::size_t kSlotsMin = 1024;
/// Fuller than that, looking up takes long.
constexpr double kLoadMax = 0.95;
/// How full it gets where memory is not what bounds it.
constexpr double kLoadRoomy = 0.7;
}  // namespace

KeyOffsets::KeyOffsets(std::size_t bytes_max, double load, detail::HashSecret secret)
    : secret_(secret),
      slots_max_(std::bit_floor(std::max(bytes_max / sizeof(Slot), kSlotsMin))),
      load_(std::clamp(load, 1.0 / static_cast<double>(kSlotsMin), kLoadMax)) {
  static_assert(sizeof(Slot) == kBytesPerKey);
}

void KeyOffsets::start(std::size_t count) {
  clear();
  const double wanted = static_cast<double>(count) / kLoadRoomy;
  slot_count_ = slots_max_;
  if (wanted < static_cast<double>(slots_max_))
    slot_count_ = std::min(slots_max_, std::bit_ceil(std::max(static_cast<std::size_t>(wanted) + 1, kSlotsMin)));
  count_max_ = static_cast<std::size_t>(static_cast<double>(slot_count_) * load_);
  // Zeroed by the system page by page: clearing a hundred megabytes here would hold up the shard.
  slots_.reset(static_cast<Slot*>(std::calloc(slot_count_, sizeof(Slot))));
  if (!slots_) throw std::bad_alloc();
}

std::size_t KeyOffsets::slot_of(const detail::KeyHash& hash) const {
  const std::size_t mask = slot_count_ - 1;
  std::size_t at = hash.low & mask;
  while (slots_[at].next_offset != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  return at;
}

bool KeyOffsets::put(Bytes key, Offset offset) {
  SLUICE_ASSERT(offset.value >= 0 && slots_ != nullptr);
  const detail::KeyHash hash = detail::hash_key(key, secret_);
  const std::size_t at = slot_of(hash);
  if (slots_[at].next_offset == 0) {
    if (count_ == count_max_) return false;
    ++count_;
  }
  slots_[at] = {hash, offset.value + 1};
  return true;
}

std::optional<Offset> KeyOffsets::find(Bytes key) const {
  if (!slots_) return std::nullopt;
  const Slot& slot = slots_[slot_of(detail::hash_key(key, secret_))];
  if (slot.next_offset == 0) return std::nullopt;
  return Offset{slot.next_offset - 1};
}

void KeyOffsets::clear() {
  slots_.reset();
  slot_count_ = count_ = count_max_ = 0;
}

}  // namespace sluice
