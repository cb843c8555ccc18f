// server/partition_table.h: the partitions that one shard owns.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "replica/partition.h"
#include "server/partition_key.h"

namespace sluice {

class PartitionTable {
 public:
  /// Null if it is not here.
  std::shared_ptr<Partition> find(const PartitionKey& key) const {
    const auto found = partitions_.find(key);
    return found == partitions_.end() ? nullptr : found->second;
  }
  void put(const PartitionKey& key, std::shared_ptr<Partition> partition) {
    partitions_[key] = std::move(partition);
  }
  /// Null if it was not here.
  std::shared_ptr<Partition> take(const PartitionKey& key);
  /// All, by name: no order of a hash shows.
  std::vector<std::shared_ptr<Partition>> all() const;
  std::size_t size() const { return partitions_.size(); }

 private:
  std::unordered_map<PartitionKey, std::shared_ptr<Partition>, PartitionKeyHash> partitions_;
};

}  // namespace sluice
