// record/down_convert.h: newer magics as older ones, for clients that fetch and know nothing newer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "base/result.h"
#include "record/compression.h"
#include "wire/ids.h"

namespace sluice {

struct DownConversion {
  std::int8_t magic = 1;  ///< 0 or 1: the newest that the client reads.
  /// What the client asked for. Records before it are left out where they are messages of their own: some versions
  /// of librdkafka rely on that. A compressed batch stays whole.
  Offset first_offset{0};
};

/// Converts the batch or message at the front of `entries` and writes it to the end of `out`; one that is old
/// enough is copied. Offsets stay, with their gaps; headers are dropped, and control batches altogether.
/// Compression stays: a compressed batch becomes one message that wraps others. Returns how many bytes of
/// `entries` that was. Takes as much memory as the largest record and what it writes. After an error `out` is as
/// before. Errors: incomplete, unsupported_codec (zstd, which old clients do not have), corrupt, too_large.
Result<std::size_t> down_convert(Bytes entries, const DownConversion& to, Decompressor& decompressor, Buffer& out);

}  // namespace sluice
