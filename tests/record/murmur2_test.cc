#include "record/murmur2.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "record/hex.h"

namespace sluice {
namespace {

TEST(Murmur2, PutsKeysWhereKafkasPartitionerDoes) {
  std::ifstream file(std::string{SLUICE_SOURCE_DIR} + "/tests/golden/vectors/murmur2.tsv");
  std::string line;
  std::getline(file, line);  // The columns' names.
  int count = 0;
  for (; std::getline(file, line); ++count) {
    const std::string hex = line.substr(0, line.find('\t'));
    std::istringstream rest(line.substr(hex.size()));
    std::int32_t hash = 0, of_7 = 0, of_50 = 0;
    ASSERT_TRUE(rest >> hash >> of_7 >> of_50) << line;
    const auto key = testing::from_hex(hex);
    EXPECT_EQ(murmur2(key), hash) << line;
    EXPECT_EQ(partition_for_key(key, 7), PartitionIndex{of_7}) << line;
    EXPECT_EQ(partition_for_key(key, 50), PartitionIndex{of_50}) << line;
  }
  EXPECT_EQ(count, 200);
}

}  // namespace
}  // namespace sluice
