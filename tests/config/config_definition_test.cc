#include "config/config_definition.h"

#include <algorithm>
#include <map>

#include "config/config_value.h"
#include "support.h"

namespace sluice {
namespace {

struct Reference {
  ConfigScope scope;
  std::string file;
};

class ReferenceTables : public ::testing::TestWithParam<Reference> {};

std::string brackets_off(const std::string& text) {
  return text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : text;
}

// Every key of Kafka 4.4.0 is known, with Kafka's type, default, importance and way of changing.
TEST_P(ReferenceTables, AreCovered) {
  const auto rows = read_table("tests/reference/configs/" + GetParam().file + ".tsv");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    SCOPED_TRACE(row[1]);
    const ConfigDefinition* definition = find_config(GetParam().scope, row[1]);
    ASSERT_NE(definition, nullptr);
    const std::map<std::string, ConfigType> types = {
        {"BOOLEAN", ConfigType::boolean}, {"STRING", ConfigType::string},    {"INT", ConfigType::int32},
        {"SHORT", ConfigType::int16},     {"LONG", ConfigType::int64},       {"DOUBLE", ConfigType::float64},
        {"LIST", ConfigType::list},       {"CLASS", ConfigType::class_name}, {"PASSWORD", ConfigType::password}};
    EXPECT_EQ(definition->type, types.at(row[2]));
    if (row[3] == "null" || row[3] == "(required)")
      EXPECT_EQ(definition->default_text, std::nullopt);
    else
      EXPECT_EQ(definition->default_text, row[2] == "LIST" ? brackets_off(row[3]) : row[3]);
    EXPECT_EQ(definition->required, row[3] == "(required)");
    EXPECT_EQ(definition->sensitive, row[2] == "PASSWORD");
    EXPECT_EQ(definition->internal, row[7] == "true");
    const std::map<std::string, ConfigImportance> importances = {
        {"HIGH", ConfigImportance::high}, {"MEDIUM", ConfigImportance::medium}, {"LOW", ConfigImportance::low}};
    EXPECT_EQ(definition->importance, importances.at(row[5]));
    if (GetParam().scope == ConfigScope::broker) {
      const std::map<std::string, ConfigUpdate> updates = {{"read-only", ConfigUpdate::read_only},
                                                           {"per-broker", ConfigUpdate::per_broker},
                                                           {"cluster-wide", ConfigUpdate::cluster_wide}};
      EXPECT_EQ(definition->update, updates.at(row[6]));
    } else if (!row[8].empty() && row[8] != "null") {
      ASSERT_FALSE(definition->synonyms.empty());
      EXPECT_EQ(definition->synonyms.front(), row[8]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ReferenceTables,
                         ::testing::Values(Reference{ConfigScope::broker, "broker-controller"},
                                           Reference{ConfigScope::topic, "topic"},
                                           Reference{ConfigScope::group, "group"},
                                           Reference{ConfigScope::client_metrics, "client-metrics"},
                                           Reference{ConfigScope::producer, "producer"},
                                           Reference{ConfigScope::consumer, "consumer"},
                                           Reference{ConfigScope::admin, "admin"}),
                         [](const auto& test) {
                           std::string name = test.param.file;
                           std::erase(name, '-');
                           return name;
                         });

TEST(ConfigDefinitions, SayWhatBrokersMayBeToldWhileTheyRun) {
  const auto rows = read_table("tests/reference/configs/dynamic-broker-modes.tsv");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const ConfigDefinition* definition = find_config(ConfigScope::broker, rows[i][0]);
    ASSERT_NE(definition, nullptr) << rows[i][0];
    EXPECT_EQ(definition->update == ConfigUpdate::per_broker, rows[i][1] == "per-broker") << rows[i][0];
    EXPECT_NE(definition->update, ConfigUpdate::read_only) << rows[i][0];
  }
}

constexpr ConfigScope kScopes[] = {ConfigScope::broker,   ConfigScope::topic,          ConfigScope::group,
                                   ConfigScope::quota,    ConfigScope::client_metrics, ConfigScope::producer,
                                   ConfigScope::consumer, ConfigScope::admin};

// Look-up is a binary search, so order is part of the table.
TEST(ConfigDefinitions, AreSortedAndEachIsFound) {
  for (const ConfigScope scope : kScopes) {
    const auto definitions = config_definitions(scope);
    ASSERT_FALSE(definitions.empty());
    EXPECT_TRUE(std::ranges::is_sorted(definitions, {}, &ConfigDefinition::name));
    for (const ConfigDefinition& definition : definitions)
      EXPECT_EQ(find_config(scope, definition.name), &definition);
  }
  EXPECT_EQ(find_config(ConfigScope::topic, "log.dirs"), nullptr);
  EXPECT_EQ(find_config(ConfigScope::broker, ""), nullptr);
}

TEST(ConfigDefinitions, HaveDefaultsOfTheirType) {
  for (const ConfigScope scope : kScopes)
    for (const ConfigDefinition& definition : config_definitions(scope))
      if (definition.default_text)
        EXPECT_EQ(config_text(default_config_value(definition)), definition.default_text) << definition.name;
}

TEST(ConfigDefinitions, FindTheKeyOfAListenersOwnValue) {
  const auto find = [](std::string_view name) {
    return find_config_or_listener_override(ConfigScope::broker, name);
  };
  const auto* keystore = find_config(ConfigScope::broker, "ssl.keystore.location");
  const auto* jaas = find_config(ConfigScope::broker, "sasl.jaas.config");
  EXPECT_EQ(find("listener.name.internal.ssl.keystore.location"), keystore);
  EXPECT_EQ(find("listener.name.internal.sasl.jaas.config"), jaas);
  EXPECT_EQ(find("listener.name.internal.scram-sha-256.sasl.jaas.config"), jaas);
  EXPECT_EQ(find("listener.name.internal.nope"), nullptr);
  EXPECT_EQ(find("listener.name.internal"), nullptr);
  EXPECT_EQ(find_config_or_listener_override(ConfigScope::topic, "listener.name.a.max.connections"), nullptr);
}

TEST(ConfigDefinitions, GuessWhatWasMeant) {
  EXPECT_EQ(similar_config(ConfigScope::broker, "num.partition"), "num.partitions");
  EXPECT_EQ(similar_config(ConfigScope::broker, "log.retention.huors"), "log.retention.hours");
  EXPECT_EQ(similar_config(ConfigScope::broker, "advertised_listeners"), "advertised.listeners");
  EXPECT_EQ(similar_config(ConfigScope::broker, "Log.Dirs"), "log.dirs");
  EXPECT_EQ(similar_config(ConfigScope::topic, "cleanup.polciy"), "cleanup.policy");
  EXPECT_EQ(similar_config(ConfigScope::broker, "something.else.entirely"), std::nullopt);
  EXPECT_EQ(similar_config(ConfigScope::broker, "x"), std::nullopt);
  EXPECT_EQ(similar_config(ConfigScope::broker, std::string(100'000, 'a')), std::nullopt);
}

// What older brokers had and people still have in their files is known, and says what it means now.
TEST(ConfigDefinitions, KnowTheKeysThatKafkaHasDropped) {
  for (const char* name : {"zookeeper.connect",
                           "zookeeper.connection.timeout.ms",
                           "zookeeper.clientCnxnSocket",
                           "broker.id.generation.enable",
                           "reserved.broker.max.id",
                           "port",
                           "host.name",
                           "advertised.host.name",
                           "advertised.port",
                           "inter.broker.protocol.version",
                           "log.message.format.version",
                           "log.message.downconversion.enable",
                           "control.plane.listener.name",
                           "delegation.token.master.key",
                           "quota.producer.default",
                           "password.encoder.secret",
                           "leader.imbalance.per.broker.percentage",
                           "controlled.shutdown.max.retries",
                           "offsets.commit.required.acks",
                           "confluent.support.metrics.enable"}) {
    const ConfigDefinition* definition = find_config(ConfigScope::broker, name);
    ASSERT_NE(definition, nullptr) << name;
    EXPECT_TRUE(definition->undeclared) << name;
  }
}

}  // namespace
}  // namespace sluice
