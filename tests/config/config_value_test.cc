#include "config/config_value.h"

#include <map>

#include "config/iso_duration.h"
#include "support.h"

namespace sluice {
namespace {

const ConfigDefinition& key(ConfigScope scope, std::string_view name) {
  const ConfigDefinition* definition = find_config(scope, name);
  EXPECT_NE(definition, nullptr) << name;
  return *definition;
}

std::string unescaped(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\\\", at)) != std::string::npos; ++at) text.erase(at, 1);
  return text;
}

/// Rules whose message is ours: Kafka's repeats itself there, or speaks of Java.
bool has_own_words(const ConfigDefinition& definition) {
  switch (definition.rule.kind) {
    case ConfigRuleKind::offset_reset:
    case ConfigRuleKind::voter_list:
    case ConfigRuleKind::server_list: return true;
    default: return definition.name.starts_with("share.ac");  // "must either be 'implicit' or 'explicit'"
  }
}

// For one key of each kind of rule, the same texts are taken and refused as by Kafka 4.4.0, are read as the same
// value, and are refused with the same words.
TEST(ConfigValue, IsReadAsKafkaReadsIt) {
  const std::map<std::string, ConfigScope> scopes = {
      {"topic", ConfigScope::topic},       {"group", ConfigScope::group},       {"broker", ConfigScope::broker},
      {"producer", ConfigScope::producer}, {"consumer", ConfigScope::consumer}, {"admin", ConfigScope::admin}};
  std::size_t checked = 0;
  for (const auto& row : read_table("tests/config/data/kafka-values.tsv")) {
    ASSERT_EQ(row.size(), 5u) << row[1];
    SCOPED_TRACE(row[0] + " " + row[1] + "=" + row[2]);
    const ConfigDefinition& definition = key(scopes.at(row[0]), row[1]);
    const auto value = parse_config_value(definition, definition.name, row[2]);
    ++checked;
    EXPECT_EQ(value.has_value(), row[3] == "ok") << error_of(value);
    if (!value && row[3] != "ok" && !has_own_words(definition)) EXPECT_EQ(value.error().what, unescaped(row[4]));
    if (value && row[3] == "ok") EXPECT_EQ(config_text(*value), row[4]);
  }
  EXPECT_GT(checked, 1000u);
}

TEST(ConfigValue, SaysWhatIsAllowed) {
  const auto error = [](ConfigScope scope, std::string_view name, std::string_view text) {
    return error_of(parse_config_value(key(scope, name), name, text));
  };
  EXPECT_EQ(error(ConfigScope::broker, "num.partitions", "0"),
            "Invalid value 0 for configuration num.partitions: Value must be at least 1");
  EXPECT_EQ(error(ConfigScope::broker, "controller.quorum.voters", "1@host"),
            "Invalid value 1@host for configuration controller.quorum.voters: Each entry should be in the form "
            "{id}@{host}:{port}");
  EXPECT_EQ(error(ConfigScope::consumer, "auto.offset.reset", "first"),
            "Invalid value first for configuration auto.offset.reset: String must be one of: latest, earliest, "
            "none, or of "
            "the form by_duration:PnDTnHnMn.nS");
}

// NaN would slip through every comparison.
TEST(ConfigValue, RefusesNotANumber) {
  EXPECT_FALSE(parse_config_value(key(ConfigScope::topic, "min.cleanable.dirty.ratio"), "x", "NaN"));
}

TEST(IsoDuration, TakesDaysHoursMinutesAndSeconds) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parse_iso_duration("PT1H"), 1h);
  EXPECT_EQ(parse_iso_duration("P2DT3H4M5.5S"), 48h + 3h + 4min + 5s + 500ms);
  EXPECT_EQ(parse_iso_duration("pt0.000000001s"), 1ns);
  EXPECT_EQ(parse_iso_duration("P7D"), 168h);
  for (const char* wrong : {"", "P", "PT", "1H", "PT1", "P1H", "PT1D", "PT-1H", "-PT1H", "PT1S1H", "PT1.5H",
                            "PT1H ", "P1DT", "PT99999999999999999999S", "P40000D", "PT0.0000000001S"})
    EXPECT_EQ(parse_iso_duration(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace sluice
