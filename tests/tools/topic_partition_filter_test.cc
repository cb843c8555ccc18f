#include "tools/topic_partition_filter.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

bool rules_match(std::string_view rules, std::string_view topic, std::int32_t partition) {
  const auto filter = TopicPartitionFilter::parse_rules(rules);
  EXPECT_TRUE(filter) << filter.error().what;
  return filter && filter->matches(topic, PartitionIndex{partition});
}

TEST(TopicPartitionFilter, TakesListsOfPatternsAndOfPartitions) {
  const auto filter = TopicPartitionFilter::parse("orders, pay.*", "0,2");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->matches("orders", PartitionIndex{0}));
  EXPECT_TRUE(filter->matches("payments", PartitionIndex{2}));
  EXPECT_FALSE(filter->matches("payments", PartitionIndex{1}));
  EXPECT_FALSE(filter->matches("orders-2", PartitionIndex{0})) << "the whole name has to match";
  EXPECT_TRUE(TopicPartitionFilter::parse(std::nullopt, "")->matches("any", PartitionIndex{7}));
}

TEST(TopicPartitionFilter, TakesRules) {
  EXPECT_TRUE(rules_match("orders", "orders", 5));
  EXPECT_TRUE(rules_match("orders:1", "orders", 1));
  EXPECT_FALSE(rules_match("orders:1", "orders", 2));
  EXPECT_TRUE(rules_match("orders:0-3", "orders", 2));
  EXPECT_FALSE(rules_match("orders:0-3", "orders", 3)) << "the end is not meant";
  EXPECT_TRUE(rules_match("orders:2-", "orders", 9));
  EXPECT_TRUE(rules_match("orders:-2", "orders", 1));
  EXPECT_FALSE(rules_match("orders:-2", "orders", 2));
  EXPECT_TRUE(rules_match(":3", "any", 3));
  EXPECT_FALSE(rules_match(":3", "any", 4));
  EXPECT_TRUE(rules_match("a:1,b.*:0-2", "bc", 1));
  EXPECT_FALSE(rules_match("a:1,b.*:0-2", "a", 0));
}

TEST(TopicPartitionFilter, RefusesWhatIsNeither) {
  EXPECT_FALSE(TopicPartitionFilter::parse_rules("orders:x"));
  EXPECT_FALSE(TopicPartitionFilter::parse_rules("orders:1-x"));
  EXPECT_FALSE(TopicPartitionFilter::parse_rules("(:1"));
  EXPECT_FALSE(TopicPartitionFilter::parse("(", ""));
  EXPECT_FALSE(TopicPartitionFilter::parse(std::nullopt, "1,x"));
  EXPECT_FALSE(TopicPartitionFilter::parse(std::nullopt, "-1"));
}

TEST(NamePattern, SaysWhatIsWrongAsKafkaDoes) {
  EXPECT_EQ(NamePattern::parse("a(b").error().what, "missing closing )");
  EXPECT_EQ(NamePattern::parse("a[b").error().what, "missing closing ]");
  EXPECT_EQ(NamePattern::parse("*b").error().what, "missing argument to repetition operator");
  EXPECT_TRUE(NamePattern::parse("(?i)a.*")->matches("ABC"));
  EXPECT_TRUE(NamePattern::parse_list("'a, b'")->matches("b"));
}

}  // namespace
}  // namespace sluice::tools
