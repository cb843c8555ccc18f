#include "server/share_batches.h"

#include <algorithm>

namespace sluice {
namespace {

/// Read at once: the headers of many small batches, and not much of a large one.
constexpr std::size_t kChunk = 4096;

}  // namespace

Task<Result<FetchedBatches>> look_at_slice(LogSlice slice, std::span<const AbortedTransaction> aborted,
                                           Offset enough) {
  FetchedBatches batches;
  Buffer chunk;
  std::size_t begin = 0;  // Of the chunk, in the slice.
  for (std::size_t at = 0; slice.size - at >= kBatchHeaderSize;) {
    if (at + kBatchHeaderSize > begin + chunk.size()) {
      begin = at;
      chunk.resize(std::min(kChunk, slice.size - at));
      const Result<std::size_t> count = co_await slice.file->read(slice.position + at, chunk.bytes());
      if (!count) co_return fail(count.error());
      if (*count != chunk.size())
        co_return fail(Errc::io, "{} of {} bytes could be read at {}", *count, chunk.size(), slice.position + at);
    }
    const Result<BatchHeader> batch = BatchHeader::read(chunk.bytes().subspan(at - begin));
    if (!batch || batch->size > slice.size - at) break;
    batches.add(*batch, aborted);
    if (batch->last_offset() >= enough) break;
    at += batch->size;
  }
  co_return batches;
}

Task<Result<std::vector<RecordKey>>> read_keys(LogSlice slice, const FetchedBatches& batches,
                                               Decompressor& decompressor) {
  if (batches.ends.empty()) co_return std::vector<RecordKey>{};
  slice.size = batches.ends.back();
  const Result<Buffer> bytes = co_await slice.read();
  if (!bytes) co_return fail(bytes.error());
  co_return keys_of(bytes->bytes(), batches.excluded, decompressor);
}

}  // namespace sluice
