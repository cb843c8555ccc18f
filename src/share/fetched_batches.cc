#include "share/fetched_batches.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "record/record_reader.h"

namespace sluice {

void FetchedBatches::add(const BatchHeader& batch, std::span<const AbortedTransaction> aborted) {
  const FetchedBatch span{batch.base_offset, batch.last_offset()};
  all.push_back(span);
  ends.push_back((ends.empty() ? 0 : ends.back()) + batch.size);
  const auto holds = [&](const AbortedTransaction& transaction) {
    return batch.attributes.is_transactional() && batch.producer_id == transaction.producer_id &&
           span.first >= transaction.first_offset && span.first <= transaction.last_offset;
  };
  if (batch.attributes.is_control() || std::ranges::any_of(aborted, holds)) excluded.push_back(span);
}

Result<std::vector<RecordKey>> keys_of(Bytes bytes, std::span<const FetchedBatch> excluded,
                                       Decompressor& decompressor) {
  std::vector<RecordKey> keys;
  ConstBatchWalk walk(bytes, CrcCheck::skip);
  for (auto batch = walk.next(); batch && *batch; batch = walk.next()) {
    const Offset first = (*batch)->base_offset();
    if (std::ranges::any_of(excluded, [first](const FetchedBatch& other) { return other.first == first; }))
      continue;
    RecordReader reader(**batch, decompressor);
    for (auto record = reader.next(); record; record = reader.next()) {
      if (!*record) return fail(record->error());
      if (const auto& key = (*record)->key; key)
        keys.push_back({(*record)->offset, std::hash<std::string_view>{}(as_text(*key))});
    }
  }
  return keys;
}

ByteSpan bytes_of(const FetchedBatches& batches, std::span<const AcquiredRange> acquired) {
  if (acquired.empty()) return {};
  const auto place_of = [&](Offset offset) {
    const auto batch = std::ranges::lower_bound(batches.all, offset, {}, &FetchedBatch::last);
    return static_cast<std::size_t>(batch - batches.all.begin());
  };
  const std::size_t first = place_of(acquired.front().first);
  const std::size_t last = std::min(place_of(acquired.back().last), batches.all.size() - 1);
  return {.begin = first == 0 ? 0 : batches.ends[first - 1], .end = batches.ends[last]};
}

}  // namespace sluice
