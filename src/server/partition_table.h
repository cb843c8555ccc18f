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
    if (found != partitions_.end()) return found->second;
    if (notes_missed_ && missed_.size() < kMissedMax) missed_.push_back(key);
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

  /// Whether to remember what is looked for and not here, because it may be on its way.
  void note_missed(bool note) {
    notes_missed_ = note;
    missed_.clear();
  }
  std::vector<PartitionKey> take_missed() { return std::exchange(missed_, {}); }

 private:
  static constexpr std::size_t kMissedMax = 1000;
  bool notes_missed_ = false;
  mutable std::vector<PartitionKey> missed_;
  std::unordered_map<PartitionKey, std::shared_ptr<Partition>, PartitionKeyHash> partitions_;
};

}  // namespace sluice
