#include "config/properties.h"

#include "support.h"

namespace sluice {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs_of(std::string_view text) {
  const auto properties = parse_properties(text, "f");
  EXPECT_TRUE(properties) << error_of(properties);
  Pairs pairs;
  for (const Property& property : properties.value_or(std::vector<Property>()))
    pairs.emplace_back(property.key, property.value);
  return pairs;
}

TEST(Properties, TakesEverySeparator) {
  EXPECT_EQ(pairs_of("a=1\nb:2\nc 3\nd = 4\ne : 5\nf\tg\nh\ni="),
            (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", "5"}, {"f", "g"}, {"h", ""}, {"i", ""}}));
  EXPECT_EQ(pairs_of("a==b"), (Pairs{{"a", "=b"}}));
  EXPECT_EQ(pairs_of("listeners=PLAINTEXT://:9092"), (Pairs{{"listeners", "PLAINTEXT://:9092"}}));
}

TEST(Properties, LeavesCommentsAndBlankLinesOut) {
  EXPECT_EQ(pairs_of("# one\n  ! two\n\n \t\na=1 # not a comment\n#a=2\\\nb=3"),
            (Pairs{{"a", "1 # not a comment"}, {"b", "3"}}));
}

TEST(Properties, JoinsContinuedLines) {
  EXPECT_EQ(pairs_of("a=1,\\\n   2,\\\r\n\t3\nb=x\\\\\nc=y"), (Pairs{{"a", "1,2,3"}, {"b", "x\\"}, {"c", "y"}}));
  EXPECT_EQ(pairs_of("a=1\\"), (Pairs{{"a", "1"}}));
}

TEST(Properties, TakesEveryLineEnd) {
  EXPECT_EQ(pairs_of("a=1\r\nb=2\rc=3\n"), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
}

TEST(Properties, ReadsEscapes) {
  EXPECT_EQ(pairs_of("a\\=b\\ c=\\t\\n\\:\\q"), (Pairs{{"a=b c", "\t\n:q"}}));
  EXPECT_EQ(pairs_of("a=\\u0041\\u00e9\\u20AC"), (Pairs{{"a", "A\xC3\xA9\xE2\x82\xAC"}}));
  EXPECT_EQ(pairs_of("a=\\uD83D\\uDE00"), (Pairs{{"a", "\xF0\x9F\x98\x80"}}));
  EXPECT_EQ(pairs_of("a=\\uD83Dx"), (Pairs{{"a", "\xEF\xBF\xBDx"}}));
}

// Java reads ISO-8859-1; people write UTF-8. Both come out as UTF-8.
TEST(Properties, TakesUtf8AndLatin1) {
  EXPECT_EQ(pairs_of("a=\xC3\xA9"), (Pairs{{"a", "\xC3\xA9"}}));
  EXPECT_EQ(pairs_of("a=\xE9"), (Pairs{{"a", "\xC3\xA9"}}));
  EXPECT_EQ(pairs_of("\xEF\xBB\xBF"
                     "a=1"),
            (Pairs{{"a", "1"}}));
}

TEST(Properties, TellsLines) {
  const auto properties = parse_properties("\n# x\na=1\\\n2\n\nb=3", "f");
  ASSERT_TRUE(properties);
  EXPECT_EQ((*properties)[0].line, 3);
  EXPECT_EQ((*properties)[1].line, 6);
}

TEST(Properties, SaysWhereAnEscapeIsBroken) {
  const auto properties = parse_properties("a=1\nb=\\u12x4", "server.properties");
  ASSERT_FALSE(properties);
  EXPECT_EQ(properties.error().code, Errc::corrupt);
  EXPECT_EQ(properties.error().what, "server.properties:2: \\u must be followed by four hexadecimal digits");
  EXPECT_FALSE(parse_properties(std::string_view("a=\0b", 4), "f"));
}

TEST(Properties, AreWrittenSoThatTheyAreReadBack) {
  const std::vector<Property> all = {{.key = "a b=c:d", .value = " leading and trailing "},
                                     {.key = "#key", .value = "line\nbreak\tand \\ backslash"},
                                     {.key = "plain", .value = "PLAINTEXT://:9092"},
                                     {.key = "empty", .value = ""},
                                     {.key = "accent", .value = "\xC3\xA9"}};
  const std::string text = write_properties(all);
  Pairs expected;
  for (const Property& property : all) expected.emplace_back(property.key, property.value);
  EXPECT_EQ(pairs_of(text), expected);
  EXPECT_NE(text.find("plain=PLAINTEXT://:9092\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace sluice
