#include "config/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace sluice {
namespace {

constexpr std::string_view kPrefix = "KAFKA_";
constexpr std::string_view kBitnamiPrefix = "KAFKA_CFG_";

// What steers Kafka's start scripts, its JVM or an image's entry point, sorted.
constexpr std::array<std::string_view, 41> kNotConfiguration = {
    "KAFKA_BASE_DIR",
    "KAFKA_CERTIFICATE_PASSWORD",
    "KAFKA_CFG_DIR",
    "KAFKA_CLIENT_LISTENER_NAME",
    "KAFKA_CLIENT_PASSWORDS",
    "KAFKA_CLIENT_USERS",
    "KAFKA_CLUSTER_ID",
    "KAFKA_CONF_DIR",
    "KAFKA_CONF_FILE",
    "KAFKA_CONTROLLER_PASSWORD",
    "KAFKA_CONTROLLER_USER",
    "KAFKA_DAEMON_GROUP",
    "KAFKA_DAEMON_USER",
    "KAFKA_DEBUG",
    "KAFKA_ENABLE_KRAFT",
    "KAFKA_EXTRA_FLAGS",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_HOME",
    "KAFKA_INITSCRIPTS_DIR",
    "KAFKA_INTER_BROKER_PASSWORD",
    "KAFKA_INTER_BROKER_USER",
    "KAFKA_JMX_HOSTNAME",
    "KAFKA_JMX_OPTS",
    "KAFKA_JMX_PORT",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_KRAFT_CLUSTER_ID",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_MOUNTED_CONF_DIR",
    "KAFKA_OPTS",
    "KAFKA_TLS_CLIENT_AUTH",
    "KAFKA_TLS_TYPE",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
    "KAFKA_USER",
    "KAFKA_VERSION",
    "KAFKA_VOLUME_DIR",
    "KAFKA_ZOOKEEPER_PASSWORD",
    "KAFKA_ZOOKEEPER_PROTOCOL",
    "KAFKA_ZOOKEEPER_USER",
};
static_assert(std::ranges::is_sorted(kNotConfiguration));

/// Kubernetes gives every container the address of every service in its namespace; for a service called kafka
/// these would read as keys. KAFKA_PORT as one is a number and stays.
bool is_kubernetes_service(std::string_view name, std::string_view value) {
  if (value.starts_with("tcp://") || value.starts_with("udp://")) return true;
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_"))
    return true;
  const std::size_t port = name.find("_PORT_");
  if (port == std::string_view::npos) return false;
  const std::string_view rest = name.substr(port + 6);
  const std::size_t digits = rest.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos &&
         (rest.substr(digits).starts_with("_TCP") || rest.substr(digits).starts_with("_UDP"));
}

}  // namespace

std::string config_name_from_environment(std::string_view name) {
  std::string key;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t run = 0;
    while (i + run < name.size() && name[i + run] == '_') ++run;
    if (run == 0) {
      const char c = name[i++];
      key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
      continue;
    }
    i += run;
    for (; run >= 3; run -= 3) key.push_back('-');
    if (run == 2) key.push_back('_');
    if (run == 1) key.push_back('.');
  }
  return key;
}

EnvironmentConfig read_environment(std::span<const std::pair<std::string, std::string>> variables) {
  const std::map<std::string, std::string, std::less<>> sorted(variables.begin(), variables.end());
  EnvironmentConfig config;
  for (const std::string_view name : {"KAFKA_KRAFT_CLUSTER_ID", "KAFKA_CLUSTER_ID", "CLUSTER_ID"})
    if (const auto found = sorted.find(name); found != sorted.end() && !found->second.empty())
      config.cluster_id = found->second;

  std::vector<ConfigSetting> bitnami;
  for (const auto& [name, value] : sorted) {
    if (!name.starts_with(kPrefix) || std::ranges::binary_search(kNotConfiguration, std::string_view(name)))
      continue;
    if (is_kubernetes_service(name, value)) continue;
    const bool is_bitnami = name.starts_with(kBitnamiPrefix);
    std::string key = config_name_from_environment(
        std::string_view(name).substr((is_bitnami ? kBitnamiPrefix : kPrefix).size()));
    if (key == "zookeeper.clientcnxnsocket") key = "zookeeper.clientCnxnSocket";
    if (key.empty()) continue;
    (is_bitnami ? bitnami : config.settings)
        .push_back(
            {.name = std::move(key), .value = value, .origin = fmt::format("environment variable {}", name)});
  }
  config.settings.insert(config.settings.end(), std::make_move_iterator(bitnami.begin()),
                         std::make_move_iterator(bitnami.end()));
  return config;
}

}  // namespace sluice
