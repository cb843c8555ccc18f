#include "server/partition_table.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::size_t kSharedSettingsMax = 16;

bool is_same(const std::optional<Compression>& a, const std::optional<Compression>& b) {
  return a.has_value() == b.has_value() && (!a || (a->codec == b->codec && a->level == b->level));
}

bool is_same(const PartitionSettings& a, const PartitionSettings& b) {
  return a.log == b.log && is_same(a.compression, b.compression) &&
         a.timestamp_before_max == b.timestamp_before_max && a.timestamp_after_max == b.timestamp_after_max &&
         a.in_sync_replicas_min == b.in_sync_replicas_min;
}

}  // namespace

PartitionSettingsPointer PartitionTable::share(PartitionSettings settings) {
  for (auto at = shared_settings_.rbegin(); at != shared_settings_.rend(); ++at) {
    const PartitionSettingsPointer known = at->lock();
    if (!known || !is_same(*known, settings)) continue;
    std::rotate(shared_settings_.rbegin(), at, std::next(at));
    return known;
  }
  if (shared_settings_.size() == kSharedSettingsMax) shared_settings_.erase(shared_settings_.begin());
  auto shared = std::make_shared<const PartitionSettings>(std::move(settings));
  shared_settings_.push_back(shared);
  return shared;
}

std::shared_ptr<Partition> PartitionTable::take(const PartitionKey& key) {
  const auto found = partitions_.find(key);
  if (found == partitions_.end()) return nullptr;
  std::shared_ptr<Partition> partition = std::move(found->second);
  partitions_.erase(found);
  return partition;
}

std::vector<std::shared_ptr<Partition>> PartitionTable::all() const {
  std::vector<std::shared_ptr<Partition>> all;
  all.reserve(partitions_.size());
  for (const auto& [key, partition] : partitions_) all.push_back(partition);  // Order: sorted below.
  std::ranges::sort(all, {}, [](const auto& partition) -> const LogName& { return partition->name(); });
  return all;
}

}  // namespace sluice
