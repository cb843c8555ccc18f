// How partitions are shared out: everybody gets a fair share of what it subscribes to, nothing is left out or
// given twice, and little moves.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "coordinator/group_assignor.h"
#include "coordinator/group_world.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;

struct Wish {
  std::string id;
  std::vector<std::string> topics;
  AssignedPartitions had = {};
  std::optional<std::string> instance = {};
};

/// A group whose members are sorted by id, as the assignors are given them.
class Sharing {
 public:
  Sharing(std::map<std::string, std::int32_t> topics, std::vector<Wish> wishes)
      : topics_(std::move(topics)), wishes_(std::move(wishes)) {}

  const GroupAssignment& share(GroupAssignor assignor) {
    AssignorInput input;
    input.is_homogeneous = std::ranges::all_of(wishes_, [this](const Wish& wish) {
      return std::ranges::is_permutation(wish.topics, wishes_.front().topics);
    });
    for (const Wish& wish : wishes_) {
      AssignorMember& member = input.members.emplace_back();
      member.id = wish.id;
      if (wish.instance) member.instance_id = *wish.instance;
      for (const std::string& topic : wish.topics)
        if (topics_.contains(topic)) {
          member.topics.push_back(topic_id(topic));
          input.partition_counts[topic_id(topic)] = topics_.at(topic);
        }
      std::ranges::sort(member.topics);
      member.assigned = &wish.had;
    }
    assignment_ = assignor(input);
    EXPECT_EQ(assignor(input), assignment_) << "the same input gave another assignment";
    check();
    return assignment_;
  }

  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> sizes;
    for (const AssignedPartitions& assigned : assignment_) sizes.push_back(count_partitions(assigned));
    return sizes;
  }
  /// Partitions that somebody has and had not.
  std::size_t moves() const {
    std::size_t moved = 0;
    for (std::size_t i = 0; i < wishes_.size(); ++i)
      for (const auto& [topic, partitions] : assignment_[i])
        for (const PartitionIndex partition : partitions) {
          const auto had = wishes_[i].had.find(topic);
          if (had == wishes_[i].had.end() || !had->second.contains(partition)) ++moved;
        }
    return moved;
  }
  std::vector<Wish>& wishes() { return wishes_; }
  void keep() {
    for (std::size_t i = 0; i < wishes_.size(); ++i) wishes_[i].had = assignment_[i];
  }
  /// Whether no subscriber of a topic has two partitions more than another while it could give one of them away.
  bool is_balanced() const {
    const std::vector<std::size_t> loads = sizes();
    for (std::size_t from = 0; from < wishes_.size(); ++from)
      for (const auto& [topic, partitions] : assignment_[from])
        for (std::size_t to = 0; to < wishes_.size(); ++to) {
          const bool wants = std::ranges::any_of(wishes_[to].topics,
                                                 [&](const std::string& name) { return topic_id(name) == topic; });
          if (wants && loads[from] > loads[to] + 1) return false;
        }
    return true;
  }

 private:
  void check() const {
    std::map<std::pair<Uuid, PartitionIndex>, int> owners;
    for (std::size_t i = 0; i < wishes_.size(); ++i)
      for (const auto& [topic, partitions] : assignment_[i]) {
        EXPECT_FALSE(partitions.empty());
        EXPECT_TRUE(std::ranges::any_of(wishes_[i].topics,
                                        [&](const std::string& name) { return topic_id(name) == topic; }))
            << wishes_[i].id << " did not subscribe to it";
        for (const PartitionIndex partition : partitions) ++owners[{topic, partition}];
      }
    std::size_t wanted = 0;
    for (const auto& [name, count] : topics_) {
      const bool is_wanted = std::ranges::any_of(
          wishes_, [&](const Wish& wish) { return std::ranges::find(wish.topics, name) != wish.topics.end(); });
      if (is_wanted) wanted += static_cast<std::size_t>(count);
    }
    EXPECT_EQ(owners.size(), wanted) << "partitions were left out, or invented";
    for (const auto& [partition, count] : owners) EXPECT_EQ(count, 1) << "a partition was given twice";
  }

  std::map<std::string, std::int32_t> topics_;
  std::vector<Wish> wishes_;
  GroupAssignment assignment_;
};

AssignedPartitions both(AssignedPartitions a, const AssignedPartitions& b) {
  for (const auto& [topic, partitions] : b) a[topic].insert(partitions.begin(), partitions.end());
  return a;
}

TEST(RangeAssignor, GivesTheSameNumbersOfEveryTopic) {
  Sharing sharing({{"s", 5}, {"t", 5}}, {{"a", {"s", "t"}}, {"b", {"s", "t"}}});
  EXPECT_THAT(sharing.share(assign_range),
              ElementsAre(both(partitions_of("s", {0, 1, 2}), partitions_of("t", {0, 1, 2})),
                          both(partitions_of("s", {3, 4}), partitions_of("t", {3, 4}))));
}

TEST(RangeAssignor, OrdersStaticMembersByTheirInstanceIdAndPutsThemFirst) {
  Sharing sharing({{"t", 3}}, {{"a", {"t"}}, {"b", {"t"}, {}, "2"}, {"c", {"t"}, {}, "1"}});
  EXPECT_THAT(sharing.share(assign_range),
              ElementsAre(partitions_of("t", {2}), partitions_of("t", {1}), partitions_of("t", {0})));
}

TEST(RangeAssignor, SharesEachTopicAmongItsSubscribersOnly) {
  Sharing sharing({{"s", 2}, {"t", 4}}, {{"a", {"s"}}, {"b", {"s", "t"}}, {"c", {"t", "gone"}}});
  EXPECT_THAT(sharing.share(assign_range),
              ElementsAre(partitions_of("s", {0}), both(partitions_of("s", {1}), partitions_of("t", {0, 1})),
                          partitions_of("t", {2, 3})));
}

TEST(UniformAssignor, GivesAsManyToEachAndLeavesNothingMovedWithoutNeed) {
  Sharing sharing({{"s", 4}, {"t", 3}}, {{"a", {"s", "t"}}, {"b", {"t", "s"}}, {"c", {"s", "t"}}});
  sharing.share(assign_uniform);
  EXPECT_THAT(sharing.sizes(), testing::UnorderedElementsAre(2, 2, 3));
  sharing.keep();
  sharing.share(assign_uniform);
  EXPECT_EQ(sharing.moves(), 0);
}

// The one that has more stays the one that has more, wherever it stands in the order.
TEST(UniformAssignor, LetsWhoeverHasMoreKeepIt) {
  Sharing sharing({{"t", 3}}, {{"a", {"t"}, partitions_of("t", {0})}, {"b", {"t"}, partitions_of("t", {1, 2})}});
  sharing.share(assign_uniform);
  EXPECT_EQ(sharing.moves(), 0);
}

TEST(UniformAssignor, TakesOnlyWhatANewMemberIsToHave) {
  Sharing sharing({{"t", 9}}, {{"a", {"t"}, partitions_of("t", {0, 1, 2, 3, 4})},
                               {"b", {"t"}, partitions_of("t", {5, 6, 7, 8})},
                               {"c", {"t"}}});
  sharing.share(assign_uniform);
  EXPECT_THAT(sharing.sizes(), ElementsAre(3, 3, 3));
  EXPECT_EQ(sharing.moves(), 3);
}

TEST(UniformAssignor, GivesWhatALeaverHadToTheOthersAndLeavesTheirsAlone) {
  Sharing sharing({{"t", 6}},
                  {{"a", {"t"}, partitions_of("t", {0, 1})}, {"b", {"t"}, partitions_of("t", {2, 3})}});
  sharing.share(assign_uniform);
  EXPECT_THAT(sharing.sizes(), ElementsAre(3, 3));
  EXPECT_EQ(sharing.moves(), 2);
}

TEST(UniformAssignor, ForgetsWhatIsNotSubscribedToOrDoesNotExistAnyMore) {
  Sharing sharing({{"t", 2}}, {{"a", {"t"}, both(partitions_of("s", {0}), partitions_of("t", {0, 1, 7}))}});
  EXPECT_THAT(sharing.share(assign_uniform), ElementsAre(partitions_of("t", {0, 1})));
}

TEST(UniformAssignor, EvensOutWhatMembersOfDifferentSubscriptionsHave) {
  Sharing sharing({{"s", 4}, {"t", 2}}, {{"a", {"s", "t"}}, {"b", {"s"}}, {"c", {"t"}}});
  sharing.share(assign_uniform);
  EXPECT_THAT(sharing.sizes(), ElementsAre(2, 2, 2));
}

TEST(UniformAssignor, MovesFromTheFullestWhenAMemberComes) {
  Sharing sharing(
      {{"s", 3}, {"t", 3}},
      {{"a", {"s", "t"}, both(partitions_of("s", {0, 1, 2}), partitions_of("t", {0, 1, 2}))}, {"b", {"t"}}});
  sharing.share(assign_uniform);
  EXPECT_THAT(sharing.sizes(), ElementsAre(3, 3));
  EXPECT_EQ(sharing.moves(), 3);
}

TEST(Assignors, GiveNothingToNobody) {
  for (const GroupAssignor assignor : {assign_range, assign_uniform}) {
    EXPECT_TRUE(assignor({}).empty());
    Sharing sharing({}, {{"a", {"gone"}}});
    EXPECT_THAT(sharing.share(assignor), ElementsAre(AssignedPartitions{}));
  }
}

// Groups that members join, leave and resubscribe in. The seed of a failure replays it: SLUICE_SEED=n.
TEST(Assignors, ShareFairlyWhoeverComesAndGoes) {
  const char* fixed = std::getenv("SLUICE_SEED");
  for (std::uint64_t seed = fixed ? std::strtoull(fixed, nullptr, 10) : 1; seed <= (fixed ? seed : 200); ++seed) {
    SCOPED_TRACE(fmt::format("SLUICE_SEED={}", seed));
    sim::Random random(seed);
    std::map<std::string, std::int32_t> topics;
    for (const char* name : {"s", "t", "u", "v"}) topics[name] = static_cast<std::int32_t>(random.below(9));
    const bool mixed = random.below(2) == 0;
    const auto wish = [&](const std::string& id) {
      Wish wish{.id = id, .topics = {}};
      for (const auto& [name, count] : topics)
        if (!mixed || random.below(2) == 0) wish.topics.push_back(name);
      return wish;
    };
    Sharing sharing(topics, {wish("m5")});
    for (int turn = 0; turn < 12 && !testing::Test::HasFailure(); ++turn) {
      std::vector<Wish>& wishes = sharing.wishes();
      if (random.below(3) == 0 && wishes.size() > 1)
        wishes.erase(wishes.begin() + static_cast<std::ptrdiff_t>(random.below(wishes.size())));
      else
        wishes.push_back(wish(fmt::format("m{}-{}", random.below(10), turn)));
      std::ranges::sort(wishes, {}, &Wish::id);
      sharing.share(assign_range);
      sharing.share(assign_uniform);
      EXPECT_TRUE(sharing.is_balanced());
      if (!mixed) EXPECT_LE(std::ranges::max(sharing.sizes()), std::ranges::min(sharing.sizes()) + 1);
      sharing.keep();
      sharing.share(assign_uniform);
      EXPECT_EQ(sharing.moves(), 0) << "nothing had changed";
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::test
