#include <algorithm>
#include <tuple>

#include "coordinator/group_assignor.h"

namespace sluice {
namespace {

/// Members by instance id, those without one after the others and by id: a static member keeps its place when its
/// id changes.
std::vector<std::size_t> order_of(const std::vector<AssignorMember>& members) {
  std::vector<std::size_t> order(members.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto key = [&members](std::size_t i) {
    const AssignorMember& member = members[i];
    return std::tuple(!member.instance_id.has_value(), member.instance_id.value_or(member.id));
  };
  std::ranges::sort(order, {}, key);
  return order;
}

}  // namespace

GroupAssignment assign_range(const AssignorInput& input) {
  std::map<Uuid, std::vector<std::size_t>> subscribers;
  for (const std::size_t i : order_of(input.members))
    for (const Uuid& topic : input.members[i].topics) subscribers[topic].push_back(i);

  GroupAssignment assignment(input.members.size());
  for (const auto& [topic, members] : subscribers) {
    const std::int32_t partitions = input.partition_counts.at(topic);
    const auto count = static_cast<std::int32_t>(members.size());
    std::int32_t next = 0;
    for (std::int32_t rank = 0; rank < count; ++rank) {
      const std::int32_t size = partitions / count + (rank < partitions % count ? 1 : 0);
      if (size == 0) break;
      std::set<PartitionIndex>& range = assignment[members[static_cast<std::size_t>(rank)]][topic];
      for (const std::int32_t end = next + size; next < end; ++next)
        range.insert(range.end(), PartitionIndex{next});
    }
  }
  return assignment;
}

}  // namespace sluice
