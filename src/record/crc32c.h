// record/crc32c.h: the checksums of record batches: CRC-32C (Castagnoli) since magic 2, CRC-32 before.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sluice {

/// CRC-32C of `bytes`, or of what `before` is the CRC of with `bytes` behind it. Takes the processor's instruction
/// where there is one (SSE 4.2 with PCLMULQDQ), tables elsewhere.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0);

/// CRC-32 as in gzip, of messages with magic 0 and 1.
std::uint32_t crc32(Bytes bytes, std::uint32_t before = 0);

namespace detail {
/// The table-driven way, which `crc32c` takes where the processor has no instruction for it.
std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t before);
}  // namespace detail

}  // namespace sluice
