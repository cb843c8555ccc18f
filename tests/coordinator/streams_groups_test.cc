// Streams groups (KIP-1071): joining, tasks, statuses, leaving, offsets, and the records that all that makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TaskRoles doing(Tasks active) {
  TaskRoles roles;
  roles.active = std::move(active);
  return roles;
}

class StreamsGroupsTest : public testing::Test {
 protected:
  StreamsGroupsTest() { configure({{"streams.initial.rebalance.delay.ms", "0"}}); }

  void configure(const ConfigMap& settings) {
    auto made = std::make_shared<GroupSettings>(*default_group_settings());
    made->groups["s"] = effective_group_config(settings, Configuration(ConfigScope::broker));
    world.set_settings(made);
  }
  StreamsBeat joining(std::string member, std::string process) const {
    StreamsBeat beat;
    beat.member = std::move(member);
    beat.process = std::move(process);
    beat.topology = topology;
    return beat;
  }
  StreamsHeartbeatAnswer join(const std::string& member, const std::string& process) {
    return world.streams_beat(joining(member, process));
  }
  StreamsHeartbeatAnswer again(const std::string& member, std::optional<TaskRoles> owned = {}) {
    const StreamsMember* found = world.streams().find(member);
    return world.streams_beat(StreamsBeat::again(member, found != nullptr ? found->epoch : 1, std::move(owned)));
  }
  static std::vector<StreamsStatus> statuses(const StreamsHeartbeatAnswer& answer) {
    std::vector<StreamsStatus> all;
    for (const StreamsStatusNote& note : answer.notes) all.push_back(note.status);
    return all;
  }

  GroupWorld world;
  StreamsTopology topology = topology_reading("t", "s-log");
};

TEST_F(StreamsGroupsTest, GivesTheFirstMemberAllTasks) {
  world.set_topics({{"t", 3}, {"s-log", 3}});
  const StreamsHeartbeatAnswer answer = join("a", "p");
  ASSERT_EQ(answer.error, ErrorCode::none) << answer.error_message;
  EXPECT_EQ(answer.member_epoch, 2);
  EXPECT_EQ(answer.tasks->active, tasks_of("0", {0, 1, 2}));
  EXPECT_THAT(answer.notes, IsEmpty());
  EXPECT_EQ(answer.heartbeat_interval, 5s);
  EXPECT_EQ(answer.task_offset_interval, 60s);
  EXPECT_EQ(answer.acceptable_recovery_lag, 10'000);
  EXPECT_EQ(world.describe_streams().state, "Stable");
  EXPECT_FALSE(again("a").tasks) << "it knows";
}

// Members that start together are waited for, so that tasks need not wander.
TEST_F(StreamsGroupsTest, LetsMembersOfANewGroupGather) {
  configure({});
  world.set_topics({{"t", 2}, {"s-log", 2}});
  const StreamsHeartbeatAnswer first = join("a", "p");
  EXPECT_THAT(statuses(first), ElementsAre(StreamsStatus::assignment_delayed));
  EXPECT_EQ(first.notes[0].detail, "Assignment delayed due to the configured initial rebalance delay.");
  EXPECT_TRUE(first.tasks->empty());
  EXPECT_EQ(first.member_epoch, 1);
  EXPECT_EQ(world.describe_streams().state, "Assigning");
  world.advance(2s);
  EXPECT_TRUE(join("b", "q").tasks->empty());
  world.advance(1s);
  EXPECT_EQ(again("a").tasks->active, tasks_of("0", {0}));
  EXPECT_EQ(again("b").tasks->active, tasks_of("0", {1}));
  EXPECT_EQ(world.describe_streams().state, "Stable");
}

TEST_F(StreamsGroupsTest, GivesATaskOnlyWhenItIsFree) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  join("a", "p");
  world.advance(2s);
  const StreamsHeartbeatAnswer b = join("b", "q");
  EXPECT_TRUE(b.tasks->empty());
  EXPECT_EQ(world.describe_streams().state, "Reconciling");
  const StreamsHeartbeatAnswer a = again("a");
  EXPECT_EQ(a.tasks->active, tasks_of("0", {0})) << "it is asked to give one up";
  EXPECT_EQ(a.member_epoch, 2) << "until it has, it stays in its epoch";
  EXPECT_FALSE(again("b").tasks) << "nobody has said that it is free";
  EXPECT_EQ(again("a", doing(tasks_of("0", {0, 1}))).member_epoch, 2);
  EXPECT_EQ(again("a", doing(tasks_of("0", {0}))).member_epoch, 3);
  EXPECT_EQ(again("b").tasks->active, tasks_of("0", {1}));
  EXPECT_EQ(world.describe_streams().state, "Stable");
}

TEST_F(StreamsGroupsTest, LosesWhoGivesNothingUpInTime) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  StreamsBeat hurried = joining("a", "p");
  hurried.rebalance = 10s;
  world.streams_beat(hurried);
  world.advance(2s);
  join("b", "q");
  again("a");
  world.advance(9s);
  EXPECT_NE(world.streams().find("a"), nullptr);
  world.advance(2s);
  EXPECT_EQ(world.streams().find("a"), nullptr);
  EXPECT_EQ(again("b").tasks->active, tasks_of("0", {0, 1}));
}

TEST_F(StreamsGroupsTest, KeepsStandbyTasksInOtherProcesses) {
  configure({{"streams.initial.rebalance.delay.ms", "0"},
             {"streams.num.standby.replicas", "1"},
             {"streams.assignment.interval.ms", "0"}});
  world.set_topics({{"t", 2}, {"s-log", 2}});
  EXPECT_TRUE(join("a", "p").tasks->standby.empty()) << "there is no other process";
  join("b", "q");
  EXPECT_EQ(again("a").tasks->standby, tasks_of("0", {1})) << "it goes on keeping the state of what it gives up";
  EXPECT_EQ(again("a", doing(tasks_of("0", {0}))).member_epoch, 3);
  const StreamsHeartbeatAnswer b = again("b");
  EXPECT_EQ(b.tasks->active, tasks_of("0", {1}));
  EXPECT_EQ(world.streams().target("b").standby, tasks_of("0", {0}));
  EXPECT_EQ(world.describe_streams().members.at(0).target.standby, tasks_of("0", {1}));
  EXPECT_EQ(world.streams().epoch().assignment_configs.at("num.standby.replicas"), "1");
}

TEST_F(StreamsGroupsTest, MakesANewEpochWhenSettingsChange) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  join("a", "p");
  const std::int32_t epoch = world.streams().epoch().epoch;
  configure({{"streams.initial.rebalance.delay.ms", "0"}, {"streams.num.standby.replicas", "1"}});
  again("a");
  EXPECT_EQ(world.streams().epoch().epoch, epoch + 1);
}

TEST_F(StreamsGroupsTest, SaysWhichTopicsAreMissing) {
  world.set_topics({});
  StreamsHeartbeatAnswer answer = join("a", "p");
  EXPECT_THAT(statuses(answer), ElementsAre(StreamsStatus::missing_source_topics));
  EXPECT_EQ(answer.notes[0].detail, "Source topics t are missing.");
  EXPECT_THAT(answer.missing_topics, IsEmpty());
  EXPECT_EQ(world.describe_streams().state, "NotReady");
  world.set_topics({{"t", 2}});
  answer = again("a");
  EXPECT_THAT(statuses(answer), testing::Contains(StreamsStatus::missing_internal_topics));
  ASSERT_THAT(answer.missing_topics, SizeIs(1));
  EXPECT_EQ(answer.missing_topics[0].name, "s-log");
  EXPECT_EQ(answer.missing_topics[0].partitions, 2);
  world.advance(2s);
  world.set_topics({{"t", 2}, {"s-log", 2}});
  answer = again("a");
  EXPECT_THAT(answer.notes, IsEmpty());
  EXPECT_EQ(answer.tasks->active, tasks_of("0", {0, 1}));
}

TEST_F(StreamsGroupsTest, TakesTasksBackWhenTopicsGo) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  join("a", "p");
  world.advance(2s);
  world.set_topics({{"t", 1}});
  EXPECT_TRUE(again("a").tasks->empty());
  EXPECT_EQ(world.describe_streams().state, "NotReady");
}

TEST_F(StreamsGroupsTest, KnowsOneTopologyOnly) {
  world.set_topics({{"t", 1}, {"u", 1}, {"s-log", 1}});
  topology.epoch = 1;
  join("a", "p");
  topology.subtopologies[0].source_topics = {"u"};
  StreamsHeartbeatAnswer answer = join("b", "q");
  EXPECT_EQ(answer.error, ErrorCode::invalid_request);
  EXPECT_EQ(answer.error_message, "Topology updates are not supported yet.");
  topology.epoch = 0;
  answer = join("b", "q");
  EXPECT_EQ(answer.error, ErrorCode::none);
  EXPECT_EQ(answer.notes.at(0).status, StreamsStatus::stale_topology);
  EXPECT_EQ(answer.notes.at(0).detail, "The member's topology epoch 0 is behind the group's topology epoch 1.");
}

TEST_F(StreamsGroupsTest, TellsEverybodyToShutDown) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  join("a", "p");
  join("b", "q");
  StreamsBeat failing = StreamsBeat::again("a", 2);
  failing.shutdown = true;
  EXPECT_THAT(statuses(world.streams_beat(failing)), testing::Contains(StreamsStatus::shutdown_application));
  EXPECT_THAT(again("b").notes.back().detail, HasSubstr("member a encountered a fatal error"));
  for (const char* member : {"a", "b"}) world.streams_beat(StreamsBeat::again(member, -1));
  EXPECT_THAT(join("c", "p").notes, IsEmpty()) << "a new start";
}

TEST_F(StreamsGroupsTest, TellsWhereQueriesAreAnswered) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  StreamsBeat a = joining("a", "p");
  a.endpoint = StreamsEndpoint{.host = "h", .port = 8080};
  const StreamsHeartbeatAnswer first = world.streams_beat(a);
  EXPECT_EQ(first.endpoint_epoch, 1);
  ASSERT_THAT(*first.endpoints, SizeIs(1));
  EXPECT_EQ(first.endpoints->at(0).endpoint.port, 8080);
  EXPECT_THAT(first.endpoints->at(0).active.at("t"), ElementsAre(PartitionIndex{0}, PartitionIndex{1}));
  StreamsBeat up_to_date = StreamsBeat::again("a", 2);
  up_to_date.endpoint_epoch = 1;
  EXPECT_FALSE(world.streams_beat(up_to_date).endpoints);
  EXPECT_THAT(*join("b", "q").endpoints, SizeIs(1)) << "who has no endpoint may ask others";
}

TEST_F(StreamsGroupsTest, AsksForTheTagsThatRacksAreKnownBy) {
  configure({{"streams.initial.rebalance.delay.ms", "0"}, {"streams.rack.aware.assignment.tags", "zone,cloud"}});
  world.set_topics({{"t", 1}, {"s-log", 1}});
  StreamsBeat tagged = joining("a", "p");
  tagged.tags = {{"zone", "z"}};
  const StreamsHeartbeatAnswer answer = world.streams_beat(tagged);
  ASSERT_THAT(statuses(answer), ElementsAre(StreamsStatus::missing_client_tags));
  EXPECT_THAT(answer.notes[0].detail, HasSubstr("[cloud]"));
  tagged.version = 0;
  EXPECT_THAT(world.streams_beat(tagged).notes, IsEmpty());
}

TEST_F(StreamsGroupsTest, FencesWhoIsBehindOrAhead) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  const std::int32_t epoch = join("a", "p").member_epoch;
  EXPECT_EQ(world.streams_beat(StreamsBeat::again("a", epoch + 1)).error, ErrorCode::fenced_member_epoch);
  EXPECT_EQ(world.streams_beat(StreamsBeat::again("b", epoch)).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(world.streams_beat(StreamsBeat::again("a", -3)).error, ErrorCode::invalid_request);
  StreamsBeat elsewhere = StreamsBeat::again("a", epoch);
  elsewhere.group = "nobody";
  EXPECT_EQ(world.streams_beat(elsewhere).error, ErrorCode::group_id_not_found);
  EXPECT_EQ(again("a", doing(tasks_of("0", {5}))).error, ErrorCode::invalid_request);
  EXPECT_EQ(again("a", doing(tasks_of("9", {0}))).error_message, "Subtopology 9 does not exist in the topology.");
}

// An answer that got lost: the member says its earlier epoch, and has nothing that it should not have.
TEST_F(StreamsGroupsTest, LetsAMemberCatchUpByOneEpoch) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  join("a", "p");
  world.advance(2s);
  join("b", "q");
  again("a");
  again("a", doing(tasks_of("0", {0})));
  ASSERT_EQ(world.streams().find("a")->epoch, 3);
  const auto late = [&](const std::vector<std::int32_t>& tasks) {
    return world.streams_beat(StreamsBeat::again("a", 2, doing(tasks_of("0", tasks)))).error;
  };
  EXPECT_EQ(late({0}), ErrorCode::none);
  EXPECT_EQ(late({0, 1}), ErrorCode::fenced_member_epoch);
}

TEST_F(StreamsGroupsTest, RefusesWhatIsNoProperJoin) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  const auto error_of = [&](auto change) {
    StreamsBeat beat = joining("a", "p");
    change(beat);
    return world.streams_beat(beat).error;
  };
  EXPECT_EQ(error_of([](StreamsBeat& beat) { beat.member.clear(); }), ErrorCode::invalid_request);
  EXPECT_EQ(error_of([](StreamsBeat& beat) { beat.rebalance = -1ms; }), ErrorCode::invalid_request);
  EXPECT_EQ(error_of([](StreamsBeat& beat) { beat.topology.reset(); }), ErrorCode::invalid_request);
  EXPECT_EQ(error_of([](StreamsBeat& beat) { beat.owned->active = tasks_of("0", {0}); }),
            ErrorCode::invalid_request);
  EXPECT_EQ(error_of([](StreamsBeat& beat) { beat.topology->subtopologies[0].source_patterns = {"t.*"}; }),
            ErrorCode::invalid_request);
  EXPECT_EQ(error_of([](StreamsBeat& beat) { beat.topology->subtopologies[0].changelogs[0].partitions = 2; }),
            ErrorCode::streams_invalid_topology);
  EXPECT_EQ(error_of([](StreamsBeat& beat) { beat.topology->subtopologies[0].source_topics.clear(); }),
            ErrorCode::streams_invalid_topology);
  EXPECT_FALSE(world.has_streams()) << "nothing is left of what was refused";
  EXPECT_THAT(world.records(), IsEmpty());
}

TEST_F(StreamsGroupsTest, TakesNoMoreThanItMay) {
  world.options.streams.size_max = 1;
  world.set_topics({{"t", 1}, {"s-log", 1}});
  join("a", "p");
  EXPECT_EQ(join("b", "q").error, ErrorCode::group_max_size_reached);
  EXPECT_EQ(join("a", "p").error, ErrorCode::none) << "it is there already";
}

TEST_F(StreamsGroupsTest, KeepsAStaticMembersTasksForIt) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  StreamsBeat first = joining("a", "p");
  first.instance = "i";
  world.streams_beat(first);
  StreamsBeat second = joining("a2", "p");
  second.instance = "i";
  EXPECT_EQ(world.streams_beat(second).error, ErrorCode::unreleased_instance_id);
  StreamsBeat away = StreamsBeat::again("a", -2);
  away.instance = "i";
  EXPECT_EQ(world.streams_beat(away).member_epoch, -2);
  const std::int32_t epoch = world.streams().epoch().epoch;
  const StreamsHeartbeatAnswer back = world.streams_beat(second);
  EXPECT_EQ(back.error, ErrorCode::none) << back.error_message;
  EXPECT_EQ(back.tasks->active, tasks_of("0", {0, 1}));
  EXPECT_EQ(world.streams().epoch().epoch, epoch) << "nobody else needs to know";
  EXPECT_THAT(world.streams().members(), SizeIs(1));
  world.streams_beat(away);
  EXPECT_EQ(world.streams_beat(away).error, ErrorCode::fenced_instance_id);
}

TEST_F(StreamsGroupsTest, LosesWhoFallsSilent) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  join("a", "p");
  world.advance(44s);
  EXPECT_EQ(world.describe_streams().state, "Stable");
  world.advance(2s);
  EXPECT_EQ(world.describe_streams().state, "Empty");
  EXPECT_EQ(join("b", "q").tasks->active, tasks_of("0", {0}));
}

TEST_F(StreamsGroupsTest, IsTheSameAfterARestart) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  StreamsBeat beat = joining("a", "p");
  beat.endpoint = StreamsEndpoint{.host = "h", .port = 1};
  beat.tags = {{"zone", "z"}};
  world.streams_beat(beat);
  world.advance(2s);
  join("b", "q");
  again("a");
  EXPECT_TRUE(world.replayed().streams().all() == world.groups().streams().all());
  world.restart();
  EXPECT_EQ(again("a").error, ErrorCode::none);
  world.advance(46s);
  EXPECT_EQ(world.describe_streams().state, "Empty") << "sessions begin anew, and end";
}

TEST_F(StreamsGroupsTest, CommitsUnderTheEpochThatATaskWasGivenIn) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  join("a", "p");
  const auto commit = [&](std::int32_t epoch, std::int32_t partition) {
    const OffsetsAnswer answer = world.commit(
        {.group = "s", .member = "a", .generation = epoch, .topic = "t", .partition = partition, .offset = 5});
    return answer.error != ErrorCode::none ? answer.error : answer.partitions.at(0);
  };
  EXPECT_EQ(commit(2, 0), ErrorCode::none);
  EXPECT_EQ(commit(3, 0), ErrorCode::stale_member_epoch);
  world.advance(2s);
  join("b", "q");
  again("a");
  again("a", doing(tasks_of("0", {0})));
  EXPECT_EQ(commit(2, 0), ErrorCode::none) << "it has had this one since";
  EXPECT_EQ(commit(2, 1), ErrorCode::stale_member_epoch);
  EXPECT_EQ(commit(1, 0), ErrorCode::stale_member_epoch);
  EXPECT_EQ(world.commit({.group = "s", .member = "z", .generation = 2}).error, ErrorCode::unknown_member_id);
  EXPECT_EQ(world.commit({.group = "s", .member = "a", .generation = 3, .version = 8}).error,
            ErrorCode::unsupported_version);
  EXPECT_EQ(world.delete_offset("t", 0, "s").partitions.at(0), ErrorCode::group_subscribed_to_topic);
  EXPECT_EQ(world.fetch("t", 0, "s"), 5);
}

TEST_F(StreamsGroupsTest, IsDeletedOnceItIsEmpty) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  join("a", "p");
  EXPECT_EQ(world.delete_group("s"), ErrorCode::non_empty_group);
  world.streams_beat(StreamsBeat::again("a", -1));
  EXPECT_EQ(world.delete_group("s"), ErrorCode::none);
  EXPECT_FALSE(world.has_streams());
  world.restart();
  EXPECT_FALSE(world.has_streams());
}

TEST_F(StreamsGroupsTest, TakesAnEmptyClassicGroupOver) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  world.commit({.group = "s", .topic = "t", .offset = 7});
  EXPECT_EQ(join("a", "p").error, ErrorCode::none);
  EXPECT_FALSE(world.has_group("s"));
  EXPECT_EQ(world.fetch("t", 0, "s"), 7) << "its offsets stay";
  EXPECT_EQ(world.groups().list().at(0).type, GroupType::streams);
  EXPECT_EQ(world.groups().describe("s").error_message, "Group s is not a classic group.");
}

TEST_F(StreamsGroupsTest, LeavesOtherGroupsAlone) {
  world.set_topics({{"t", 1}, {"s-log", 1}});
  world.gather(1);
  StreamsBeat beat = joining("a", "p");
  beat.group = "g";
  EXPECT_EQ(world.streams_beat(beat).error_message, "Group g is not a streams group.");
  EXPECT_EQ(world.describe_streams("g").error, ErrorCode::group_id_not_found);
  join("a", "p");
  EXPECT_EQ(world.beat(Beat{.group = "s", .member = "c"}).error, ErrorCode::group_id_not_found);
  const WaitId classic = world.join({.group = "s"});
  EXPECT_EQ(world.joined(classic)->error, ErrorCode::inconsistent_group_protocol);
  world.streams_beat(StreamsBeat::again("a", -1));
  world.join_twice({.group = "s"});
  EXPECT_TRUE(world.has_group("s")) << "what is empty may be of another kind next";
  EXPECT_FALSE(world.has_streams());
}

TEST_F(StreamsGroupsTest, DescribesTopologyMembersAndTasks) {
  world.set_topics({{"t", 2}, {"s-log", 2}});
  StreamsBeat beat = joining("a", "p");
  beat.offsets = {{"0", {{{1}, 42}}}};
  world.streams_beat(beat);
  const DescribedStreamsGroup group = world.describe_streams();
  EXPECT_EQ(group.assignor, "sticky");
  EXPECT_EQ(group.epoch, 2);
  EXPECT_EQ(group.assignment_epoch, 2);
  EXPECT_EQ(group.topology->subtopologies.at(0).changelogs.at(0).partitions, 2);
  EXPECT_EQ(group.members.at(0).member.assigned.active.at("0").at({0}), 2);
  EXPECT_EQ(group.members.at(0).offsets.offsets.at("0").at({1}), 42);
  EXPECT_EQ(world.describe_streams("nobody").error_message, "Group nobody not found.");
}

}  // namespace
}  // namespace sluice::test
