#include "config/configuration.h"

#include "support.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

TEST(Configuration, GivesDefaultsForWhatNobodySet) {
  const Configuration broker(ConfigScope::broker);
  EXPECT_TRUE(broker.boolean("auto.create.topics.enable"));
  EXPECT_EQ(broker.int32("num.partitions"), 1);
  EXPECT_EQ(broker.int32("offsets.topic.replication.factor"), 3);
  EXPECT_EQ(broker.milliseconds("log.retention.check.interval.ms"), 300s);
  EXPECT_EQ(broker.find_int64("log.retention.ms"), std::nullopt);
  EXPECT_EQ(broker.find_text("broker.rack"), std::nullopt);
  EXPECT_EQ(broker.text("compression.type"), "producer");
  EXPECT_EQ(broker.list("ssl.enabled.protocols"), (Strings{"TLSv1.2", "TLSv1.3"}));
  EXPECT_EQ(broker.float64("log.cleaner.min.cleanable.ratio"), 0.5);
  EXPECT_FALSE(broker.is_set("num.partitions"));
  EXPECT_EQ(broker.origin("num.partitions"), "");
}

TEST(Configuration, LetsLaterSettingsWin) {
  const auto broker = Configuration::from(
      ConfigScope::broker,
      std::vector<ConfigSetting>{{"num.partitions", "2", "server.properties:1"},
                                 {"num.partitions", "3", "environment variable KAFKA_NUM_PARTITIONS"},
                                 {"num.partitions", " 4 ", "--override"}});
  ASSERT_TRUE(broker);
  EXPECT_EQ(broker->int32("num.partitions"), 4);
  EXPECT_EQ(broker->origin("num.partitions"), "--override");
  EXPECT_EQ(broker->set_text("num.partitions"), " 4 ");
}

// All that is wrong is said at once, with key, value, what is allowed, and where it stands.
TEST(Configuration, NamesEveryWrongValueAndWhereItWasSet) {
  const auto broker = Configuration::from(
      ConfigScope::broker, std::vector<ConfigSetting>{{"num.partitions", "0", "server.properties:7"},
                                                      {"log.dirs", "/d", "server.properties:8"},
                                                      {"log.preallocate", "maybe", "--override"}});
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code, Errc::invalid_argument);
  EXPECT_EQ(broker.error().what,
            "Invalid value 0 for configuration num.partitions: Value must be at least 1 (server.properties:7)\n"
            "Invalid value maybe for configuration log.preallocate: Expected value to be either true or false "
            "(--override)");
}

TEST(Configuration, WarnsOfUnknownKeysByName) {
  const auto broker = Configuration::from(
      ConfigScope::broker, std::vector<ConfigSetting>{{"num.partition", "2", "server.properties:3"},
                                                      {"quite.another.thing", "x", "server.properties:4"}});
  ASSERT_TRUE(broker);
  EXPECT_EQ(broker->warnings(),
            (Strings{"num.partition is no broker configuration and is ignored (server.properties:3); did you mean "
                     "num.partitions?",
                     "quite.another.thing is no broker configuration and is ignored (server.properties:4)"}));
  EXPECT_EQ(broker->set_text("quite.another.thing"), "x");
}

TEST(Configuration, WarnsOfKeysThatNoLongerDoAnything) {
  const auto warnings = broker_with("inter.broker.protocol.version=2.8; num.io.threads=16").warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].starts_with("inter.broker.protocol.version=2.8 has no effect (test). Kafka before 4.0:"))
      << warnings[0];
}

// Whoever sets a quota or an authorizer must not believe it to be in force.
TEST(Configuration, WarnsOfKeysThatNothingActsOnYet) {
  EXPECT_EQ(broker_with("early.start.listeners=PLAINTEXT").warnings(),
            Strings{"early.start.listeners is accepted, but nothing acts on it yet (test)"});
  EXPECT_EQ(broker_with("early.start.listeners=PLAINTEXT; num.partitions=2; config.providers=").warnings().size(),
            1u);
}

TEST(Configuration, WarnsOfASingleListenersValues) {
  EXPECT_EQ(broker_with("max.connections=1; listener.name.internal.max.connections=2").warnings(),
            Strings{"listener.name.internal.max.connections is accepted, but nothing acts on it yet (test)"});
}

// Kafka's own files say it, and a node that is alone does so anyway.
TEST(Configuration, PassesOverWhatGoesWithoutSaying) {
  EXPECT_EQ(broker_with("inter.broker.listener.name=PLAINTEXT").warnings(), Strings{});
  EXPECT_EQ(broker_with("early.start.listeners=PLAINTEXT").warnings().size(), 1u);
}

// A policy that nobody asks would be missed; it has to be said.
TEST(Configuration, WarnsOfClassesThatAreNotLoaded) {
  EXPECT_EQ(broker_with("create.topic.policy.class.name=com.acme.Policy").warnings().size(), 1u);
}

TEST(Configuration, NeverShowsSecretsInWarnings) {
  const auto warnings = broker_with("password.encoder.secret=hunter2").warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].find("hunter2"), std::string::npos);
}

TEST(Configuration, TakesPluginsKeysWithoutAWord) {
  const Configuration broker = broker_with("rsm.config.bucket=b; rsm.config.region=r; rsm.configx=1");
  EXPECT_EQ(broker.warnings().size(), 1u);
  EXPECT_EQ(broker.with_prefix("rsm.config."), (ConfigMap{{"bucket", "b"}, {"region", "r"}}));
}

TEST(Configuration, PrefersAListenersOwnValue) {
  const Configuration broker = broker_with(
      "max.connections=1; listener.name.internal.max.connections=2; sasl.jaas.config=base; "
      "listener.name.internal.sasl.jaas.config=listener; "
      "listener.name.internal.scram-sha-256.sasl.jaas.config=both");
  const auto of = [&](std::string_view listener, std::string_view key, std::string_view mechanism = {}) {
    return config_text(broker.value_for_listener(listener, key, mechanism));
  };
  EXPECT_EQ(of("INTERNAL", "max.connections"), "2");
  EXPECT_EQ(of("EXTERNAL", "max.connections"), "1");
  EXPECT_EQ(of("INTERNAL", "sasl.jaas.config", "SCRAM-SHA-256"), "both");
  EXPECT_EQ(of("INTERNAL", "sasl.jaas.config", "PLAIN"), "listener");
  EXPECT_EQ(of("EXTERNAL", "sasl.jaas.config", "PLAIN"), "base");
  EXPECT_EQ(of("EXTERNAL", "max.connections.per.ip"), "2147483647");
  for (const std::string& warning : broker.warnings()) EXPECT_EQ(warning.find("is ignored"), std::string::npos);
}

TEST(Configuration, ChecksAListenersOwnValueToo) {
  const auto broker = Configuration::from(ConfigScope::broker, settings("listener.name.a.max.connections=-1"));
  EXPECT_EQ(error_of(broker),
            "Invalid value -1 for configuration listener.name.a.max.connections: Value must be at least 0 (test)");
}

TEST(Configuration, TellsOfAKeyThatStandsTwiceInAFile) {
  const auto properties = parse_properties("log.dirs=/a\n\nlog.dirs=/b\n", "f");
  ASSERT_TRUE(properties);
  Strings warnings;
  EXPECT_EQ(settings_of_file(*properties, "f", warnings).size(), 2u);
  EXPECT_EQ(warnings, Strings{"log.dirs is set at lines 1 and 3 of f; the last one counts"});
}

TEST(Configuration, ReadsOverrides) {
  const auto setting = setting_of_override("listeners=A://:1,B://:2?x=y");
  ASSERT_TRUE(setting);
  EXPECT_EQ(setting->name, "listeners");
  EXPECT_EQ(setting->value, "A://:1,B://:2?x=y");
  EXPECT_FALSE(setting_of_override("log.dirs"));
  EXPECT_FALSE(setting_of_override("=x"));
}

}  // namespace
}  // namespace sluice
