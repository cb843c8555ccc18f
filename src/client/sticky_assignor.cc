// The sticky assignors: what is owned stays where it is as far as evenness allows, what is free goes to who has
// least, and then single partitions move from who has much to who has little.
#include <algorithm>
#include <set>
#include <utility>

#include "client/assignor.h"

namespace sluice::client {
namespace {

using Owners = std::map<TopicPartition, std::string>;

/// Who may say that a partition is his: who got it in the youngest generation. Of several in the same generation
/// nobody, as they cannot all be right.
Owners rightful_owners(const TopicSizes& topics, const GroupSubscription& members) {
  struct Claim {
    std::int32_t generation;
    std::string member;
    bool disputed;
  };
  std::map<TopicPartition, Claim> claims;
  for (const auto& [id, member] : members) {
    for (const TopicPartition& partition : member.owned) {
      const auto topic = topics.find(partition.topic);
      if (topic == topics.end() || partition.partition.value < 0 || partition.partition.value >= topic->second)
        continue;
      const auto [claim, is_new] = claims.try_emplace(partition, Claim{member.generation, id, false});
      if (is_new) continue;
      if (member.generation > claim->second.generation)
        claim->second = {member.generation, id, false};
      else if (member.generation == claim->second.generation)
        claim->second.disputed = true;
    }
  }
  Owners owners;
  for (auto& [partition, claim] : claims)
    if (!claim.disputed) owners.emplace(partition, std::move(claim.member));
  return owners;
}

/// The work in hand. Members are numbers here, in the order of their ids.
class Balance {
 public:
  Balance(const TopicSizes& topics, const GroupSubscription& members) : owners_(rightful_owners(topics, members)) {
    for (const auto& [id, member] : members) ids_.push_back(id);
    held_.resize(ids_.size());
    for (const auto& [topic, size] : topics) {
      std::vector<std::size_t> readers;
      for (std::size_t i = 0; i < ids_.size(); ++i)
        if (std::ranges::find(members.at(ids_[i]).topics, topic) != members.at(ids_[i]).topics.end())
          readers.push_back(i);
      if (readers.empty()) continue;
      for (std::int32_t partition = 0; partition < size; ++partition)
        free_.push_back({topic, PartitionIndex{partition}});
      readers_.emplace(topic, std::move(readers));
    }
    for (std::size_t i = 0; i < ids_.size(); ++i) by_load_.emplace(0, i);
  }

  void keep_what_is_owned() {
    std::erase_if(free_, [this](const TopicPartition& partition) {
      const std::optional<std::size_t> owner = reading_owner(partition);
      if (owner) give(partition, *owner);
      return owner.has_value();
    });
  }

  void give_out_what_is_free() {
    // Those that few may read first: later there might be nobody left with room for them.
    std::ranges::sort(free_, [this](const TopicPartition& a, const TopicPartition& b) {
      const std::size_t readers_of_a = readers_.at(a.topic).size();
      const std::size_t readers_of_b = readers_.at(b.topic).size();
      return readers_of_a != readers_of_b ? readers_of_a < readers_of_b : a < b;
    });
    for (const TopicPartition& partition : free_) give(partition, least_loaded(readers_.at(partition.topic)));
    free_.clear();
  }

  /// Ends when no single move makes it more even: each one brings two loads closer together.
  void even_out() {
    bool moved = true;
    while (moved) {
      moved = false;
      // From the heaviest down; after a move the order has changed, so that one begins again.
      for (auto heavy = by_load_.rbegin(); heavy != by_load_.rend() && !moved; ++heavy) {
        if (heavy->first <= by_load_.begin()->first + 1) break;
        moved = relieve(heavy->second);
      }
    }
  }

  GroupAssignment result() const {
    GroupAssignment assignment;
    for (std::size_t i = 0; i < ids_.size(); ++i)
      assignment.emplace(ids_[i], std::vector<TopicPartition>(held_[i].begin(), held_[i].end()));
    return assignment;
  }

  const Owners& owners() const { return owners_; }

 private:
  std::optional<std::size_t> reading_owner(const TopicPartition& partition) const {
    const auto owner = owners_.find(partition);
    if (owner == owners_.end()) return std::nullopt;
    const auto index = static_cast<std::size_t>(std::ranges::lower_bound(ids_, owner->second) - ids_.begin());
    const std::vector<std::size_t>& readers = readers_.at(partition.topic);
    return std::ranges::find(readers, index) != readers.end() ? std::optional(index) : std::nullopt;
  }

  std::size_t least_loaded(const std::vector<std::size_t>& among) const {
    return *std::ranges::min_element(among, {}, [this](std::size_t i) { return held_[i].size(); });
  }

  void set_load(std::size_t member, std::size_t before) {
    by_load_.erase({before, member});
    by_load_.emplace(held_[member].size(), member);
  }
  void give(const TopicPartition& partition, std::size_t to) {
    const std::size_t before = held_[to].size();
    held_[to].insert(partition);
    set_load(to, before);
  }
  void take(const TopicPartition& partition, std::size_t from) {
    const std::size_t before = held_[from].size();
    held_[from].erase(partition);
    set_load(from, before);
  }

  /// Moves one partition from a member to the least loaded of those that may read it, if that has two fewer or
  /// less. What the member did not own before goes first, since it moves anyway.
  bool relieve(std::size_t heavy) {
    const TopicPartition* best = nullptr;
    std::pair<std::size_t, bool> best_rank;
    std::size_t best_target = 0;
    std::map<std::string_view, std::size_t> targets;
    for (const TopicPartition& partition : held_[heavy]) {
      auto target = targets.find(partition.topic);
      if (target == targets.end())
        target = targets.emplace(partition.topic, least_loaded(readers_.at(partition.topic))).first;
      const std::size_t load = held_[target->second].size();
      if (load + 1 >= held_[heavy].size()) continue;
      const auto owner = owners_.find(partition);
      const std::pair rank(load, owner != owners_.end() && owner->second == ids_[heavy]);
      if (best == nullptr || rank < best_rank) {
        best = &partition;
        best_rank = rank;
        best_target = target->second;
      }
    }
    if (best == nullptr) return false;
    const TopicPartition moving = *best;
    take(moving, heavy);
    give(moving, best_target);
    return true;
  }

  Owners owners_;
  std::vector<std::string> ids_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> readers_;
  std::vector<std::set<TopicPartition>> held_;
  std::vector<TopicPartition> free_;
  std::set<std::pair<std::size_t, std::size_t>> by_load_;  // How many a member holds, and which it is.
};

std::pair<GroupAssignment, Owners> assign_with_owners(const TopicSizes& topics, const GroupSubscription& members) {
  Balance balance(topics, members);
  balance.keep_what_is_owned();
  balance.give_out_what_is_free();
  balance.even_out();
  return {balance.result(), balance.owners()};
}

}  // namespace

GroupAssignment assign_sticky(const TopicSizes& topics, const GroupSubscription& members) {
  return assign_with_owners(topics, members).first;
}

GroupAssignment assign_cooperative_sticky(const TopicSizes& topics, const GroupSubscription& members) {
  GroupAssignment assignment = assign_with_owners(topics, members).first;
  // Also who is not the rightful owner may still be reading, until it hears of this assignment.
  std::map<TopicPartition, std::set<std::string_view>> holders;
  for (const auto& [id, member] : members)
    for (const TopicPartition& partition : member.owned) holders[partition].insert(id);
  for (auto& [id, partitions] : assignment) {
    std::erase_if(partitions, [&](const TopicPartition& partition) {
      const auto held = holders.find(partition);
      return held != holders.end() && !held->second.contains(id);
    });
  }
  return assignment;
}

}  // namespace sluice::client
