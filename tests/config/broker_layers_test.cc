#include "config/broker_layers.h"

#include "support.h"

namespace sluice {
namespace {

using Strings = std::vector<std::string>;

/// The values that a line of a transcript gives for one source.
void collect(const std::string& line, std::string_view source, ConfigMap& into) {
  const std::string start = fmt::format("{}:", source);
  for (const std::string& piece : split(line.substr(line.find("synonyms={") + 10), ", ")) {
    if (!piece.starts_with(start)) continue;
    const std::string assignment = piece.substr(start.size());
    const std::size_t equals = assignment.find('=');
    std::string value = assignment.substr(equals + 1);
    if (value.ends_with('}')) value.pop_back();
    into.insert_or_assign(assignment.substr(0, equals), value == "null" ? "x" : value);
  }
}

// A running Kafka 4.4.0 and we, told the same, describe every key with the same value and the same synonyms.
TEST(BrokerLayers, DescribeABrokerAsKafkaDoes) {
  Strings expected;
  ConfigMap at_start, cluster, broker;
  for (const std::string& line :
       split(read_text("tests/reference/transcripts/kafka-configs.broker-all.txt"), "\n")) {
    if (line.find(" sensitive=") == std::string::npos) continue;
    expected.push_back(line);
    collect(line, "STATIC_BROKER_CONFIG", at_start);
    collect(line, "DYNAMIC_DEFAULT_BROKER_CONFIG", cluster);
    collect(line, "DYNAMIC_BROKER_CONFIG", broker);
  }
  ASSERT_GT(expected.size(), 300u);
  at_start["allow.everyone.if.no.acl.found"] = "true";
  std::vector<ConfigSetting> start;
  for (const auto& [name, value] : at_start) start.push_back({name, value, "test"});
  auto configuration = Configuration::from(ConfigScope::broker, start);
  ASSERT_TRUE(configuration) << error_of(configuration);
  BrokerLayers layers(std::move(*configuration));
  EXPECT_EQ(layers.replace_cluster_settings(cluster), Strings{});
  EXPECT_EQ(layers.replace_broker_settings(broker), Strings{});

  Strings described;
  for (const ConfigEntry& entry : layers.describe_all())
    if (!entry.name.starts_with("sluice.")) described.push_back(line_of(entry));
  EXPECT_EQ(described, expected);
}

TEST(BrokerLayers, LetTheBrokersOwnSettingWin) {
  BrokerLayers layers(broker_with("log.cleaner.threads=2"));
  EXPECT_EQ(layers.effective().int32("log.cleaner.threads"), 2);
  layers.replace_cluster_settings({{"log.cleaner.threads", "3"}});
  EXPECT_EQ(layers.effective().int32("log.cleaner.threads"), 3);
  layers.replace_broker_settings({{"log.cleaner.threads", "4"}});
  EXPECT_EQ(layers.effective().int32("log.cleaner.threads"), 4);

  const auto entry = layers.describe("log.cleaner.threads");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->source, ConfigSource::dynamic_broker_config);
  EXPECT_FALSE(entry->read_only);
  EXPECT_EQ(line_of(*entry),
            "  log.cleaner.threads=4 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:log.cleaner.threads=4, "
            "DYNAMIC_DEFAULT_BROKER_CONFIG:log.cleaner.threads=3, STATIC_BROKER_CONFIG:log.cleaner.threads=2, "
            "DEFAULT_CONFIG:log.cleaner.threads=1}");

  layers.replace_broker_settings({});
  layers.replace_cluster_settings({});
  EXPECT_EQ(layers.effective().int32("log.cleaner.threads"), 2);
}

TEST(BrokerLayers, ShowWhatWasSetForAllBrokers) {
  BrokerLayers layers(broker_with("message.max.bytes=5"));
  layers.replace_cluster_settings({{"message.max.bytes", "2000000"}});
  layers.replace_broker_settings({{"message.max.bytes", "7"}});
  const auto entries = layers.describe_cluster_settings();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(line_of(entries[0]),
            "  message.max.bytes=2000000 sensitive=false "
            "synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:message.max.bytes=2000000}");
}

TEST(BrokerLayers, LeaveOutWhatMayNotBeSetWhileRunning) {
  BrokerLayers layers(broker_with(""));
  const auto complaints = layers.replace_cluster_settings({{"log.dirs", "/x"},
                                                           {"max.connections", "many"},
                                                           {"listeners", "PLAINTEXT://:1"},
                                                           {"log.retention.ms", "5"}});
  EXPECT_EQ(complaints.size(), 3u);
  EXPECT_EQ(layers.effective().int64("log.retention.ms"), 5);
  EXPECT_FALSE(layers.effective().is_set("log.dirs"));
}

TEST(BrokerLayers, NeverShowSecrets) {
  BrokerLayers layers(broker_with("ssl.key.password=hunter2; some.plugins.key=hunter2; super.users=User:a"));
  for (const char* name : {"ssl.key.password", "some.plugins.key", "super.users"}) {
    const auto entry = layers.describe(name);
    ASSERT_TRUE(entry) << name;
    EXPECT_TRUE(entry->sensitive) << name;
    EXPECT_EQ(entry->value, std::nullopt) << name;
    for (const ConfigSynonym& synonym : entry->synonyms) EXPECT_EQ(synonym.value, std::nullopt) << name;
  }
  EXPECT_EQ(layers.describe("not.set.anywhere"), std::nullopt);
}

TEST(BrokerLayers, ShowAListenersOwnValueWithTheCommonOneBehindIt) {
  BrokerLayers layers(broker_with("max.connections=5; listener.name.a.max.connections=7"));
  const auto entry = layers.describe("listener.name.a.max.connections");
  ASSERT_TRUE(entry);
  EXPECT_EQ(
      line_of(*entry),
      "  listener.name.a.max.connections=7 sensitive=false "
      "synonyms={STATIC_BROKER_CONFIG:listener.name.a.max.connections=7, STATIC_BROKER_CONFIG:max.connections=5, "
      "DEFAULT_CONFIG:max.connections=2147483647}");
}

// The sentences are Kafka 4.4.0's; tools look for them.
TEST(BrokerLayers, RefuseDynamicSettingsInKafkasWords) {
  const auto error = [](std::string_view text, bool for_one_broker) {
    return error_of(validate_dynamic_broker_config(map_of(text), for_one_broker));
  };
  for (const bool one : {true, false}) {
    EXPECT_EQ(error("log.dirs=/x", one), "Cannot update these configs dynamically: [log.dirs]");
    EXPECT_EQ(error("log.retention.hours=3", one),
              "Cannot update these configs dynamically: [log.retention.hours]");
    EXPECT_EQ(error("ssl.keystore.location=/x", one),
              "These security configs can be dynamically updated only per-listener using the listener prefix: "
              "[ssl.keystore.location]");
    EXPECT_EQ(error("listener.name.a.max.connections=x", one),
              "Invalid value x for configuration max.connections: Not a number of type INT");
    EXPECT_EQ(error("leader.replication.throttled.rate=-1", one),
              "Invalid value -1 for configuration leader.replication.throttled.rate: Value must be at least 0");
    for (const char* fine :
         {"max.connections=5", "foo.bar=x", "listener.name.a.max.connections=7", "log.retention.ms=0"})
      EXPECT_EQ(error(fine, one), "") << fine;
  }
  for (const std::string name : {"listener.name.a.ssl.keystore.location", "listeners", "sasl.jaas.config"}) {
    EXPECT_EQ(error(name + "=x", true), "");
    EXPECT_EQ(error(name + "=x", false),
              "Cannot update these configs at default cluster level, broker id must be specified: [" + name + "]");
  }
}

}  // namespace
}  // namespace sluice
