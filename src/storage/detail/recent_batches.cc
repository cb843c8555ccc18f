#include "storage/detail/recent_batches.h"

#include <algorithm>

namespace sluice::detail {

void RecentBatches::push(Batch batch) {
  if (batches_.size() == 2 * kCountMin) batches_.erase(batches_.begin(), batches_.begin() + kCountMin);
  batches_.push_back(batch);
}

void RecentBatches::truncate_to(Offset end) {
  while (!batches_.empty() && batches_.back().next > end) batches_.pop_back();
}

std::optional<RecentBatches::Batch> RecentBatches::find(Offset target) const {
  if (batches_.empty() || target < batches_.front().base) return std::nullopt;
  const auto found = std::ranges::upper_bound(batches_, target, {}, &Batch::next);
  if (found == batches_.end()) return std::nullopt;
  return *found;
}

}  // namespace sluice::detail
