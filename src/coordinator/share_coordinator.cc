#include "coordinator/share_coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/java_hash.h"
#include "coordinator/internal_topics.h"

namespace sluice {
namespace {

// The log's keys hold the group's name as a string with a length of two bytes.
constexpr std::size_t kGroupBytesMax = std::numeric_limits<std::int16_t>::max();

constexpr std::chrono::minutes kLeftoverAge{1};

}  // namespace

ShareCoordinator::ShareCoordinator(Loop& loop, ShareCoordinatorOptions options, TopicExists topic_exists)
    : loop_(loop),
      options_(std::make_shared<const ShareCoordinatorOptions>(options)),
      topic_exists_(std::move(topic_exists)),
      runtime_options_{
          .load_bytes = options.load_bytes, .compression = options.compression, .linger = options.append_linger},
      tasks_(loop) {}

void ShareCoordinator::load(PartitionIndex partition, std::int32_t partition_count,
                            std::unique_ptr<CoordinatorLog> log) {
  SLUICE_ASSERT(partition_count > 0 && !partitions_.contains(partition));
  partition_count_ = partition_count;
  const auto loading = std::make_shared<ShareStatePartition>(
      loop_, fmt::format("{}-{}", kShareTopic, partition.value), std::move(log), options_, runtime_options_);
  partitions_.emplace(partition, loading);
  loading->start();
  if (tasks_.size() == 0) tasks_.start(look_after_logs());
}

Task<void> ShareCoordinator::unload(PartitionIndex partition) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) co_return;
  const Partition unloaded = std::move(found->second);
  partitions_.erase(found);
  co_await unloaded->close();
}

void ShareCoordinator::set_buffer_bytes_max(std::size_t bytes) {
  runtime_options_.buffer_bytes_max = bytes;
  for (const auto& [index, partition] : partitions_) partition->set_buffer_bytes_max(bytes);
}

void ShareCoordinator::forget_topics(const std::set<Uuid>& topics) {
  for (const auto& [index, partition] : partitions_)
    partition->forget(
        [&](const SharePartitionKey& key, const ShareState&) { return topics.contains(key.topic_id); });
}

/// A topic may have been deleted while its states were being loaded, or just before a crash. What was written a
/// moment ago may be of a topic that this shard has not heard of yet.
void ShareCoordinator::forget_leftovers(ShareStatePartition& partition) {
  if (!topic_exists_) return;
  const WallTime long_ago = loop_.wall_now() - kLeftoverAge;
  partition.forget([&](const SharePartitionKey& key, const ShareState& state) {
    return state.written < long_ago && !topic_exists_(key.topic_id);
  });
}

Task<void> ShareCoordinator::close() {
  tasks_.stop();
  while (!partitions_.empty()) {
    const PartitionIndex first = partitions_.begin()->first;
    co_await unload(first);
  }
  co_await tasks_.close();
}

ShareCoordinator::Found ShareCoordinator::partition_of(const SharePartitionKey& key) const {
  if (key.group.empty() || key.group.size() > kGroupBytesMax)
    return {.error = ErrorCode::invalid_request, .partition = nullptr};
  if (partition_count_ == 0) return {.error = ErrorCode::not_coordinator, .partition = nullptr};
  const auto found = partitions_.find(PartitionIndex{partition_for_id(text_of(key), partition_count_)});
  if (found == partitions_.end()) return {.error = ErrorCode::not_coordinator, .partition = nullptr};
  return {.partition = found->second};
}

Task<ErrorCode> ShareCoordinator::initialize(const SharePartitionKey& key, std::int32_t state_epoch,
                                             Offset start) {
  const Found found = partition_of(key);
  if (!found.partition) co_return found.error;
  co_return co_await found.partition->initialize(key, state_epoch, start);
}

Task<ShareStateAnswer> ShareCoordinator::read(const SharePartitionKey& key, LeaderEpoch leader_epoch) {
  const Found found = partition_of(key);
  if (!found.partition) co_return ShareStateAnswer::failed(found.error);
  co_return co_await found.partition->read(key, leader_epoch);
}

Task<ErrorCode> ShareCoordinator::write(const SharePartitionKey& key, const ShareWrite& change) {
  const Found found = partition_of(key);
  if (!found.partition) co_return found.error;
  co_return co_await found.partition->write(key, change);
}

Task<ErrorCode> ShareCoordinator::remove(const SharePartitionKey& key) {
  const Found found = partition_of(key);
  if (!found.partition) co_return found.error;
  co_return co_await found.partition->remove(key);
}

Task<ShareStateAnswer> ShareCoordinator::summarize(const SharePartitionKey& key) {
  const Found found = partition_of(key);
  if (!found.partition) co_return ShareStateAnswer::failed(found.error);
  co_return co_await found.partition->summarize(key);
}

Task<void> ShareCoordinator::look_after_logs() {
  const auto interval = std::min(options_->prune_interval, options_->cold_snapshot_interval);
  while (!tasks_.stopping()) {
    const SteadyTime next = loop_.now() + interval;
    if (co_await tasks_.sleep_until(next)) co_return;
    const std::map<PartitionIndex, Partition> partitions = partitions_;  // They may change meanwhile.
    for (const auto& [index, partition] : partitions) {
      forget_leftovers(*partition);
      co_await partition->snapshot_cold();
      co_await partition->prune();
    }
  }
}

}  // namespace sluice
