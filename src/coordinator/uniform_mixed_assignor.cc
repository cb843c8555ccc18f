// coordinator/uniform_mixed_assignor.cc: sharing out evenly among members that subscribe to different topics. What
// members have stays; what is free goes to the subscriber that has least; then partitions move, topic by topic,
// from the subscriber that has most to the one that has least, until that helps no topic any more.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "coordinator/group_assignor.h"

namespace sluice::detail {
namespace {

/// Topics influence each other. Each round comes closer to balance; after this many the rest is not worth it.
constexpr int kRoundsMax = 16;

struct Topic {
  Uuid id;
  std::vector<std::size_t> subscribers;  // In the order of members.
  std::vector<std::ptrdiff_t> owners;    // Of each partition; -1: nobody.
};

class Balancer {
 public:
  explicit Balancer(const AssignorInput& input) : loads_(input.members.size(), 0) {
    collect(input);
    keep(input);
  }

  GroupAssignment run() {
    for (Topic& topic : topics_) assign_free(topic);
    for (int round = 0; round < kRoundsMax; ++round) {
      bool moved = false;
      for (Topic& topic : topics_) moved |= balance(topic);
      if (!moved) break;
    }
    GroupAssignment assignment(loads_.size());
    for (const Topic& topic : topics_)
      for (std::size_t i = 0; i < topic.owners.size(); ++i)
        assignment[static_cast<std::size_t>(topic.owners[i])][topic.id].insert(
            PartitionIndex{static_cast<std::int32_t>(i)});
    return assignment;
  }

 private:
  // Topics with most partitions for each subscriber first: those with few leave more room to even out later.
  void collect(const AssignorInput& input) {
    std::map<Uuid, Topic> by_id;
    for (std::size_t i = 0; i < input.members.size(); ++i)
      for (const Uuid& id : input.members[i].topics) by_id[id].subscribers.push_back(i);
    for (auto& [id, topic] : by_id) {
      topic.id = id;
      topic.owners.assign(static_cast<std::size_t>(input.partition_counts.at(id)), -1);
      topics_.push_back(std::move(topic));
    }
    std::ranges::sort(topics_, [](const Topic& a, const Topic& b) {
      const std::size_t a_share = a.owners.size() * b.subscribers.size();
      const std::size_t b_share = b.owners.size() * a.subscribers.size();
      return std::tuple(b_share, a.subscribers.size(), a.id) < std::tuple(a_share, b.subscribers.size(), b.id);
    });
  }

  void keep(const AssignorInput& input) {
    for (Topic& topic : topics_)
      for (const std::size_t i : topic.subscribers) {
        if (input.members[i].assigned == nullptr) continue;
        const auto had = input.members[i].assigned->find(topic.id);
        if (had == input.members[i].assigned->end()) continue;
        for (const PartitionIndex partition : had->second) {
          const auto at = static_cast<std::size_t>(partition.value);
          if (at >= topic.owners.size() || topic.owners[at] != -1) continue;
          topic.owners[at] = static_cast<std::ptrdiff_t>(i);
          ++loads_[i];
        }
      }
  }

  using ByLoad = std::set<std::pair<std::size_t, std::size_t>>;  // Load, member.

  void change_load(ByLoad& by_load, std::size_t member, std::size_t load) {
    by_load.erase({loads_[member], member});
    loads_[member] = load;
    by_load.emplace(load, member);
  }

  void assign_free(Topic& topic) {
    if (std::ranges::find(topic.owners, -1) == topic.owners.end()) return;
    ByLoad by_load;
    for (const std::size_t i : topic.subscribers) by_load.emplace(loads_[i], i);
    for (std::ptrdiff_t& owner : topic.owners) {
      if (owner != -1) continue;
      const std::size_t least = by_load.begin()->second;
      owner = static_cast<std::ptrdiff_t>(least);
      change_load(by_load, least, loads_[least] + 1);
    }
  }

  bool balance(Topic& topic) {
    const auto load_of = [this](std::size_t i) { return loads_[i]; };
    const auto [least, most] = std::ranges::minmax(topic.subscribers, {}, load_of);
    if (loads_[most] <= loads_[least] + 1) return false;

    std::map<std::size_t, std::vector<std::size_t>> owned;  // Partitions by their owner.
    for (std::size_t i = 0; i < topic.owners.size(); ++i)
      owned[static_cast<std::size_t>(topic.owners[i])].push_back(i);
    ByLoad takers;
    ByLoad givers;
    for (const std::size_t i : topic.subscribers) takers.emplace(loads_[i], i);
    for (const auto& [owner, partitions] : owned) givers.emplace(loads_[owner], owner);

    bool moved = false;
    while (!givers.empty()) {
      const std::size_t from = givers.rbegin()->second;
      const std::size_t to = takers.begin()->second;
      if (loads_[from] <= loads_[to] + 1) break;
      const std::size_t partition = owned[from].back();
      owned[from].pop_back();
      owned[to].push_back(partition);
      topic.owners[partition] = static_cast<std::ptrdiff_t>(to);
      givers.erase({loads_[from], from});
      givers.erase({loads_[to], to});
      change_load(takers, from, loads_[from] - 1);
      change_load(takers, to, loads_[to] + 1);
      if (!owned[from].empty()) givers.emplace(loads_[from], from);
      givers.emplace(loads_[to], to);
      moved = true;
    }
    return moved;
  }

  std::vector<std::size_t> loads_;  // Partitions of each member.
  std::vector<Topic> topics_;
};

}  // namespace

GroupAssignment assign_uniform_heterogeneous(const AssignorInput& input) { return Balancer(input).run(); }

}  // namespace sluice::detail
