// The tables are those of the transcripts under tests/reference/.
#include "tools/group_tables.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

using client::GroupDescription;
using client::GroupListing;

client::TopicPartition orders(std::int32_t partition) { return {"orders", PartitionIndex{partition}}; }

GroupDescription consumer_group() {
  GroupDescription group{.group_id = "g-consumer",
                         .type = "consumer",
                         .state = "Stable",
                         .protocol_type = "consumer",
                         .assignor = "uniform",
                         .epoch = 2,
                         .assignment_epoch = 2,
                         .coordinator = NodeId{1},
                         .members = {}};
  client::GroupMember member;
  member.member_id = "NF9ANXkrQqOmYzVy5wgUWQ";
  member.client_host = "/127.0.0.1";
  member.client_id = "g-consumer-client";
  member.assignment = {orders(2), orders(0), orders(1)};
  member.target_assignment = member.assignment;
  member.epoch = 2;
  member.upgraded = true;
  group.members.push_back(member);
  return group;
}

TEST(GroupTables, ListsGroups) {
  const std::vector<GroupListing> groups{{"g-consumer", "consumer", "Stable", "consumer"},
                                         {"g-empty", "", "Empty", "classic"}};
  EXPECT_EQ(listing_table(groups, {.type = false, .state = true}),
            "GROUP                     STATE               \n"
            "g-consumer                Stable              \n"
            "g-empty                   Empty               \n");
  EXPECT_EQ(listing_table({groups.front()}, {.type = true, .state = true}),
            "GROUP                     TYPE                 STATE               \n"
            "g-consumer                Consumer             Stable              \n");
}

TEST(GroupTables, ShowsOffsetsAndLag) {
  OffsetRow read;
  read.partition = orders(0);
  read.committed = client::OffsetAndMetadata{.offset = Offset{10}, .leader_epoch = LeaderEpoch{0}, .metadata = {}};
  read.end = Offset{6560};
  OffsetRow fresh;
  fresh.partition = orders(1);
  fresh.end = Offset{5};
  fresh.consumer_id = "NF9ANXkrQqOmYzVy5wgUWQ";
  fresh.host = "/127.0.0.1";
  fresh.client_id = "g-consumer-client";
  EXPECT_EQ(offsets_table("g-empty", {read, fresh}, false),
            "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             "
            "CONSUMER-ID        "
            "    HOST            CLIENT-ID\n"
            "g-empty         orders          0          10              6560            6550            -         "
            "         "
            "    -               -\n"
            "g-empty         orders          1          -               5               -               "
            "NF9ANXkrQqOmYzVy5wgUWQ /127.0.0.1      g-consumer-client\n");
  EXPECT_EQ(
      offsets_table("g-empty", {read}, true),
      "\nGROUP           TOPIC           PARTITION  LEADER-EPOCH    CURRENT-OFFSET  LOG-END-OFFSET  LAG           "
      "  "
      "CONSUMER-ID     HOST            CLIENT-ID\n"
      "g-empty         orders          0          0               10              6560            6550            "
      "-               -               -\n");
}

TEST(GroupTables, ShowsMembersOfGroupsOfTheNewProtocol) {
  EXPECT_EQ(members_table(consumer_group(), false),
            "\nGROUP           CONSUMER-ID            HOST            CLIENT-ID         #PARTITIONS     \n"
            "g-consumer      NF9ANXkrQqOmYzVy5wgUWQ /127.0.0.1      g-consumer-client 3               \n");
  EXPECT_EQ(
      members_table(consumer_group(), true),
      "\nGROUP           CONSUMER-ID            HOST            CLIENT-ID         #PARTITIONS     CURRENT-EPOCH   "
      "CURRENT-ASSIGNMENT   TARGET-EPOCH    TARGET-ASSIGNMENT   \n"
      "g-consumer      NF9ANXkrQqOmYzVy5wgUWQ /127.0.0.1      g-consumer-client 3               2               "
      "orders:0,1,2         2               orders:0,1,2        \n");
}

TEST(GroupTables, ShowsInstancesAndMigrationsWhereThereAreAny) {
  GroupDescription group = consumer_group();
  group.members.push_back(group.members.front());
  group.members.back().instance_id = "i1";
  group.members.back().upgraded = false;
  const std::string table = members_table(group, true);
  EXPECT_NE(table.find("CONSUMER-ID            GROUP-INSTANCE-ID HOST "), std::string::npos) << table;
  EXPECT_NE(table.find("TARGET-ASSIGNMENT    UPGRADED\n"), std::string::npos) << table;
  EXPECT_NE(table.find("orders:0,1,2         true\n"), std::string::npos) << table;
  EXPECT_NE(table.find("orders:0,1,2         false\n"), std::string::npos) << table;
}

TEST(GroupTables, ShowsStates) {
  EXPECT_EQ(state_table(consumer_group(), "127.0.0.1:29310", false),
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                #MEMBERS\n"
            "g-consumer      127.0.0.1:29310  (1)      uniform              Stable               1\n");
  GroupDescription classic = consumer_group();
  classic.type = "classic";
  classic.assignor = "";
  EXPECT_EQ(
      state_table(classic, "127.0.0.1:29310", true),
      "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                GROUP-EPOCH     "
      "TARGET-ASSIGNMENT-EPOCH   #MEMBERS\n"
      "g-consumer      127.0.0.1:29310  (1)      -                    Stable               -               "
      "-                         1\n");
}

TEST(GroupTables, ShowsWhatBecameOfDeletedOffsets) {
  EXPECT_EQ(deleted_offsets_table({{orders(0), ""}, {{"nope", PartitionIndex{-1}}, "gone"}}),
            "\nTOPIC           PARTITION  STATUS         \n"
            "nope            -          Error: gone    \n"
            "orders          0          Successful     \n");
}

TEST(GroupTables, SeveralTopicsOfAnAssignment) {
  EXPECT_EQ(shown_assignment({{"b", PartitionIndex{0}}, {"a", PartitionIndex{10}}, {"a", PartitionIndex{9}}}),
            "a:9,10;b:0");
}

TEST(GroupTables, StatesAreFoundWhateverTheirCase) {
  EXPECT_EQ(group_state("preparingrebalance"), "PreparingRebalance");
  EXPECT_EQ(group_state("bogus"), std::nullopt);
}

}  // namespace
}  // namespace sluice::tools
