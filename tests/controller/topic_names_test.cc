#include "controller/topic_names.h"

#include <gtest/gtest.h>

#include "metadata/records.h"

namespace sluice {
namespace {

std::string said(std::string_view topic) {
  const auto checked = check_topic_name(topic);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_topic_exception);
  return checked.error().text;
}

TEST(TopicNames, MayHaveLettersDigitsAndThreeSigns) {
  EXPECT_EQ(said("Az09._-"), "");
  EXPECT_EQ(said("..."), "");
  EXPECT_EQ(said(std::string(249, 'x')), "");
}

TEST(TopicNames, AreRefusedInKafkasWords) {
  EXPECT_EQ(
      said("bad/name"),
      "Topic name is invalid: 'bad/name' contains one or more characters other than ASCII alphanumerics, '.', "
      "'_' and '-'");
  EXPECT_EQ(said(""), "Topic name is invalid: the empty string is not allowed");
  EXPECT_EQ(said("."), "Topic name is invalid: '.' is not allowed");
  EXPECT_EQ(said(".."), "Topic name is invalid: '..' is not allowed");
  const std::string tooLong(250, 'x');
  EXPECT_EQ(said(tooLong),
            "Topic name is invalid: the length of '" + tooLong + "' is longer than the max allowed length 249");
  EXPECT_NE(said("\xc3\xa9"), "");
  EXPECT_NE(said(std::string_view("a\0b", 3)), "");
}

TEST(TopicNames, CollideWhereOnlyDotAndUnderscoreDiffer) {
  EXPECT_TRUE(topic_names_collide("a.b_c", "a_b.c"));
  EXPECT_FALSE(topic_names_collide("a.b", "a-b"));
  EXPECT_FALSE(topic_names_collide("a.b", "a.bc"));
  const MetadataImage image =
      test::apply({}, test::list(test::topic("with.dot", test::id(1)), test::topic("plain", test::id(2))));
  EXPECT_EQ(find_colliding_topic(image.topics, "with_dot")->name(), "with.dot");
  EXPECT_EQ(find_colliding_topic(image.topics, "with.dot"), nullptr);
  EXPECT_EQ(find_colliding_topic(image.topics, "plain"), nullptr);
}

}  // namespace
}  // namespace sluice
