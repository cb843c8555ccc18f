// The tables of kafka-streams-groups.sh, in the columns of Apache Kafka's command, and which topics are an
// application's own.
#include "tools/streams_group_tables.h"

#include <gtest/gtest.h>

#include "tools/group_tables.h"
#include "tools/streams_internal_topics.h"

namespace sluice::tools {
namespace {

using client::StreamsGroupDescription;
using client::StreamsGroupMember;
using client::TopicPartition;

std::vector<PartitionIndex> partitions(std::initializer_list<int> numbers) {
  std::vector<PartitionIndex> all;
  for (const int number : numbers) all.push_back(PartitionIndex{number});
  return all;
}

StreamsGroupDescription group() {
  StreamsGroupDescription group{.group_id = "app",
                                .state = "Stable",
                                .epoch = 5,
                                .assignment_epoch = 4,
                                .topology_epoch = 0,
                                .coordinator = NodeId{1},
                                .subtopologies = {},
                                .members = {},
                                .topology = {}};
  group.subtopologies.push_back({.subtopology_id = "0",
                                 .source_topics = {"lines"},
                                 .repartition_sink_topics = {"app-by-word-repartition"},
                                 .repartition_source_topics = {},
                                 .state_changelog_topics = {}});
  group.subtopologies.push_back({.subtopology_id = "1",
                                 .source_topics = {},
                                 .repartition_sink_topics = {},
                                 .repartition_source_topics = {"app-by-word-repartition"},
                                 .state_changelog_topics = {"app-counts-changelog", "theirs-changelog"}});
  StreamsGroupMember member;
  member.member_id = "m";
  member.epoch = 4;
  member.process_id = "p";
  member.client_id = "app-client-one";
  member.topology_epoch = 0;
  member.assignment.active = {{"0", partitions({0, 1})}, {"1", partitions({0})}};
  member.assignment.standby = {{"1", partitions({1})}};
  member.target_assignment.active = {{"0", partitions({0})}};
  group.members.push_back(member);
  return group;
}

TEST(StreamsGroupTables, ListsGroups) {
  EXPECT_EQ(states_table({{.group_id = "app", .protocol_type = "streams", .state = "NotReady", .type = ""}}),
            "GROUP           STATE\n"
            "app             NotReady\n");
}

TEST(StreamsGroupTables, ShowsStates) {
  EXPECT_EQ(streams_state_table(group(), "127.0.0.1:9092", false),
            "GROUP           COORDINATOR (ID)          STATE                     #MEMBERS\n"
            "app             127.0.0.1:9092 (1)        Stable                    1\n");
  EXPECT_EQ(
      streams_state_table(group(), "127.0.0.1:9092", true),
      "GROUP           COORDINATOR (ID)          STATE                     GROUP-EPOCH     "
      "TARGET-ASSIGNMENT-EPOCH   #MEMBERS\n"
      "app             127.0.0.1:9092 (1)        Stable                    5               4                  "
      "       1\n");
}

TEST(StreamsGroupTables, ShowsMembersWithTheirTasks) {
  EXPECT_EQ(
      streams_members_table(group(), false),
      "GROUP           MEMBER          PROCESS         CLIENT-ID       ASSIGNMENTS\n"
      "app             m               p               app-client-one  ACTIVE: 0:[0,1]; 1:[0]; STANDBY: 1:[1]; "
      "\n");
  EXPECT_EQ(
      streams_members_table(group(), true),
      "GROUP           TARGET-ASSIGNMENT-EPOCH   TOPOLOGY-EPOCH MEMBER          MEMBER-PROTOCOL MEMBER-EPOCH    "
      "PROCESS         CLIENT-ID       ASSIGNMENTS\n"
      "app             4                         0              m               streams         4               "
      "p               app-client-one  ACTIVE: 0:[0,1]; 1:[0]; STANDBY: 1:[1]; TARGET-ACTIVE: 0:[0]; \n");
}

TEST(StreamsGroupTables, CountsTheLagFromTheStartWhereNothingIsCommitted) {
  client::OffsetAndMetadata committed;
  committed.offset = Offset{7};
  const std::vector<StreamsOffsetRow> rows{
      {.partition = {"lines", PartitionIndex{0}}, .committed = committed, .start = Offset{2}, .end = Offset{9}},
      {.partition = {"lines", PartitionIndex{1}}, .committed = {}, .start = Offset{2}, .end = Offset{9}}};
  EXPECT_EQ(streams_offsets_table("app", rows, false),
            "GROUP           TOPIC           PARTITION  OFFSET-LAG\n"
            "app             lines           0          2\n"
            "app             lines           1          7\n");
  EXPECT_EQ(
      streams_offsets_table("app", rows, true),
      "GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LEADER-EPOCH    LOG-END-OFFSET  OFFSET-LAG     "
      "\n"
      "app             lines           0          7               -               9               2              "
      "\n"
      "app             lines           1          -               -               9               7              "
      "\n");
}

TEST(StreamsGroupTables, FindsWhatTasksRead) {
  std::string unknown;
  const auto read = read_partitions(group(), unknown);
  ASSERT_TRUE(read);
  const std::string words = "app-by-word-repartition";
  EXPECT_EQ(*read, (std::set<TopicPartition>{
                       {words, PartitionIndex{0}}, {"lines", PartitionIndex{0}}, {"lines", PartitionIndex{1}}}));
  StreamsGroupDescription odd = group();
  odd.members[0].assignment.active.push_back({"7", partitions({0})});
  EXPECT_FALSE(read_partitions(odd, unknown));
  EXPECT_EQ(unknown, "7");
}

// Somebody may have named a changelog as the application would not: that one is left alone.
TEST(StreamsInternalTopics, AreToldByTheirNames) {
  StreamsGroupDescription application = group();
  const InternalTopics topics = internal_topics(application);
  EXPECT_EQ(topics.certain, (std::vector<std::string>{"app-by-word-repartition", "app-counts-changelog"}));
  EXPECT_EQ(topics.doubtful, std::vector<std::string>{"theirs-changelog"});
  application.subtopologies[1].state_changelog_topics = {
      "app-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000010-topic",
      "app-x-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-7-topic", "app-x-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE--topic",
      "app-x-subscription-response-topic", "app-other"};
  EXPECT_EQ(internal_topics(application).doubtful,
            (std::vector<std::string>{"app-x-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE--topic", "app-other"}));
}

// What the application reads is not its own, even where it is called so.
TEST(StreamsInternalTopics, AreNotWhatIsRead) {
  StreamsGroupDescription application = group();
  application.subtopologies[0].source_topics.push_back("app-counts-changelog");
  EXPECT_EQ(internal_topics(application).certain, std::vector<std::string>{"app-by-word-repartition"});
}

}  // namespace
}  // namespace sluice::tools
