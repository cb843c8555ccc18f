// tools/bench/timeline.h: when each batch was meant to be sent, so that whoever receives it knows how long it
// took.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tools/bench/window.h"
#include "wire/ids.h"

namespace sluice::tools::bench {

/// Batches of one size, each partition's written by one connection and by nobody else: a partition's batches then
/// have the offsets in the order in which they were sent.
class Timeline {
 public:
  /// `starts` has where each partition ended before the first batch.
  Timeline(const std::map<PartitionIndex, Offset>& starts, std::uint64_t records_per_batch)
      : records_(static_cast<std::int64_t>(records_per_batch)) {
    for (const auto& [partition, offset] : starts) partitions_[partition] = {.start = offset, .sent = {}};
  }

  void sent(PartitionIndex partition, Time intended) { partitions_.at(partition).sent.push_back(intended); }
  /// Nothing for a batch that this run has not sent.
  std::optional<Time> find(PartitionIndex partition, Offset base) const {
    const Partition& known = partitions_.at(partition);
    const std::int64_t number = (base - known.start) / records_;
    if (base < known.start || std::cmp_greater_equal(number, known.sent.size())) return std::nullopt;
    return known.sent[static_cast<std::size_t>(number)];
  }

 private:
  struct Partition {
    Offset start;
    std::vector<Time> sent;
  };
  std::map<PartitionIndex, Partition> partitions_;
  std::int64_t records_;
};

}  // namespace sluice::tools::bench
