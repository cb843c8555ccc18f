// server/share_batches.h: which batches lie in a part of a log, without reading what is in them, unless it is
// asked for.
#pragma once

#include <span>
#include <vector>

#include "base/task.h"
#include "share/fetched_batches.h"
#include "storage/log.h"

namespace sluice {

/// Looks at the headers of the whole batches in `slice`, up to the one that holds `enough` or is the first behind
/// it. Errors: as of File.
Task<Result<FetchedBatches>> look_at_slice(LogSlice slice, std::span<const AbortedTransaction> aborted,
                                           Offset enough);

/// Reads the keys of the records in `batches`, which were found at the front of `slice`. Errors: as of File, and
/// as of keys_of().
Task<Result<std::vector<RecordKey>>> read_keys(LogSlice slice, const FetchedBatches& batches,
                                               Decompressor& decompressor);

}  // namespace sluice
