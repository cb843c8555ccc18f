#include "raft/record_batches.h"

#include "record/batch_builder.h"

namespace sluice::raft {
namespace {

/// How many of `records` fit one batch.
std::size_t fitting(std::span<const Bytes> records, Grouping grouping, WallTime time) {
  std::size_t size = kBatchHeaderSize;
  std::size_t count = 0;
  for (const Bytes record : records) {
    size += BatchBuilder::size_max({.timestamp = time, .value = record});
    if (size > kBatchBytesMax || (grouping == Grouping::loose && count == kBatchRecordsMax)) break;
    ++count;
  }
  return count;
}

}  // namespace

Result<std::vector<Buffer>> make_batches(std::span<const Bytes> records, Grouping grouping, BatchPlace place) {
  std::vector<Buffer> batches;
  while (!records.empty()) {
    const std::size_t count = fitting(records, grouping, place.time);
    if (count == 0 || (grouping == Grouping::atomic && count < records.size()))
      return fail(Errc::too_large, "{} records that belong together exceed a batch's {} bytes", records.size(),
                  kBatchBytesMax);
    Buffer& bytes = batches.emplace_back();
    BatchBuilder builder(bytes, {.base_offset = place.base, .leader_epoch = place.epoch});
    for (const Bytes record : records.first(count))
      if (auto appended = builder.append({.timestamp = place.time, .value = record}); !appended)
        return fail(appended.error());
    if (auto finished = builder.finish(); !finished) return fail(finished.error());
    place.base = place.base + static_cast<std::int64_t>(count);
    records = records.subspan(count);
  }
  return batches;
}

}  // namespace sluice::raft
