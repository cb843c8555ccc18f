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

/// Which partitions of each topic somebody keeps.
using Taken = std::map<Uuid, std::vector<bool>>;

/// What a member had and may keep. Of two that had the same partition, which does not happen, the first keeps it.
GroupAssignment still_valid(const AssignorInput& input, Taken& taken) {
  GroupAssignment kept(input.members.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (input.members[i].assigned == nullptr) continue;
    for (const auto& [topic, partitions] : *input.members[i].assigned) {
      const auto of_topic = taken.find(topic);
      if (of_topic == taken.end()) continue;
      std::set<PartitionIndex> valid;
      for (const PartitionIndex partition : partitions) {
        if (partition.value < 0 || std::cmp_greater_equal(partition.value, of_topic->second.size())) continue;
        const auto place = static_cast<std::size_t>(partition.value);
        if (!of_topic->second[place]) valid.insert(valid.end(), partition);
        of_topic->second[place] = true;
      }
      if (!valid.empty()) kept[i].emplace_hint(kept[i].end(), topic, std::move(valid));
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
  Taken taken;
  for (const auto& [topic, count] : input.partition_counts) taken[topic].resize(static_cast<std::size_t>(count));
  GroupAssignment assignment = still_valid(input, taken);
  std::vector<Partition> free;
  std::size_t total = 0;
  for (const auto& [topic, taken_here] : taken) {
    for (std::size_t index = 0; index < taken_here.size(); ++index)
      if (!taken_here[index]) free.push_back({topic, {static_cast<std::int32_t>(index)}});
    total += taken_here.size();
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
