#include "tools/records_to_delete.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

TEST(RecordsToDelete, ReadsOffsetsByPartition) {
  const auto offsets = parse_records_to_delete(
      R"({"partitions": [{"topic": "t", "partition": 0, "offset": 2}, {"topic": "t", "partition": 1, "offset": -1}]})");
  ASSERT_TRUE(offsets);
  EXPECT_EQ(offsets->size(), 2u);
  EXPECT_EQ(offsets->at({"t", PartitionIndex{0}}), Offset{2});
  EXPECT_EQ(offsets->at({"t", PartitionIndex{1}}), Offset{-1});
}

// The sentences are those that Apache Kafka 4.3.1's command prints for the same files.
TEST(RecordsToDelete, RefusesInKafkasWords) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"nonsense", "The input string is not a valid JSON"},
      {"", "The input string is not a valid JSON"},
      {R"({"version":1})", "Missing partitions field"},
      {R"({"partitions":[],"version":2})", "Not supported version field value 2"},
      {R"({"partitions":[{"topic":"t","partition":0}],"version":1})", "No such field exists: `offset`"},
      {R"({"partitions":[{"topic":"t","partition":0,"offset":2},{"topic":"t","partition":0,"offset":3}]})",
       "Offset json file contains duplicate topic partitions: t-0"},
  };
  for (const auto& [json, sentence] : kCases) {
    const auto refused = parse_records_to_delete(json);
    ASSERT_FALSE(refused) << json;
    EXPECT_EQ(refused.error().what, sentence);
  }
}

TEST(RecordsToDelete, RefusesWhatIsNoPartition) {
  for (const std::string_view entry :
       {R"({"topic":1,"partition":0,"offset":1})", R"({"topic":"t","partition":2147483648,"offset":1})",
        R"({"topic":"t","partition":0,"offset":-2})", R"({"topic":"t","partition":0,"offset":1.5})", "7"})
    EXPECT_FALSE(parse_records_to_delete(fmt::format("{{\"partitions\":[{}]}}", entry))) << entry;
}

}  // namespace
}  // namespace sluice::tools
