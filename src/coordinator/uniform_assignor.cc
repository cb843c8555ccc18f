#include <algorithm>
#include <deque>
#include <utility>

#include "base/assert.h"
#include "coordinator/group_assignor.h"

namespace sluice {
namespace detail {
namespace {

struct Partition {
  Uuid topic;
  PartitionIndex index;
};

/// What a member had and may keep. Of two that had the same partition, which does not happen, the first keeps it.
GroupAssignment still_valid(const AssignorInput& input, AssignedPartitions& taken) {
  GroupAssignment kept(input.members.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (input.members[i].assigned == nullptr) continue;
    for (const auto& [topic, partitions] : *input.members[i].assigned) {
      const auto count = input.partition_counts.find(topic);
      if (count == input.partition_counts.end()) continue;
      for (const PartitionIndex partition : partitions)
        if (partition.value < count->second && taken[topic].insert(partition).second)
          kept[i][topic].insert(partition);
    }
  }
  return kept;
}

void remove(AssignedPartitions& assigned, const Partition& partition) {
  const auto topic = assigned.find(partition.topic);
  topic->second.erase(partition.index);
  if (topic->second.empty()) assigned.erase(topic);
}

/// Takes what is beyond `quota`, from the last topic's last partition on.
void give_up(AssignedPartitions& assigned, std::size_t quota, std::vector<Partition>& free) {
  for (std::size_t size = count_partitions(assigned); size > quota; --size) {
    const auto& [topic, partitions] = *assigned.rbegin();
    free.push_back({topic, *partitions.rbegin()});
    remove(assigned, free.back());
  }
}

}  // namespace

GroupAssignment assign_uniform_homogeneous(const AssignorInput& input) {
  AssignedPartitions taken;
  GroupAssignment assignment = still_valid(input, taken);
  std::vector<Partition> free;
  std::size_t total = 0;
  for (const auto& [topic, count] : input.partition_counts) {
    const std::set<PartitionIndex>& taken_here = taken[topic];
    for (PartitionIndex index{0}; index.value < count; ++index.value)
      if (!taken_here.contains(index)) free.push_back({topic, index});
    total += static_cast<std::size_t>(count);
  }

  // Who has more than the least already gets one of the larger shares first, so that it can keep what it has.
  const std::size_t least = total / assignment.size();
  std::size_t larger = total % assignment.size();
  std::vector<std::size_t> quotas(assignment.size(), least);
  const auto enlarge = [&](std::size_t i) {
    if (larger == 0) return;
    ++quotas[i];
    --larger;
  };
  for (std::size_t i = 0; i < assignment.size(); ++i)
    if (count_partitions(assignment[i]) > least) enlarge(i);
  for (std::size_t i = 0; i < assignment.size(); ++i)
    if (quotas[i] == least) enlarge(i);

  for (std::size_t i = 0; i < assignment.size(); ++i) give_up(assignment[i], quotas[i], free);
  auto next = free.begin();
  for (std::size_t i = 0; i < assignment.size(); ++i)
    for (std::size_t size = count_partitions(assignment[i]); size < quotas[i]; ++size, ++next)
      assignment[i][next->topic].insert(next->index);
  SLUICE_ASSERT(next == free.end());
  return assignment;
}

}  // namespace detail

GroupAssignment assign_uniform(const AssignorInput& input) {
  if (input.members.empty() || input.partition_counts.empty()) return GroupAssignment(input.members.size());
  return input.is_homogeneous ? detail::assign_uniform_homogeneous(input)
                              : detail::assign_uniform_heterogeneous(input);
}

GroupAssignor find_consumer_assignor(std::string_view name) {
  if (name == "uniform") return assign_uniform;
  if (name == "range") return assign_range;
  return nullptr;
}

}  // namespace sluice
