#include "tools/group_reset.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

using client::TopicPartition;

TopicPartition partition(std::string topic, std::int32_t index) {
  return {std::move(topic), PartitionIndex{index}};
}

TEST(TopicSelection, TellsTopicsFromPartitions) {
  const auto selection = parse_topic_selection({"whole", "part:0,2", "part:1"});
  ASSERT_TRUE(selection);
  EXPECT_EQ(selection->topics, std::vector<std::string>{"whole"});
  EXPECT_EQ(selection->partitions,
            (std::set<TopicPartition>{partition("part", 0), partition("part", 1), partition("part", 2)}));
}

TEST(TopicSelection, RefusesInKafkasWords) {
  EXPECT_EQ(parse_topic_selection({"t:a"}).error().what, "Invalid partition 'a' specified in topic arg 't:a''");
  for (const std::string text : {"t:", ":1", "t:1:2"})
    EXPECT_EQ(parse_topic_selection({text}).error().what,
              "Invalid topic arg '" + text + "', expected topic name and partitions");
  for (const std::string text : {"t:1,", "t:-1", "t:99999999999"})
    EXPECT_FALSE(parse_topic_selection({text})) << text;
}

TEST(ResetPlan, ReadsBothFormsOfCsv) {
  const auto one = parse_reset_plan("\"t\",0,2\r\nt,1,999\n", {"g"});
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, (ResetPlan{{"g", {{partition("t", 0), 2}, {partition("t", 1), 999}}}}));
  const auto two = parse_reset_plan("g,t,0,2\n\"my, \"\"own\"\" h\",t,1,3", {"g"});
  ASSERT_TRUE(two);
  EXPECT_EQ(*two, (ResetPlan{{"g", {{partition("t", 0), 2}}}, {"my, \"own\" h", {{partition("t", 1), 3}}}}));
}

TEST(ResetPlan, RefusesLinesOfAnotherForm) {
  for (const std::string_view text : {"t,0", "t,x,1\n", "t,0,1\ng,t,0,1", "t,-1,5", "\"t,0,1", "g,t,0,1,2"})
    EXPECT_FALSE(parse_reset_plan(text, {"g"})) << text;
  EXPECT_FALSE(parse_reset_plan("t,0,1", {"g", "h"})) << "with several groups each line names one";
  EXPECT_TRUE(parse_reset_plan("", {"g"})->empty());
}

TEST(ResetPlan, WritesWhatItReads) {
  const std::string topic = "a-topic-with-a-long-name-of-more";
  const ResetPlan plan{{"my group", {{partition(topic, 0), 0}, {partition("t", 1), 5}}}};
  // As Kafka's own writer quotes: long texts, and those with blanks.
  EXPECT_EQ(reset_plan_csv(plan, true), "\"" + topic + "\",0,0\nt,1,5\n");
  EXPECT_EQ(reset_plan_csv(plan, false), "\"my group\",\"" + topic + "\",0,0\n\"my group\",t,1,5\n");
  EXPECT_EQ(*parse_reset_plan(reset_plan_csv(plan, false), {}), plan);
}

TEST(ResetPlan, IsShownAsATable) {
  EXPECT_EQ(reset_plan_table({{"g-empty", {{partition("orders", 0), 0}}}}),
            "\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n"
            "g-empty         orders          0          0\n");
  EXPECT_EQ(reset_plan_table({{"g", {}}}), "\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n");
  EXPECT_EQ(reset_plan_table({}), "\n");
  EXPECT_EQ(reset_plan_table({{"a-group-with-a-name", {}}, {"g", {{partition("orders", 0), 0}}}}),
            "\nGROUP               TOPIC           PARTITION  NEW-OFFSET\n"
            "g                   orders          0          0\n")
      << "there is room for groups without rows";
}

TEST(Datetime, IsUtcUnlessItSaysOtherwise) {
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.000"), 0);
  EXPECT_EQ(parse_datetime("2024-02-29T12:30:15.250"), 1'709'209'815'250);
  EXPECT_EQ(parse_datetime("1970-01-01T01:00:00.000+01:00"), 0);
  EXPECT_EQ(parse_datetime("1970-01-01T01:00:00.000+0100"), 0);
  EXPECT_EQ(parse_datetime("1969-12-31T22:00:00.000-02"), 0);
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:01.000Z"), 1000);
}

TEST(Datetime, RefusesWhatIsNoTime) {
  EXPECT_EQ(parse_datetime("nonsense").error().what,
            "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
  for (const std::string_view text :
       {"2024-02-30T00:00:00.000", "2024-01-01T24:00:00.000", "2024-01-01T00:00:00", "2024-1-01T00:00:00.000",
        "2024-01-01T00:00:00.000+1", "2024-01-01T00:00:00.000Q", "T", "2024-01-01T"})
    EXPECT_FALSE(parse_datetime(text)) << text;
}

TEST(Bounded, OffsetsStayWithinThePartition) {
  const TopicPartition p = partition("t", 1);
  EXPECT_EQ(bounded(p, 5, 2, 9).offset, 5);
  EXPECT_TRUE(bounded(p, 9, 2, 9).warning.empty());
  EXPECT_EQ(bounded(p, 10, 2, 9).offset, 9);
  EXPECT_EQ(bounded(p, 10, 2, 9).warning,
            "WARN New offset (10) is higher than latest offset for topic partition t-1. Value will be set to 9");
  EXPECT_EQ(bounded(p, -3, 2, 9).offset, 2);
}

}  // namespace
}  // namespace sluice::tools
