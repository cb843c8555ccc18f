// server/share_batches.h: which batches lie in a part of a log, without reading what is in them.
#pragma once

#include <span>

#include "base/task.h"
#include "share/fetched_batches.h"
#include "storage/log.h"

namespace sluice {

/// Looks at the headers of the whole batches in `slice`, up to the one that holds `enough` or is the first behind
/// it. Errors: as of File.
Task<Result<FetchedBatches>> look_at_slice(LogSlice slice, std::span<const AbortedTransaction> aborted,
                                           Offset enough);

}  // namespace sluice
