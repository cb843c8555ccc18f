// storage/detail/record_search.h: which record of a batch has a time.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "record/compression.h"
#include "storage/timestamped_offset.h"

namespace sluice::detail {

/// The first record at `time` or later whose offset is `from` or later, in a whole batch or old message. Errors:
/// corrupt, too_large (decompression limits).
Result<std::optional<TimestampedOffset>> first_at(Bytes entry, WallTime time, Offset from,
                                                  Decompressor& decompressor);

/// The first of the records with the largest timestamp. Errors: as above.
Result<std::optional<TimestampedOffset>> first_of_latest(Bytes entry, Decompressor& decompressor);

}  // namespace sluice::detail
