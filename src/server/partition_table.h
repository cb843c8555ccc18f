// server/partition_table.h: the partitions that one shard owns.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "replica/partition.h"
#include "server/expected_partitions.h"
#include "server/partition_key.h"

namespace sluice {

class PartitionTable {
 public:
  explicit PartitionTable(Loop& loop) : expected_(loop) {}

  /// Null if it is not here.
  std::shared_ptr<Partition> find(const PartitionKey& key) {
    const auto found = partitions_.find(key);
    if (found != partitions_.end()) return found->second;
    expected_.want(key);
    return nullptr;
  }
  void put(const PartitionKey& key, std::shared_ptr<Partition> partition) {
    partitions_[key] = std::move(partition);
  }
  /// Null if it was not here.
  std::shared_ptr<Partition> take(const PartitionKey& key);
  /// All, by name: no order of a hash shows.
  std::vector<std::shared_ptr<Partition>> all() const;
  std::size_t size() const { return partitions_.size(); }

  /// The same as a value that partitions share: most topics are configured alike.
  PartitionSettingsPointer share(PartitionSettings settings);

  /// Those that are on their way here.
  ExpectedPartitions& expected() { return expected_; }

 private:
  ExpectedPartitions expected_;
  std::vector<std::weak_ptr<const PartitionSettings>> shared_settings_;  ///< A few; the one used last is the last.
  std::unordered_map<PartitionKey, std::shared_ptr<Partition>, PartitionKeyHash> partitions_;
};

}  // namespace sluice
