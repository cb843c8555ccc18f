#include "tools/line_format.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace sluice::tools {
namespace {

std::string text_of(std::optional<std::string_view> part) {
  return part ? "'" + std::string(*part) + "'" : "null";
}

/// "key:value" pairs, key and value as they were found, or what is wrong.
std::string split(std::string_view line, const client::Settings& properties) {
  const auto format = read_line_format(properties);
  if (!format) return format.error().what;
  const auto parts = split_line(line, *format, 3);
  if (!parts) return parts.error().what;
  std::string text;
  for (const HeaderView& header : parts->headers)
    text += std::string(header.key) + "=" +
            text_of(header.value ? std::optional(as_text(*header.value)) : std::nullopt) + " ";
  return text + text_of(parts->key) + " " + text_of(parts->value);
}

const client::Settings kAll{{"parse.key", "true"}, {"parse.headers", "true"}};

client::Settings with(client::Settings more) {
  more.insert(kAll.begin(), kAll.end());
  return more;
}

TEST(LineFormat, TakesALineForAValueUnlessTold) { EXPECT_EQ(split("a\tb\tc", {}), "null 'a\tb\tc'"); }

TEST(LineFormat, TakesHeadersKeyAndValueApart) {
  EXPECT_EQ(split("a:1,b:2:3\tk\tv\tw", kAll), "a='1' b='2:3' 'k' 'v\tw'");
  EXPECT_EQ(split("\tk\tv", kAll), "'k' 'v'");
  EXPECT_EQ(split("a=1;b=2|k/v", with({{"headers.delimiter", "|"},
                                       {"headers.separator", ";"},
                                       {"headers.key.separator", "="},
                                       {"key.separator", "/"}})),
            "a='1' b='2' 'k' 'v'");
}

TEST(LineFormat, KnowsWhatIsNull) {
  EXPECT_EQ(split("NULL\tNULL\tNULL", with({{"null.marker", "NULL"}})), "null null");
  EXPECT_EQ(split("a:NULL\tk\tv", with({{"null.marker", "NULL"}})), "a=null 'k' 'v'");
  EXPECT_EQ(split("NULL:1\tk\tv", with({{"null.marker", "NULL"}})),
            "Header keys should not be equal to the null marker 'NULL' as they can't be null");
}

TEST(LineFormat, SaysWhatIsMissingUnlessThatIsToBeIgnored) {
  EXPECT_EQ(split("v", kAll), "No headers delimiter found on line number 3: 'v'");
  EXPECT_EQ(split("a:1\tv", kAll), "No key separator found on line number 3: 'a:1\tv'");
  EXPECT_EQ(split("a\tk\tv", kAll), "No header key separator found in pair 'a' on line number 3");
  EXPECT_EQ(split("v", with({{"ignore.error", "true"}})), "null 'v'");
  EXPECT_EQ(split("a\tk\tv", with({{"ignore.error", "true"}})), "a=null 'k' 'v'");
}

TEST(LineFormat, RefusesDelimitersThatAreTheSame) {
  EXPECT_EQ(split("v", with({{"headers.delimiter", ","}})),
            "headers.delimiter and headers.separator may not be equal");
}

}  // namespace
}  // namespace sluice::tools
