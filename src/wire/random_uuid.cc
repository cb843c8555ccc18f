#include "wire/random_uuid.h"

#include "base/bytes.h"

namespace sluice {

Uuid random_uuid(Loop& loop) {
  while (true) {
    Uuid id;
    const MutableBytes bytes(id.bytes);
    store(bytes, 0, loop.random());
    store(bytes, 8, loop.random());
    id.bytes[6] = (id.bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    id.bytes[8] = (id.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    if (!id.text().starts_with('-')) return id;
  }
}

}  // namespace sluice
