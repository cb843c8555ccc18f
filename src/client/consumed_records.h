// client/consumed_records.h: what a poll returns.
#pragma once

#include <memory>
#include <vector>

#include "client/topic_partition.h"
#include "record/record_view.h"

namespace sluice::client {

/// One record. Its bytes are kept by the ConsumedRecords that it came with.
struct ConsumedRecord {
  Offset offset;
  WallTime timestamp;
  TimestampType timestamp_type = TimestampType::create_time;
  LeaderEpoch leader_epoch{-1};  ///< Of the leader that appended it; -1 if it is not known.
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  HeadersView headers;
  std::int16_t delivery_count = 0;  ///< How often a share group has had it, this time included; else 0.
};

/// Records of one partition, by offset.
struct PartitionRecords {
  TopicPartition partition;
  std::vector<ConsumedRecord> records;
};

/// A set of records with the memory that they view. It moves, may outlive its consumer, and frees all at once.
class ConsumedRecords {
 public:
  const std::vector<PartitionRecords>& partitions() const { return partitions_; }
  std::size_t count() const {
    std::size_t count = 0;
    for (const PartitionRecords& partition : partitions_) count += partition.records.size();
    return count;
  }
  bool empty() const { return partitions_.empty(); }

  /// Adds records of a partition. `owner` keeps what they view.
  void add(PartitionRecords records) { partitions_.push_back(std::move(records)); }
  void keep(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }

 private:
  std::vector<PartitionRecords> partitions_;
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace sluice::client
