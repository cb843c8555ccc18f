#include "tools/config_arguments.h"

#include <gtest/gtest.h>

namespace sluice::tools {
namespace {

using Pairs = std::map<std::string, std::string>;

TEST(ConfigPairs, BracketsHoldCommasTogether) {
  EXPECT_EQ(*parse_config_pairs("k1=v1,k2=[v1,v2,v3],k3=v3"),
            (Pairs{{"k1", "v1"}, {"k2", "v1,v2,v3"}, {"k3", "v3"}}));
  EXPECT_EQ(*parse_config_pairs("SCRAM-SHA-256=[iterations=8192,password=pw]"),
            (Pairs{{"SCRAM-SHA-256", "iterations=8192,password=pw"}}));
}

TEST(ConfigPairs, BlanksAroundAreNoPartAndValuesMayBeEmpty) {
  EXPECT_EQ(*parse_config_pairs(" a = 1 , b ="), (Pairs{{"a", "1"}, {"b", ""}}));
}

TEST(ConfigPairs, RefusesWhatIsNoPair) {
  for (const std::string_view text : {"a", "a=b=c", "a=1,b", ""}) {
    SCOPED_TRACE(text);
    const auto pairs = parse_config_pairs(text);
    ASSERT_FALSE(pairs);
    EXPECT_EQ(
        pairs.error().what,
        "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\" or "
        " \"key=[val1,val2]\" to group values which contain commas.");
  }
}

Result<ConfigArguments> arguments(std::vector<std::string_view> words) {
  static std::vector<std::string_view> kept;
  kept = std::move(words);
  kept.insert(kept.end(), {"--bootstrap-server", "localhost:1"});
  const auto options = Options::parse(kept, config_options());
  if (!options) return fail(options.error());
  return config_arguments(*options);
}

TEST(ConfigArguments, ShortAndLongFormsNameTheSame) {
  const auto by_flag = arguments({"--describe", "--topic", "t"});
  const auto by_type = arguments({"--describe", "--entity-type", "topics", "--entity-name", "t"});
  ASSERT_TRUE(by_flag && by_type);
  EXPECT_EQ(by_flag->types, std::vector<std::string>{"topics"});
  EXPECT_EQ(by_flag->types, by_type->types);
  EXPECT_EQ(by_flag->names, std::vector<std::string>{"t"});
  EXPECT_EQ(by_flag->names, by_type->names);
}

TEST(ConfigArguments, NamesAndDefaultsKeepTheirOrder) {
  const auto both = arguments({"--describe", "--entity-type", "users", "--entity-default", "--entity-type",
                               "clients", "--entity-name", "c1"});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->types, (std::vector<std::string>{"users", "clients"}));
  EXPECT_EQ(both->names, (std::vector<std::string>{"", "c1"}));
}

TEST(ConfigArguments, ReadsWhatIsToChange) {
  const auto changes =
      arguments({"--alter", "--broker-defaults", "--add-config", "a=1,b=[2,3]", "--delete-config", "c, d"});
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->added, (Pairs{{"a", "1"}, {"b", "2,3"}}));
  EXPECT_EQ(changes->removed, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(changes->names, std::vector<std::string>{""});
}

// The sentences are those that Apache Kafka 4.3.1's command prints for the same words.
TEST(ConfigArguments, RefusesInKafkasWords) {
  const std::pair<std::vector<std::string_view>, std::string_view> kCases[] = {
      {{"--describe"}, "At least one entity type must be specified"},
      {{"--alter", "--topic", "t"},
       "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter"},
      {{"--alter", "--topic", "t", "--add-config", "a b=1"}, "Invalid character found for config key: a b"},
      {{"--alter", "--entity-type", "topics", "--add-config", "a=1"},
       "An entity name must be specified with --alter of topics"},
      {{"--alter", "--entity-type", "bogus", "--entity-name", "t", "--add-config", "a=1"},
       "Invalid entity type bogus, the entity type must be one of topics, clients, users, brokers, ips, "
       "client-metrics, groups, broker-loggers with a --bootstrap-server or --bootstrap-controller argument"},
      {{"--describe", "--entity-type", "topics", "--entity-name", "t", "--topic", "u"},
       "Duplicate entity type(s) specified: topics"},
      {{"--describe", "--entity-type", "topics", "--entity-type", "brokers"},
       "Only 'users' and 'clients' entity types may be specified together"},
      {{"--describe", "--broker", "x"},
       "The entity name for brokers must be a valid integer broker id, but it is: x"},
      {{"--alter", "--entity-type", "brokers", "--add-config", "a=1"},
       "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips"},
      {{"--describe", "--entity-type", "broker-loggers"},
       "An entity name must be specified with --describe of broker-loggers"},
      {{"--alter", "--topic", "t", "--add-config", "a=1", "--add-config-file", "f"},
       "Only one of --add-config or --add-config-file must be specified"},
  };
  for (const auto& [words, sentence] : kCases) {
    const auto refused = arguments(words);
    ASSERT_FALSE(refused) << sentence;
    EXPECT_EQ(refused.error().what, sentence);
  }
}

TEST(Password, HasIterationsIfWanted) {
  const auto plain = parse_password("SCRAM-SHA-256", "password=p,w=d");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->password, "p,w=d");
  EXPECT_EQ(plain->iterations, 4096);
  EXPECT_EQ(parse_password("SCRAM-SHA-512", "iterations=8192,password=pw")->iterations, 8192);
  EXPECT_EQ(parse_password("SCRAM-SHA-512", "iterations=-1,password=pw")->iterations, 4096);
}

TEST(Password, RefusesInKafkasWords) {
  EXPECT_EQ(parse_password("SCRAM-SHA-256", "pw").error().what, "Invalid credential property SCRAM-SHA-256=pw");
  EXPECT_EQ(parse_password("SCRAM-SHA-256", "iterations=100,password=pw").error().what,
            "Iterations 100 is less than the minimum 4096 required for SCRAM-SHA-256");
  for (const std::string_view text :
       {"iterations=x,password=pw", "iterations=5000", "iterations=20000,password=pw"})
    EXPECT_FALSE(parse_password("SCRAM-SHA-256", text)) << text;
}

}  // namespace
}  // namespace sluice::tools
