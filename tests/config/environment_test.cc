#include "config/environment.h"

#include "support.h"

namespace sluice {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> assignments(const Variables& variables) {
  std::vector<std::string> result;
  for (const ConfigSetting& setting : read_environment(variables).settings)
    result.push_back(setting.name + "=" + setting.value);
  return result;
}

using Strings = std::vector<std::string>;

TEST(Environment, TurnsUnderscoresIntoDotsUnderscoresAndHyphens) {
  EXPECT_EQ(config_name_from_environment("LOG_RETENTION_MS"), "log.retention.ms");
  EXPECT_EQ(config_name_from_environment("LISTENER_NAME_MY__LISTENER_MAX_CONNECTIONS"),
            "listener.name.my_listener.max.connections");
  EXPECT_EQ(config_name_from_environment("LISTENER_NAME_A_SCRAM___SHA___256_SASL_JAAS_CONFIG"),
            "listener.name.a.scram-sha-256.sasl.jaas.config");
  EXPECT_EQ(config_name_from_environment("A____B"), "a-.b");
}

TEST(Environment, ReadsBothImagesNames) {
  EXPECT_EQ(
      assignments({{"KAFKA_NODE_ID", "3"}, {"KAFKA_CFG_LOG_DIRS", "/d"}, {"PATH", "/bin"}, {"LOG_DIRS", "/no"}}),
      (Strings{"node.id=3", "log.dirs=/d"}));
  EXPECT_EQ(read_environment(Variables{{"KAFKA_NODE_ID", "3"}}).settings[0].origin,
            "environment variable KAFKA_NODE_ID");
}

TEST(Environment, PutsBitnamisNamesOverApaches) {
  EXPECT_EQ(assignments({{"KAFKA_CFG_NODE_ID", "1"}, {"KAFKA_NODE_ID", "2"}}),
            (Strings{"node.id=2", "node.id=1"}));
}

TEST(Environment, LeavesOutWhatSteersScriptsAndTheJvm) {
  EXPECT_EQ(assignments({{"KAFKA_HEAP_OPTS", "-Xmx1G"},
                         {"KAFKA_OPTS", "-D"},
                         {"KAFKA_LOG4J_OPTS", "x"},
                         {"KAFKA_JMX_OPTS", "x"},
                         {"KAFKA_JVM_PERFORMANCE_OPTS", "x"},
                         {"KAFKA_GC_LOG_OPTS", "x"},
                         {"KAFKA_HOME", "/opt/kafka"},
                         {"KAFKA_VERSION", "4.4.0"},
                         {"KAFKA_ENABLE_KRAFT", "yes"},
                         {"KAFKA_CLUSTER_ID", "x"}}),
            Strings{});
}

// A service called kafka makes Kubernetes set KAFKA_PORT=tcp://…, which would stop the start as a wrong port.
TEST(Environment, LeavesOutWhatKubernetesSetsForAServiceCalledKafka) {
  EXPECT_EQ(assignments({{"KAFKA_PORT", "tcp://10.0.0.1:9092"},
                         {"KAFKA_PORT_9092_TCP", "tcp://10.0.0.1:9092"},
                         {"KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1"},
                         {"KAFKA_PORT_9092_TCP_PORT", "9092"},
                         {"KAFKA_SERVICE_HOST", "10.0.0.1"},
                         {"KAFKA_SERVICE_PORT", "9092"},
                         {"KAFKA_SERVICE_PORT_CLIENT", "9092"}}),
            Strings{});
  EXPECT_EQ(assignments({{"KAFKA_PORT", "9093"}}), Strings{"port=9093"});
}

TEST(Environment, FindsTheClusterId) {
  EXPECT_EQ(read_environment(Variables{}).cluster_id, std::nullopt);
  EXPECT_EQ(read_environment(Variables{{"KAFKA_KRAFT_CLUSTER_ID", "a"}}).cluster_id, "a");
  EXPECT_EQ(read_environment(Variables{{"CLUSTER_ID", "b"}, {"KAFKA_CLUSTER_ID", "c"}}).cluster_id, "b");
}

}  // namespace
}  // namespace sluice
