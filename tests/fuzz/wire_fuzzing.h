// tests/fuzz/wire_fuzzing.h: what the fuzzers of messages check.
#pragma once

#include "base/bytes.h"
#include "memory_use.h"
#include "wire/recode.h"

namespace sluice::fuzz {

/// Reads `body` as the message of an API in `version`, which may be any number. What was read is written and read
/// once more, and must then be the same bytes: the first writing may differ from the input, since Kafka's formats
/// have more than one spelling for some values. Decoding may not take more than `memory` allows.
inline void recode_twice(wire::MessageKind kind, std::int16_t key, std::int16_t version, Bytes body,
                         wire::MemoryLimit memory) {
  for (const wire::Recoder& recoder : wire::recoders()) {
    if (recoder.kind != kind || wire::find_schema(recoder.name)->key != key) continue;
    const MemoryUse use;
    const Result<Buffer> once = recoder.recode(body, version, memory);
    // Beside the elements: the text of an error, and the buffer, which is as large as what was read.
    SLUICE_ASSERT(use.bytes() <= memory.floor + (memory.factor + 2) * body.size() + 8192);
    if (!once) return;
    // Without tags that were skipped the message is shorter, and so would be its share of memory.
    const Result<Buffer> twice =
        recoder.recode(once->bytes(), version, {.floor = std::size_t{1} << 30, .factor = 0});
    SLUICE_ASSERT(twice.has_value());
    SLUICE_ASSERT(as_text(twice->bytes()) == as_text(once->bytes()));
    return;
  }
}

}  // namespace sluice::fuzz
