#include "tools/offset_search.h"

#include <algorithm>

namespace sluice::tools {

using client::Admin;
using client::TopicPartition;

Task<std::expected<PartitionSet, Refusal>> find_partitions(Admin& admin, TopicSelection selection) {
  std::set<std::string> topics(selection.topics.begin(), selection.topics.end());
  for (const TopicPartition& partition : selection.partitions) topics.insert(partition.topic);
  const auto described = co_await admin.describe_topics({topics.begin(), topics.end()});
  PartitionSet partitions;
  for (const auto& [name, topic] : described) {
    const bool whole = std::ranges::find(selection.topics, name) != selection.topics.end();
    if (!topic && (whole || topic.error().code != ErrorCode::unknown_topic_or_partition))
      co_return refused(topic.error(), false);
    if (!topic || !whole) continue;
    for (const client::PartitionInfo& partition : topic->partitions)
      partitions.insert({name, partition.partition});
  }
  std::string missing;
  for (const TopicPartition& partition : selection.partitions) {
    const auto& topic = described.at(partition.topic);
    if (topic && topic->find(partition.partition) != nullptr)
      partitions.insert(partition);
    else
      missing += (missing.empty() ? "" : ",") + client::to_string(partition);
  }
  if (!missing.empty())
    co_return std::unexpected(
        Refusal{.kind = Refusal::Kind::said, .text = fmt::format("The partitions \"{}\" do not exist", missing)});
  co_return partitions;
}

Task<PlannedOffsets> offsets_at(Admin& admin, PartitionSet partitions, std::int64_t time) {
  std::map<TopicPartition, std::int64_t> times;
  for (const TopicPartition& partition : partitions) times[partition] = time;
  OffsetPlan plan;
  if (times.empty()) co_return plan;
  const auto listed = co_await admin.list_offsets(std::move(times));
  for (const auto& [partition, offset] : listed) {
    if (!offset) co_return refused(offset.error(), true);
    plan[partition] = offset->offset.value;
  }
  co_return plan;
}

Task<PlannedOffsets> offsets_at_time(Admin& admin, PartitionSet partitions, std::int64_t time) {
  PlannedOffsets plan = co_await offsets_at(admin, std::move(partitions), time);
  if (!plan) co_return plan;
  PartitionSet later;
  for (const auto& [partition, offset] : *plan) {
    if (offset >= 0) continue;
    fmt::print("\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.\n",
               partition.partition.value, partition.topic);
    later.insert(partition);
  }
  const PlannedOffsets ends = co_await offsets_at(admin, std::move(later), client::offset_at::kLatest);
  if (!ends) co_return ends;
  for (const auto& [partition, end] : *ends) (*plan)[partition] = end;
  co_return plan;
}

}  // namespace sluice::tools
