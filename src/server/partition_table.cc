#include "server/partition_table.h"

#include <algorithm>

namespace sluice {

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
