// config/environment.h: configuration from environment variables, as container images of Kafka take it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// One key's value, and where it was written, for people: "server.properties:12", "--override", "environment
/// variable KAFKA_LOG_DIRS".
struct ConfigSetting {
  std::string name;
  std::string value;
  std::string origin;
};

struct EnvironmentConfig {
  std::vector<ConfigSetting> settings;    ///< In the order of the variables' names; those of KAFKA_CFG_* last.
  std::optional<std::string> cluster_id;  ///< CLUSTER_ID, KAFKA_CLUSTER_ID or KAFKA_KRAFT_CLUSTER_ID.
};

/// Reads the variables that begin with KAFKA_: the key is the rest in lower case with . for _, _ for __ and - for
/// ___ (Apache's image; KAFKA_CFG_* is the same in Bitnami's, and stronger). Left out are variables that steer
/// Kafka's own scripts (KAFKA_HEAP_OPTS …), and those that Kubernetes sets for a service called kafka
/// (KAFKA_PORT=tcp://…).
EnvironmentConfig read_environment(std::span<const std::pair<std::string, std::string>> variables);

/// The key that stands in a variable's name behind its prefix: LOG_RETENTION_MS is log.retention.ms.
std::string config_name_from_environment(std::string_view name);

}  // namespace sluice
