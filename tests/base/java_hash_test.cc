#include "base/java_hash.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace sluice {
namespace {

TEST(JavaHash, PutsGroupsWhereKafkaDoes) {
  std::ifstream file(std::string{SLUICE_SOURCE_DIR} + "/tests/golden/vectors/java_string_hash.tsv");
  std::string line;
  std::getline(file, line);  // The columns' names.
  int count = 0;
  for (; std::getline(file, line); ++count) {
    const std::string text = line.substr(0, line.find('\t'));
    std::istringstream rest(line.substr(text.size()));
    std::int32_t hash = 0, of_50 = 0;
    ASSERT_TRUE(rest >> hash >> of_50) << line;
    EXPECT_EQ(java_string_hash(text), hash) << line;
    EXPECT_EQ(partition_for_id(text, 50), of_50) << line;
  }
  EXPECT_EQ(count, 13);
}

// Beyond the basic plane a character is two units: U+1F600 is D83D DE00.
TEST(JavaHash, CountsSurrogates) { EXPECT_EQ(java_string_hash("\xF0\x9F\x98\x80"), 31 * 0xD83D + 0xDE00); }

TEST(JavaHash, TakesWhatIsNotUtf8ForReplacements) {
  EXPECT_EQ(java_string_hash("\x80"), 0xFFFD);
  EXPECT_EQ(java_string_hash("\xC3"), 0xFFFD);                               // Cut off.
  EXPECT_EQ(java_string_hash("\xC0\x80"), 31 * 0xFFFD + 0xFFFD);             // Longer than it needs to be.
  EXPECT_EQ(java_string_hash("\xED\xA0\x80"), (31 * 31 + 31 + 1) * 0xFFFD);  // A surrogate.
}

}  // namespace
}  // namespace sluice
