#include "client/assignor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fmt/format.h"
#include "simulation/sim_loop.h"

namespace sluice::client {
namespace {

/// "t0 t1 s2": a member's partitions, topics having names of one letter.
std::string shown(const std::vector<TopicPartition>& partitions) {
  std::string text;
  for (const TopicPartition& partition : partitions)
    text += (text.empty() ? "" : " ") + partition.topic + std::to_string(partition.partition.value);
  return text;
}

std::vector<TopicPartition> parts(std::string_view text) {
  std::vector<TopicPartition> partitions;
  for (std::size_t i = 0; i + 1 < text.size(); i += 3)
    partitions.push_back({std::string(1, text[i]), PartitionIndex{text[i + 1] - '0'}});
  return partitions;
}

MemberSubscription reader(std::vector<std::string> topics) { return {.topics = std::move(topics)}; }

// The examples in the documentation of Kafka's RangeAssignor and RoundRobinAssignor.
TEST(RangeAssignor, GivesStretchesOfEachTopic) {
  const GroupSubscription members{{"C0", reader({"a", "b"})}, {"C1", reader({"a", "b"})}};
  const GroupAssignment assigned = assign_range({{"a", 3}, {"b", 3}}, members);
  EXPECT_EQ(shown(assigned.at("C0")), "a0 a1 b0 b1");
  EXPECT_EQ(shown(assigned.at("C1")), "a2 b2");
}

TEST(RangeAssignor, LeavesOutWhatAMemberDoesNotWantAndWhatIsNotThere) {
  const GroupSubscription members{{"A", reader({"a"})}, {"B", reader({"a", "b", "gone"})}, {"C", reader({"c"})}};
  const GroupAssignment assigned = assign_range({{"a", 1}, {"b", 2}}, members);
  EXPECT_EQ(shown(assigned.at("A")), "a0");
  EXPECT_EQ(shown(assigned.at("B")), "b0 b1");
  EXPECT_EQ(shown(assigned.at("C")), "");
}

// Static members come first and by their own ids, so that a restart with a new member id changes nothing
// (KIP-345).
TEST(RangeAssignor, OrdersStaticMembersByInstance) {
  GroupSubscription members{{"m1", reader({"a"})}, {"m2", reader({"a"})}, {"m3", reader({"a"})}};
  members["m2"].instance_id = "i2";
  members["m3"].instance_id = "i1";
  const GroupAssignment assigned = assign_range({{"a", 3}}, members);
  EXPECT_EQ(shown(assigned.at("m3")), "a0");
  EXPECT_EQ(shown(assigned.at("m2")), "a1");
  EXPECT_EQ(shown(assigned.at("m1")), "a2");
}

TEST(RoundRobinAssignor, DealsAllPartitionsInTurn) {
  const GroupSubscription members{{"C0", reader({"a", "b"})}, {"C1", reader({"a", "b"})}};
  const GroupAssignment assigned = assign_round_robin({{"a", 3}, {"b", 3}}, members);
  EXPECT_EQ(shown(assigned.at("C0")), "a0 a2 b1");
  EXPECT_EQ(shown(assigned.at("C1")), "a1 b0 b2");
}

TEST(RoundRobinAssignor, SkipsMembersThatDoNotWantTheTopic) {
  const GroupSubscription members{
      {"C0", reader({"a"})}, {"C1", reader({"a", "b"})}, {"C2", reader({"a", "b", "c"})}};
  const GroupAssignment assigned = assign_round_robin({{"a", 1}, {"b", 2}, {"c", 3}}, members);
  EXPECT_EQ(shown(assigned.at("C0")), "a0");
  EXPECT_EQ(shown(assigned.at("C1")), "b0");
  EXPECT_EQ(shown(assigned.at("C2")), "b1 c0 c1 c2");
}

// The first example in the documentation of Kafka's StickyAssignor: one of three members goes.
TEST(StickyAssignor, MovesOnlyWhatTheMemberThatWentHad) {
  GroupSubscription members;
  for (const auto* id : {"C0", "C1", "C2"}) members[id] = reader({"a", "b", "c", "d"});
  const TopicSizes topics{{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}};
  const GroupAssignment before = assign_sticky(topics, members);
  for (auto& [id, member] : members) {
    member.owned = before.at(id);
    member.generation = 1;
  }
  members.erase("C1");
  const GroupAssignment after = assign_sticky(topics, members);
  for (const auto& [id, partitions] : after) {
    EXPECT_EQ(partitions.size(), 4U);
    for (const TopicPartition& partition : before.at(id))
      EXPECT_NE(std::ranges::find(partitions, partition), partitions.end())
          << id << " lost " << to_string(partition);
  }
}

TEST(StickyAssignor, GivesANewMemberItsShareAndNoMore) {
  GroupSubscription members{{"A", reader({"a"})}, {"B", reader({"a"})}, {"C", reader({"a"})}};
  members["A"].owned = parts("a0 a1 a2");
  members["B"].owned = parts("a3 a4 a5");
  members["A"].generation = members["B"].generation = 3;
  const GroupAssignment assigned = assign_sticky({{"a", 6}}, members);
  for (const auto* id : {"A", "B"}) {
    EXPECT_EQ(assigned.at(id).size(), 2U);
    for (const TopicPartition& partition : assigned.at(id))
      EXPECT_NE(std::ranges::find(members.at(id).owned, partition), members.at(id).owned.end());
  }
  EXPECT_EQ(assigned.at("C").size(), 2U);
}

// A member that was away claims what it had in an older generation: who got it since keeps it.
TEST(StickyAssignor, BelievesTheYoungestGeneration) {
  GroupSubscription members{{"A", reader({"a"})}, {"B", reader({"a"})}};
  members["A"].owned = parts("a0 a1");
  members["A"].generation = 4;
  members["B"].owned = parts("a0 a2");
  members["B"].generation = 5;
  const GroupAssignment assigned = assign_sticky({{"a", 4}}, members);
  EXPECT_EQ(shown(assigned.at("B")), "a0 a2");
  EXPECT_EQ(shown(assigned.at("A")), "a1 a3");
}

// Two phases: first the owner lets go, then the new member gets it (KIP-429).
TEST(CooperativeStickyAssignor, HoldsBackWhatIsStillOwned) {
  GroupSubscription members{{"A", reader({"a"})}, {"B", reader({"a"})}};
  members["A"].owned = parts("a0 a1");
  members["A"].generation = 1;
  const GroupAssignment first = assign_cooperative_sticky({{"a", 2}}, members);
  EXPECT_EQ(first.at("A").size(), 1U);
  EXPECT_EQ(first.at("B").size(), 0U);
  members["A"].owned = first.at("A");
  members["A"].generation = members["B"].generation = 2;
  const GroupAssignment second = assign_cooperative_sticky({{"a", 2}}, members);
  EXPECT_EQ(second.at("A"), first.at("A"));
  EXPECT_EQ(second.at("B").size(), 1U);
}

/// A random group over random topics, and what assignors must make of it whatever it is.
struct World {
  TopicSizes topics;
  GroupSubscription members;
};

World random_world(sim::Random& random, bool same_subscriptions) {
  World world;
  const std::uint64_t topics = 1 + random.below(5);
  for (std::uint64_t i = 0; i < topics; ++i)
    world.topics.emplace("t" + std::to_string(i), static_cast<std::int32_t>(random.below(9)));
  const std::uint64_t members = 1 + random.below(7);
  for (std::uint64_t i = 0; i < members; ++i) {
    MemberSubscription& member = world.members["m" + std::to_string(i)];
    for (const auto& [topic, size] : world.topics)
      if (same_subscriptions || random.below(3) > 0) member.topics.push_back(topic);
  }
  return world;
}

void expect_each_once(const World& world, const GroupAssignment& assigned) {
  std::set<TopicPartition> seen;
  for (const auto& [id, partitions] : assigned) {
    for (const TopicPartition& partition : partitions) {
      EXPECT_TRUE(seen.insert(partition).second) << to_string(partition) << " is assigned twice";
      const auto& topics = world.members.at(id).topics;
      EXPECT_NE(std::ranges::find(topics, partition.topic), topics.end())
          << id << " did not want " << partition.topic;
    }
  }
  for (const auto& [topic, size] : world.topics) {
    const bool wanted = std::ranges::any_of(world.members, [&topic](const auto& member) {
      return std::ranges::find(member.second.topics, topic) != member.second.topics.end();
    });
    for (std::int32_t i = 0; i < size; ++i)
      EXPECT_EQ(seen.contains({topic, PartitionIndex{i}}), wanted) << topic << i;
  }
}

/// No partition could go from one member to another and leave the two closer together.
void expect_balanced(const World& world, const GroupAssignment& assigned) {
  for (const auto& [from, partitions] : assigned) {
    for (const TopicPartition& partition : partitions) {
      for (const auto& [to, member] : world.members) {
        if (std::ranges::find(member.topics, partition.topic) == member.topics.end()) continue;
        EXPECT_LE(partitions.size(), assigned.at(to).size() + 1) << from << " has more than " << to;
      }
    }
  }
}

class AssignorProperties : public testing::TestWithParam<bool> {};

TEST_P(AssignorProperties, EveryPartitionHasOneReaderWhoWantsIt) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    sim::Random random(seed);
    const World world = random_world(random, GetParam());
    expect_each_once(world, assign_range(world.topics, world.members));
    expect_each_once(world, assign_round_robin(world.topics, world.members));
    const GroupAssignment sticky = assign_sticky(world.topics, world.members);
    expect_each_once(world, sticky);
    expect_balanced(world, sticky);
  }
}

// The same group again changes nothing; after members came and went it is balanced again, and no more moves than
// must.
TEST_P(AssignorProperties, StickyStaysBalancedAndMovesLittle) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    sim::Random random(seed);
    World world = random_world(random, GetParam());
    GroupAssignment before = assign_sticky(world.topics, world.members);
    const auto own = [&world](const GroupAssignment& assignment, std::int32_t generation) {
      for (auto& [id, member] : world.members) {
        const auto found = assignment.find(id);
        member.owned = found == assignment.end() ? std::vector<TopicPartition>{} : found->second;
        member.generation = generation;
      }
    };
    own(before, 1);
    EXPECT_EQ(assign_sticky(world.topics, world.members), before);

    if (world.members.size() > 1 && random.one_in(2))
      world.members.erase(world.members.begin());
    else
      world.members["new"] = MemberSubscription{.topics = world.members.begin()->second.topics};
    const GroupAssignment after = assign_sticky(world.topics, world.members);
    expect_each_once(world, after);
    expect_balanced(world, after);
    if (!GetParam()) continue;
    // With equal subscriptions the fewest moves are known: nobody gives up more than what is above the new share.
    std::size_t total = 0;
    for (const auto& [id, partitions] : after) total += partitions.size();
    const std::size_t share = total / world.members.size();
    for (const auto& [id, partitions] : before) {
      if (!world.members.contains(id)) continue;
      const auto kept =
          static_cast<std::size_t>(std::ranges::count_if(partitions, [&](const TopicPartition& partition) {
            return std::ranges::find(after.at(id), partition) != after.at(id).end();
          }));
      EXPECT_GE(kept, std::min(partitions.size(), share)) << id;
    }
  }
}

// However a cooperative group changes, nobody gets what another still reads, and it comes to rest balanced.
TEST_P(AssignorProperties, CooperativeComesToRestWithoutOverlap) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    sim::Random random(seed);
    World world = random_world(random, GetParam());
    GroupAssignment held;
    for (int generation = 1; generation <= 4; ++generation) {
      const GroupAssignment next = assign_cooperative_sticky(world.topics, world.members);
      for (const auto& [id, partitions] : next)
        for (const TopicPartition& partition : partitions)
          for (const auto& [other, others] : held)
            if (other != id) EXPECT_EQ(std::ranges::find(others, partition), others.end());
      held = next;
      for (auto& [id, member] : world.members) {
        member.owned = next.at(id);
        member.generation = generation;
      }
      if (generation == 1) {
        world.members["late"] = MemberSubscription{.topics = world.members.begin()->second.topics};
        held["late"];
      }
    }
    expect_each_once(world, held);
    expect_balanced(world, held);
  }
}

INSTANTIATE_TEST_SUITE_P(Subscriptions, AssignorProperties, testing::Bool(),
                         [](const auto& info) { return info.param ? "Equal" : "Different"; });

}  // namespace
}  // namespace sluice::client
