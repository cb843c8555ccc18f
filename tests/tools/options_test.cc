#include "tools/options.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

constexpr Option kKnown[] = {{"name", "String", ""}, {"flag", "", ""}, {"state", "String", "", true}};

Result<Options> parse(std::vector<std::string_view> words) {
  static std::vector<std::string_view> kept;
  kept = std::move(words);
  return Options::parse(kept, kKnown);
}

TEST(Options, TakesValuesBehindBlanksAndEqualsSigns) {
  const auto options = parse({"--name", "a", "--name=b", "--flag", "plain"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->all("name"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(options->has("flag"));
  EXPECT_EQ(options->plain(), std::vector<std::string>{"plain"});
  EXPECT_EQ(options->order(), (std::vector<std::string>{"name", "name", "flag"}));
}

TEST(Options, AnOptionalValueIsNotTheNextOption) {
  EXPECT_EQ(parse({"--state", "empty"})->find("state"), "empty");
  EXPECT_EQ(parse({"--state=empty"})->find("state"), "empty");
  for (const auto& options : {parse({"--state"}), parse({"--state", "--flag"})}) {
    ASSERT_TRUE(options);
    EXPECT_TRUE(options->has("state"));
    EXPECT_EQ(options->find("state"), std::nullopt);
  }
}

TEST(Options, SaysWhatIsWrong) {
  EXPECT_EQ(parse({"--nope"}).error().what, "nope is not a recognized option");
  EXPECT_EQ(parse({"--name"}).error().what, "Option name requires an argument");
}

}  // namespace
}  // namespace sluice::tools
