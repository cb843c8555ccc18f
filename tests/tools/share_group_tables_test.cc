// The tables of kafka-share-groups.sh, as Apache Kafka printed them (tests/reference/transcripts).
#include "tools/share_group_tables.h"

#include <gtest/gtest.h>

#include "tools/group_tables.h"

namespace sluice::tools {
namespace {

using client::GroupDescription;
using client::ShareOffsets;

const ShareOffsets kOffsets{
    {{"orders", PartitionIndex{0}}, {.start = Offset{6404}, .leader_epoch = LeaderEpoch{0}, .lag = 0}},
    {{"orders", PartitionIndex{1}},
     {.start = std::nullopt, .leader_epoch = LeaderEpoch{-1}, .lag = std::nullopt}}};

GroupDescription group() {
  GroupDescription group{.group_id = "g-share",
                         .type = "share",
                         .state = "Stable",
                         .protocol_type = "share",
                         .assignor = "simple",
                         .epoch = 5,
                         .assignment_epoch = 5,
                         .coordinator = NodeId{1},
                         .members = {}};
  client::GroupMember member;
  member.member_id = "_k4R9muESHWaZiYNkmUB_Q";
  member.client_host = "/127.0.0.1";
  member.client_id = "console-share-consumer";
  member.epoch = 5;
  for (const int partition : {0, 1, 2}) member.assignment.push_back({"orders", PartitionIndex{partition}});
  group.members.push_back(member);
  return group;
}

TEST(ShareGroupTables, ShowsOffsets) {
  EXPECT_EQ(share_offsets_table("g-share", kOffsets, false),
            "\nGROUP           TOPIC           PARTITION  START-OFFSET  LAG\n"
            "g-share         orders          0          6404          0\n"
            "g-share         orders          1          -             -\n");
  EXPECT_EQ(share_offsets_table("g-share", kOffsets, true),
            "\nGROUP           TOPIC           PARTITION  LEADER-EPOCH  START-OFFSET  LAG\n"
            "g-share         orders          0          0             6404          0\n"
            "g-share         orders          1          -             -             -\n");
}

TEST(ShareGroupTables, ShowsMembers) {
  EXPECT_EQ(
      share_members_table(group(), false),
      "\nGROUP           CONSUMER-ID            HOST            CLIENT-ID              #PARTITIONS  ASSIGNMENT\n"
      "g-share         _k4R9muESHWaZiYNkmUB_Q /127.0.0.1      console-share-consumer 3            orders:0,1,2\n");
  EXPECT_EQ(
      share_members_table(group(), true),
      "\nGROUP           CONSUMER-ID            HOST            CLIENT-ID              #PARTITIONS  MEMBER-EPOCH  "
      "ASSIGNMENT\n"
      "g-share         _k4R9muESHWaZiYNkmUB_Q /127.0.0.1      console-share-consumer 3            5             "
      "orders:0,1,2\n");
}

TEST(ShareGroupTables, ShowsStates) {
  EXPECT_EQ(share_state_table(group(), "127.0.0.1:29310", false),
            "\nGROUP           COORDINATOR (ID)          STATE           #MEMBERS\n"
            "g-share         127.0.0.1:29310  (1)      Stable          1\n");
  EXPECT_EQ(share_state_table(group(), "127.0.0.1:29310", true),
            "\nGROUP           COORDINATOR (ID)          STATE           GROUP-EPOCH  ASSIGNMENT-EPOCH  #MEMBERS\n"
            "g-share         127.0.0.1:29310  (1)      Stable          5            5                 1\n");
  EXPECT_EQ(states_table({{.group_id = "g-share", .protocol_type = "share", .state = "Stable", .type = "share"}}),
            "GROUP           STATE\ng-share         Stable\n");
}

TEST(ShareGroupTables, ShowsWhatWasDeleted) {
  EXPECT_EQ(deleted_share_offsets_table({{"orders", ""}, {"small", "no"}}),
            "\nTOPIC           STATUS\norders          Successful\nsmall           Error: no\n");
}

TEST(ShareGroupTables, KnowsTheStatesOfShareGroups) {
  EXPECT_EQ(share_group_state("empty"), "Empty");
  EXPECT_EQ(share_group_state("Reconciling"), std::nullopt);
}

}  // namespace
}  // namespace sluice::tools
