#include "client/assignor.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::client {
namespace {

/// Static members first, by their instance ids, then the others by member id: an order that outlives a restart.
std::vector<std::string> in_order(const GroupSubscription& members) {
  std::vector<std::string> ids;
  for (const auto& [id, member] : members) ids.push_back(id);
  std::ranges::sort(ids, [&members](const std::string& a, const std::string& b) {
    const auto& first = members.at(a).instance_id;
    const auto& second = members.at(b).instance_id;
    if (first && second) return *first < *second;
    if (first || second) return first.has_value();
    return a < b;
  });
  return ids;
}

bool subscribes(const MemberSubscription& member, std::string_view topic) {
  return std::ranges::find(member.topics, topic) != member.topics.end();
}

GroupAssignment nothing_for(const GroupSubscription& members) {
  GroupAssignment assignment;
  for (const auto& [id, member] : members) assignment.try_emplace(id);
  return assignment;
}

}  // namespace

GroupAssignment assign_range(const TopicSizes& topics, const GroupSubscription& members) {
  GroupAssignment assignment = nothing_for(members);
  const std::vector<std::string> ordered = in_order(members);
  for (const auto& [topic, size] : topics) {
    std::vector<const std::string*> readers;
    for (const std::string& id : ordered)
      if (subscribes(members.at(id), topic)) readers.push_back(&id);
    if (readers.empty()) continue;
    const auto count = static_cast<std::int32_t>(readers.size());
    std::int32_t next = 0;
    for (std::int32_t i = 0; i < count; ++i) {
      const std::int32_t share = size / count + (i < size % count ? 1 : 0);
      for (std::int32_t end = next + share; next < end; ++next)
        assignment[*readers[static_cast<std::size_t>(i)]].push_back({topic, PartitionIndex{next}});
    }
  }
  return assignment;
}

GroupAssignment assign_round_robin(const TopicSizes& topics, const GroupSubscription& members) {
  GroupAssignment assignment = nothing_for(members);
  const std::vector<std::string> ordered = in_order(members);
  std::size_t turn = 0;
  for (const auto& [topic, size] : topics) {
    const bool read =
        std::ranges::any_of(ordered, [&](const std::string& id) { return subscribes(members.at(id), topic); });
    if (!read) continue;
    for (std::int32_t partition = 0; partition < size; ++partition) {
      while (!subscribes(members.at(ordered[turn % ordered.size()]), topic)) ++turn;
      assignment[ordered[turn++ % ordered.size()]].push_back({topic, PartitionIndex{partition}});
    }
  }
  return assignment;
}

const Assignor* find_assignor(std::string_view name) {
  static constexpr std::array<Assignor, 4> kAssignors{{
      {.name = "range", .assign = assign_range},
      {.name = "roundrobin", .assign = assign_round_robin},
      {.name = "sticky", .assign = assign_sticky, .tells_owned_as_data = true},
      {.name = "cooperative-sticky", .assign = assign_cooperative_sticky, .cooperative = true},
  }};
  const auto* const found = std::ranges::find(kAssignors, name, &Assignor::name);
  return found == kAssignors.end() ? nullptr : found;
}

}  // namespace sluice::client
