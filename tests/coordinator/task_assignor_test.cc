// The sticky task assignor: balance, standby tasks, and that tasks stay where their state is (KIP-1071).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"
#include "coordinator/task_assignor.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

struct Member {
  std::string id;
  std::string process;
  HeldTasks has = {};
  TaskOffsets::Offsets offsets = {};
};

struct Case {
  std::vector<Member> members;
  std::vector<TaskAssignorSubtopology> subtopologies;
  std::int32_t standby_replicas = 0;

  std::vector<TaskRoles> assign() const {
    TaskAssignorInput input;
    for (const Member& member : members)
      input.members.push_back(
          {.id = member.id, .process = member.process, .assigned = &member.has, .offsets = &member.offsets});
    input.subtopologies = subtopologies;
    input.standby_replicas = standby_replicas;
    return assign_sticky(input);
  }
};

std::size_t count(const Tasks& tasks) {
  std::size_t all = 0;
  for (const auto& [subtopology, partitions] : tasks) all += partitions.size();
  return all;
}

HeldTasks holding(const TaskRoles& tasks) {
  HeldTasks held{.active = {}, .standby = tasks.standby, .warmup = {}};
  for (const auto& [subtopology, partitions] : tasks.active)
    for (const PartitionIndex partition : partitions) held.active[subtopology][partition] = 1;
  return held;
}

TEST(StickyTaskAssignor, SharesOutEvenly) {
  const Case even{.members = {{"a", "p1"}, {"b", "p2"}, {"c", "p3"}}, .subtopologies = {{"0", 4}, {"1", 3}}};
  std::vector<std::size_t> counts;
  for (const TaskRoles& roles : even.assign()) counts.push_back(count(roles.active));
  EXPECT_THAT(counts, testing::UnorderedElementsAre(2U, 2U, 3U));
}

TEST(StickyTaskAssignor, MovesAsFewAsItMayWhenSomebodyJoins) {
  Case joined{.members = {{"a", "p1"}, {"b", "p2"}}, .subtopologies = {{"0", 6}}};
  const std::vector<TaskRoles> before = joined.assign();
  joined.members[0].has = holding(before[0]);
  joined.members[1].has = holding(before[1]);
  joined.members.push_back({"c", "p3"});
  const std::vector<TaskRoles> after = joined.assign();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(count(after[i].active), 2U);
  for (std::size_t i = 0; i < 2; ++i)
    for (const PartitionIndex partition : after[i].active.at("0"))
      EXPECT_TRUE(contains(before[i].active, "0", partition)) << "it moved though it could stay";
}

TEST(StickyTaskAssignor, LooksAtProcessesBeforeThreads) {
  const Case threads{.members = {{"a", "p1"}, {"b", "p1"}, {"c", "p2"}}, .subtopologies = {{"0", 3}}};
  for (const TaskRoles& roles : threads.assign()) EXPECT_EQ(count(roles.active), 1U);
}

TEST(StickyTaskAssignor, KeepsStandbyTasksInOtherProcesses) {
  const Case twice{.members = {{"a", "p1"}, {"b", "p1"}, {"c", "p2"}},
                   .subtopologies = {{"0", 4, true}, {"1", 2, false}},
                   .standby_replicas = 1};
  const std::vector<TaskRoles> roles = twice.assign();
  std::size_t standbys = 0;
  for (const TaskRoles& member : roles) {
    standbys += count(member.standby);
    EXPECT_FALSE(member.standby.contains("1")) << "it has no state";
  }
  EXPECT_EQ(standbys, 4U);
  for (std::int32_t i = 0; i < 4; ++i) {
    const bool active_in_first = contains(roles[0].active, "0", {i}) || contains(roles[1].active, "0", {i});
    const bool standby_in_first = contains(roles[0].standby, "0", {i}) || contains(roles[1].standby, "0", {i});
    EXPECT_NE(active_in_first, standby_in_first) << "task " << i;
  }
}

TEST(StickyTaskAssignor, MakesNoMoreStandbysThanThereAreProcesses) {
  const Case alone{
      .members = {{"a", "p1"}, {"b", "p1"}}, .subtopologies = {{"0", 2, true}}, .standby_replicas = 2};
  for (const TaskRoles& roles : alone.assign()) EXPECT_TRUE(roles.standby.empty());
}

TEST(StickyTaskAssignor, LetsWhoHasACopyTakeOver) {
  Case gone{.members = {{"a", "p1"}, {"b", "p2"}, {"c", "p3"}}, .subtopologies = {{"0", 3, true}}};
  gone.members[2].has.standby = tasks_of("0", {1});
  const std::vector<TaskRoles> roles = gone.assign();
  EXPECT_TRUE(contains(roles[2].active, "0", {1}));
}

// Of two with state left over from earlier the one who is further takes over.
TEST(StickyTaskAssignor, PrefersWhoIsFurther) {
  Case left_over{.members = {{"a", "p1"}, {"b", "p2"}}, .subtopologies = {{"0", 2, true}}};
  left_over.members[0].offsets["0"][{1}] = 10;
  left_over.members[1].offsets["0"][{1}] = 20;
  EXPECT_TRUE(contains(left_over.assign()[1].active, "0", {1}));
}

TEST(StickyTaskAssignor, HasNothingForNobody) {
  const Case nobody{.members = {}, .subtopologies = {{"0", 2, true}}};
  EXPECT_TRUE(nobody.assign().empty());
}

// Whatever was before: each task is active exactly once, copies are in processes that do not have the task, and
// nobody has more than a share.
TEST(StickyTaskAssignor, HoldsItsPromisesOnRandomInput) {
  sim::Random random(7);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    Case made;
    const std::size_t members = 1 + random.below(6), processes = 1 + random.below(3);
    const auto tasks = static_cast<std::int32_t>(random.below(9));
    made.standby_replicas = static_cast<std::int32_t>(random.below(3));
    made.subtopologies = {{"0", tasks, true}, {"1", 3, false}};
    for (std::size_t i = 0; i < members; ++i) {
      Member& member = made.members.emplace_back();
      member.id = std::string(1, static_cast<char>('a' + i));
      member.process = std::string(1, static_cast<char>('p' + random.below(processes)));
      for (std::int32_t task = 0; task < tasks + 2; ++task) {  // Some of tasks that are there no more.
        if (random.one_in(4)) member.has.active["0"][{task}] = 1;
        if (random.one_in(4)) member.has.standby["0"].insert({task});
        if (random.one_in(4)) member.offsets["0"][{task}] = static_cast<std::int64_t>(random.below(100));
      }
    }
    const std::vector<TaskRoles> roles = made.assign();
    std::map<std::pair<std::string, std::int32_t>, std::set<std::string>> places;
    std::size_t active = 0;
    for (std::size_t i = 0; i < members; ++i) {
      active += count(roles[i].active);
      for (const Tasks* assigned : {&roles[i].active, &roles[i].standby})
        for (const auto& [subtopology, partitions] : *assigned)
          for (const PartitionIndex partition : partitions) {
            const std::pair task(subtopology, partition.value);
            EXPECT_TRUE(places[task].insert(made.members[i].process).second);
          }
    }
    EXPECT_EQ(active, static_cast<std::size_t>(tasks) + 3);
    EXPECT_EQ(places.size(), active) << "a task is nowhere or is active twice";
  }
}

}  // namespace
}  // namespace sluice::test
