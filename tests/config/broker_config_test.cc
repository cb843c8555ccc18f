#include "config/broker_config.h"

#include <gmock/gmock.h>

#include <array>
#include <limits>

#include "config/group_config.h"
#include "config/topic_config.h"
#include "support.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

struct Started {
  BrokerConfig config;
  Strings warnings;
  Configuration configuration;
};

Started start_with_file(const std::string& name) {
  const std::string text = read_text("tests/config/data/" + name);
  auto sources = read_broker_sources({.file_name = name, .file_text = text, .environment = {}, .overrides = {}});
  EXPECT_TRUE(sources) << name << ": " << error_of(sources);
  if (!sources) return {{}, {}, Configuration(ConfigScope::broker)};
  auto config = read_broker_config(sources->configuration, {.hostname = "me", .data_dir = "./data"});
  EXPECT_TRUE(config) << name << ": " << error_of(config);
  return {config.value_or(BrokerConfig()), sources->warnings, sources->configuration};
}

// Nothing need be said: a node with an empty file is a cluster.
TEST(BrokerConfig, NeedsNothing) {
  const auto config = broker_config("");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->node.id, 1);
  EXPECT_TRUE(config->node.id_is_chosen);
  EXPECT_EQ(config->node.roles, (NodeRoles{.broker = true, .controller = true}));
  EXPECT_TRUE(config->node.quorum.is_own());
  EXPECT_TRUE(config->node.alone);
  EXPECT_EQ(config->node.log_dirs, Strings{"./data"});
  EXPECT_EQ(config->node.metadata_log_dir, "./data");
  EXPECT_TRUE(config->listeners.controller.empty());
  EXPECT_EQ(config->node.shards, 0u);
}

TEST(BrokerConfig, HasKafkasDefaults) {
  const auto config = broker_config("");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->sockets.request_bytes_max, 104857600u);
  EXPECT_EQ(config->sockets.idle_time_max, 600s);
  EXPECT_EQ(config->sockets.queued_request_bytes_max, std::nullopt);
  EXPECT_EQ(config->groups.classic.session_timeout_max, 30min);
  EXPECT_EQ(config->groups.consumer.session_timeout.value, 45s);
  EXPECT_EQ(config->groups.share.heartbeat_interval.max, 15s);
  EXPECT_EQ(config->groups.streams.size_max, 2147483647u);
  EXPECT_EQ(config->offsets.retention, 168h);
  EXPECT_EQ(config->transactions.timeout_max, 15min);
  EXPECT_EQ(config->replication.lag_time_max, 30s);
  EXPECT_EQ(config->quorum_timing.election_timeout, 1s);
  EXPECT_EQ(config->metadata_log.retention_bytes, 104857600u);
  EXPECT_EQ(config->lifecycle.session_timeout, 9s);
  EXPECT_EQ(config->cleaner.dedupe_buffer_bytes, 134217728u);
}

// The internal topics' defaults are three replicas, which a node on its own cannot have.
TEST(BrokerConfig, GivesInternalTopicsOneReplicaOnANodeThatIsAlone) {
  const auto alone = broker_config("");
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->offsets.topic.replication_factor, 1);
  EXPECT_EQ(alone->transactions.topic.replication_factor, 1);
  EXPECT_EQ(alone->transactions.topic.min_insync_replicas, 1);
  EXPECT_EQ(alone->share_state.topic.replication_factor, 1);

  const auto told = broker_config("offsets.topic.replication.factor=3; transaction.state.log.min.isr=2");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->offsets.topic.replication_factor, 3);
  EXPECT_EQ(told->transactions.topic.min_insync_replicas, 2);

  const auto among_others = broker_config(
      "process.roles=broker; node.id=4; controller.listener.names=CONTROLLER; controller.quorum.voters=1@a:9093");
  ASSERT_TRUE(among_others) << error_of(among_others);
  EXPECT_FALSE(among_others->node.alone);
  EXPECT_EQ(among_others->offsets.topic.replication_factor, 3);
  EXPECT_EQ(among_others->transactions.topic.min_insync_replicas, 2);
}

TEST(BrokerConfig, TakesBrokerIdForNodeId) {
  EXPECT_EQ(broker_config("broker.id=7")->node.id, 7);
  EXPECT_FALSE(broker_config("broker.id=0")->node.id_is_chosen);
  EXPECT_TRUE(broker_config("broker.id=-1")->node.id_is_chosen);
  EXPECT_EQ(broker_config("broker.id=7; node.id=7")->node.id, 7);
  EXPECT_THAT(error_of(broker_config("broker.id=7; node.id=8")),
              HasSubstr("`node.id` and `broker.id` must be set to the same value: they are 8 and 7"));
  EXPECT_FALSE(broker_config("broker.id=-2"));
}

TEST(BrokerConfig, ReadsTheQuorum) {
  const auto config = broker_config(
      "process.roles=controller; node.id=2; controller.listener.names=CONTROLLER; listeners=CONTROLLER://:9093; "
      "controller.quorum.voters=3@c:9093,1@[::1]:9093,2@b:9093");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->node.quorum.voters,
            (std::vector<QuorumVoter>{{1, {"::1", 9093}}, {2, {"b", 9093}}, {3, {"c", 9093}}}));
  EXPECT_FALSE(config->node.alone);

  const auto dynamic = broker_config(
      "process.roles=broker; node.id=9; controller.listener.names=CONTROLLER; "
      "controller.quorum.bootstrap.servers=a:1,b:2");
  ASSERT_TRUE(dynamic) << error_of(dynamic);
  EXPECT_EQ(dynamic->node.quorum.bootstrap_servers, (std::vector<HostPort>{{"a", 1}, {"b", 2}}));
}

TEST(BrokerConfig, SaysWhatARoleNeeds) {
  const auto error = [](std::string_view text) { return error_of(broker_config(text)); };
  EXPECT_THAT(error("process.roles=broker; node.id=1"), HasSubstr("set controller.quorum.bootstrap.servers"));
  EXPECT_THAT(error("process.roles=broker; node.id=1; controller.quorum.voters=2@a:1"),
              HasSubstr("controller.listener.names must contain at least one value"));
  EXPECT_THAT(error("node.id=1; controller.quorum.voters=1@a:1,2@b:2"),
              HasSubstr("add CONTROLLER://:9093 to listeners"));
  EXPECT_THAT(error("node.id=5; controller.quorum.voters=1@a:1"), HasSubstr("the node id 5 must be included"));
}

TEST(BrokerConfig, PrefersLogDirsToLogDir) {
  EXPECT_EQ(broker_config("log.dir=/a")->node.log_dirs, Strings{"/a"});
  EXPECT_EQ(broker_config("log.dir=/a; log.dirs=/b, /c,/b")->node.log_dirs, (Strings{"/b", "/c"}));
  EXPECT_EQ(broker_config("log.dirs=/b,/c")->node.metadata_log_dir, "/b");
  EXPECT_EQ(broker_config("log.dirs=/b; metadata.log.dir=/m")->node.metadata_log_dir, "/m");
}

TEST(BrokerConfig, ReadsLimitsForSingleAddresses) {
  const auto config =
      broker_config("max.connections.per.ip=0; max.connections.per.ip.overrides=10.0.0.1:5, host.acme : 7");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->sockets.connections_per_address_overrides,
            (std::map<std::string, std::uint32_t, std::less<>>{{"10.0.0.1", 5}, {"host.acme", 7}}));
  for (const char* wrong : {"a", "a:", ":1", "a:x", "a:-1", "!!:5"})
    EXPECT_FALSE(broker_config(fmt::format("max.connections.per.ip.overrides={}", wrong))) << wrong;
}

TEST(BrokerConfig, TakesKafkasClassNamesForAssignors) {
  const auto config =
      broker_config("group.consumer.assignors=org.apache.kafka.coordinator.group.assignor.RangeAssignor");
  ASSERT_TRUE(config) << error_of(config);
  EXPECT_EQ(config->groups.consumer.assignors, Strings{"range"});
  EXPECT_EQ(
      error_of(broker_config("group.consumer.assignors=best")),
      "Invalid value best for configuration group.consumer.assignors: String must be one of: uniform, range");
}

TEST(BrokerConfig, ReadsItsSourcesInOrder) {
  const std::vector<std::pair<std::string, std::string>> environment = {
      {"KAFKA_NUM_PARTITIONS", "2"}, {"KAFKA_LOG_DIRS", "/env"}, {"CLUSTER_ID", "abc"}, {"HOME", "/"}};
  const Strings overrides = {"log.dirs=/line"};
  const auto sources =
      read_broker_sources({.file_name = "s.properties",
                           .file_text = "broker.id=3\nnum.partitions=1\nlog.dirs=/file\ngroup.max.size=4\n",
                           .environment = environment,
                           .overrides = overrides});
  ASSERT_TRUE(sources) << error_of(sources);
  EXPECT_EQ(sources->cluster_id, "abc");
  EXPECT_EQ(sources->configuration.int32("num.partitions"), 2);
  EXPECT_EQ(sources->configuration.list("log.dirs"), Strings{"/line"});
  EXPECT_EQ(sources->configuration.int32("group.max.size"), 4);
  EXPECT_EQ(sources->configuration.origin("group.max.size"), "s.properties:4");
  // As Kafka shows them: both names of the number, whichever was given.
  EXPECT_EQ(sources->configuration.int32("node.id"), 3);
  EXPECT_EQ(sources->warnings, Strings{});
}

TEST(BrokerConfig, SaysWhereAWrongValueStands) {
  const auto sources = read_broker_sources({.file_name = "s.properties",
                                            .file_text = "# numbers\nnum.partitions=many\n",
                                            .environment = {},
                                            .overrides = {}});
  EXPECT_EQ(error_of(sources),
            "Invalid value many for configuration num.partitions: Not a number of type INT (s.properties:2)");
}

TEST(BrokerFiles, OfKafka08AreTaken) {
  const Started started = start_with_file("kafka-0.8-server.properties");
  EXPECT_EQ(started.config.node.id, 0);
  EXPECT_EQ(started.config.listeners.broker[0].port, 9092);
  EXPECT_EQ(started.config.listeners.advertised_broker[0].host, "kafka1.acme.example");
  EXPECT_FALSE(started.config.cleaner.enabled);
}

// The file that most people had: it starts a single node and says that ZooKeeper is not used.
TEST(BrokerFiles, OfKafka2StartASingleNode) {
  const Started started = start_with_file("kafka-2.8-server.properties");
  EXPECT_EQ(started.config.node.id, 0);
  EXPECT_TRUE(started.config.node.roles.broker && started.config.node.roles.controller);
  EXPECT_TRUE(started.config.node.alone);
  EXPECT_EQ(started.config.node.log_dirs, Strings{"/tmp/kafka-logs"});
  EXPECT_THAT(started.config.notes, Contains(AllOf(HasSubstr("zookeeper.connect=localhost:2181 is not used"),
                                                   HasSubstr("process.roles"))));
  EXPECT_THAT(started.warnings, Contains(HasSubstr("zookeeper.connection.timeout.ms=18000 has no effect")));
}

TEST(BrokerFiles, OfKafka2WithSecurityAreTaken) {
  const Started started = start_with_file("kafka-2.4-secure.properties");
  const Listeners& listeners = started.config.listeners;
  EXPECT_EQ(listeners.inter_broker, "INTERNAL");
  EXPECT_EQ(listeners.protocol("EXTERNAL"), SecurityProtocol::sasl_ssl);
  EXPECT_EQ(listeners.advertised_broker.size(), 2u);
  EXPECT_EQ(config_text(started.configuration.value_for_listener("EXTERNAL", "sasl.enabled.mechanisms")),
            "SCRAM-SHA-512,PLAIN");
}

TEST(BrokerFiles, OfKafka3AreTaken) {
  const Started combined = start_with_file("kafka-3.7-combined.properties");
  EXPECT_TRUE(combined.config.node.alone);
  EXPECT_EQ(combined.config.listeners.controller.size(), 1u);
  EXPECT_EQ(combined.warnings, Strings{});

  const Started broker = start_with_file("kafka-3.7-broker.properties");
  EXPECT_FALSE(broker.config.node.roles.controller);
  EXPECT_EQ(broker.config.node.quorum.voters.size(), 3u);

  const Started controller = start_with_file("kafka-3.7-controller.properties");
  EXPECT_FALSE(controller.config.node.roles.broker);
}

TEST(BrokerFiles, OfKafka4AreTaken) {
  const Started started = start_with_file("kafka-4.1-server.properties");
  EXPECT_EQ(started.config.node.quorum.bootstrap_servers, (std::vector<HostPort>{{"localhost", 9093}}));
  EXPECT_EQ(started.warnings, Strings{});
  EXPECT_EQ(started.config.share_state.topic.replication_factor, 1);
}

// What stands in config/ for people to start with.
TEST(BrokerFiles, OfOursAreTaken) {
  for (const char* name : {"server.properties", "kraft/server.properties"}) {
    const Started started = start_with_file(std::string("../../../config/") + name);
    EXPECT_EQ(started.warnings, Strings{}) << name;
  }
  for (const auto& [name, scope] : {std::pair{"producer.properties", ConfigScope::producer},
                                    std::pair{"consumer.properties", ConfigScope::consumer}}) {
    const auto properties = parse_properties(read_text(std::string("config/") + name), name);
    ASSERT_TRUE(properties);
    Strings warnings;
    const auto configuration = Configuration::from(scope, settings_of_file(*properties, name, warnings));
    ASSERT_TRUE(configuration) << error_of(configuration);
    EXPECT_EQ(configuration->warnings(), Strings{});
  }
}

/// Another valid value for the key than its default; "" if there is none to be found.
std::string another_value(const ConfigDefinition& definition) {
  if (definition.type == ConfigType::boolean) return definition.default_text == "true" ? "false" : "true";
  Strings candidates;
  if (!definition.rule.allowed.empty())
    candidates.assign(definition.rule.allowed.begin(), definition.rule.allowed.end());
  const ConfigValue value = default_config_value(definition);
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number < std::numeric_limits<std::int64_t>::max()) candidates.push_back(fmt::format("{}", *number + 1));
    candidates.push_back(fmt::format("{}", *number - 1));
  }
  for (const char* other : {"0.25", "123456", "7", "1:2"}) candidates.push_back(other);
  for (const std::string& candidate : candidates) {
    const auto parsed = parse_config_value(definition, definition.name, candidate);
    if (parsed && *parsed != value) return candidate;
  }
  return "";
}

// A group that asks for the least, and one that asks for the most: the broker's bounds show in both.
const ConfigMap kLeast = map_of(
    "consumer.session.timeout.ms=1; consumer.heartbeat.interval.ms=1; consumer.assignment.interval.ms=0; "
    "share.session.timeout.ms=1; share.heartbeat.interval.ms=1; share.assignment.interval.ms=0; "
    "share.record.lock.duration.ms=1000; share.delivery.count.limit=2; share.partition.max.record.locks=100; "
    "streams.session.timeout.ms=1; streams.heartbeat.interval.ms=1; streams.assignment.interval.ms=0; "
    "streams.task.offset.interval.ms=1");
ConfigMap most() {
  ConfigMap settings = kLeast;
  for (const char* name : {"streams.num.standby.replicas", "streams.num.warmup.replicas"}) settings[name] = "";
  for (auto& [name, text] : settings) text = "2147483647";
  return settings;
}

/// Everything that a server reads.
struct Read {
  Result<BrokerConfig> broker;
  TopicConfig topic;
  std::array<GroupConfig, 3> groups;
  std::int64_t move_rate;                       ///< Looked up when a partition begins to move.
  std::array<std::int64_t, 2> disk_thresholds;  ///< Looked up at each look at the disks.
  std::pair<bool, std::string> dead_letters;    ///< Looked up when a record is given up.
  std::array<std::int64_t, 2> kept_buffers;     ///< Told to the coordinators with each change.

  bool says_the_same(const Read& other) const {
    return broker && other.broker && *broker == *other.broker && topic == other.topic && groups == other.groups &&
           move_rate == other.move_rate && disk_thresholds == other.disk_thresholds &&
           dead_letters == other.dead_letters && kept_buffers == other.kept_buffers;
  }
};
Read read_all(const std::string& text) {
  const Configuration broker = broker_with(text);
  return {broker_config(text),
          effective_topic_config({}, broker),
          {effective_group_config({}, broker), effective_group_config(kLeast, broker),
           effective_group_config(most(), broker)},
          broker.int64("replica.alter.log.dirs.io.max.bytes.per.second"),
          {broker.int64("sluice.disk.reserve.bytes"), broker.int64("sluice.disk.warning.bytes")},
          {broker.boolean("errors.deadletterqueue.auto.create.topics.enable"),
           broker.text("errors.deadletterqueue.topic.name.prefix")},
          {broker.int64("group.coordinator.cached.buffer.max.bytes"),
           broker.int64("share.coordinator.cached.buffer.max.bytes")}};
}

// A key that the table says acts must change something that the server reads, or it does not act.
TEST(BrokerKeys, ThatAreSaidToActDo) {
  // Keys that need others beside them, or a value of their own kind.
  const std::map<std::string, std::string, std::less<>> special = {
      {"advertised.host.name", "h"},
      {"advertised.listeners", "PLAINTEXT://h:1"},
      {"broker.id", "5"},
      {"controller.listener.names", "C"},
      {"controller.quorum.bootstrap.servers", "h:1"},
      {"controller.quorum.voters", "1@h:1"},
      {"host.name", "h"},
      {"listener.security.protocol.map", "PLAINTEXT:SSL"},
      {"listeners", "PLAINTEXT://h:1"},
      {"log.dir", "/x"},
      {"log.dirs", "/x"},
      {"max.connections.per.ip.overrides", "h:1"},
      {"process.roles", "controller"},
      {"queued.max.request.bytes", "200000000"},
  };
  const std::string base = "node.id=1";
  const Read before = read_all(base);
  ASSERT_TRUE(before.broker);
  std::size_t acting = 0;
  for (const ConfigDefinition& definition : config_definitions(ConfigScope::broker)) {
    if (definition.status != ConfigStatus::acts) continue;
    ++acting;
    const auto found = special.find(definition.name);
    const std::string value = found == special.end() ? another_value(definition) : found->second;
    EXPECT_NE(value, "") << definition.name;
    const std::string setting = fmt::format("{}={}", definition.name, value);
    const Read after = read_all(definition.name == "node.id" ? "node.id=2" : base + "; " + setting);
    EXPECT_FALSE(after.says_the_same(before)) << setting;
  }
  EXPECT_GT(acting, 80u);
}

}  // namespace
}  // namespace sluice
