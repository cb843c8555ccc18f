// share/fetched_batches.h: what a share group makes of the bytes that were read from a partition.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "record/batch_view.h"
#include "record/compression.h"
#include "share/delivery.h"
#include "storage/transaction_index.h"

namespace sluice {

struct FetchedBatches {
  std::vector<FetchedBatch> all;       ///< In their order.
  std::vector<FetchedBatch> excluded;  ///< Those that hold no record for the group.
  std::vector<std::size_t> ends;       ///< Where each of `all` ends in the bytes.

  /// Takes in the batch behind the last one. Excluded are control batches, and those of `aborted` transactions.
  void add(const BatchHeader& batch, std::span<const AbortedTransaction> aborted);
};

/// The keys of the records in the batches that are not `excluded`. Errors: corrupt, too_large (decompression
/// limits).
Result<std::vector<RecordKey>> keys_of(Bytes bytes, std::span<const FetchedBatch> excluded,
                                       Decompressor& decompressor);

/// The part of the bytes that has everything from the first to the last of `acquired`, which are in order.
struct ByteSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};
ByteSpan bytes_of(const FetchedBatches& batches, std::span<const AcquiredRange> acquired);

}  // namespace sluice
