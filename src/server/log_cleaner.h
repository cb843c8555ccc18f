// server/log_cleaner.h: compacts one shard's partitions, the dirtiest first.
#pragma once

#include <atomic>

#include "config/broker_sections.h"
#include "server/partition_table.h"

namespace sluice {

/// How many logs of a node are being compacted (log.cleaner.threads). For any thread.
class CleanersAtWork {
 public:
  /// Whether one more may begin.
  bool begin(int most) {
    if (at_work_.fetch_add(1, std::memory_order_relaxed) < most) return true;
    end();
    return false;
  }
  void end() { at_work_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::atomic<int> at_work_ = 0;
};

/// Lives on its shard.
class LogCleaner {
 public:
  /// All of it outlives the cleaner.
  LogCleaner(Loop& loop, Disk& disk, PartitionTable& partitions, CleanersAtWork& at_work, CleanerConfig config)
      : loop_(loop), disk_(disk), partitions_(partitions), at_work_(at_work), config_(std::move(config)) {}

  /// Holds from the next log on.
  void configure(CleanerConfig config) { config_ = std::move(config); }
  /// Works until `tasks`, in which it runs, stops.
  Task<void> run(TaskGroup& tasks);

 private:
  struct Choice {
    std::shared_ptr<Partition> partition;
    Dirtiness dirt;
  };
  CompactionLimits limits() const;
  Task<bool> clean_one(TaskGroup& tasks);
  Task<std::optional<Choice>> choose(TaskGroup& tasks, Compaction& compaction);

  Loop& loop_;
  Disk& disk_;
  PartitionTable& partitions_;
  CleanersAtWork& at_work_;
  CleanerConfig config_;
};

}  // namespace sluice
