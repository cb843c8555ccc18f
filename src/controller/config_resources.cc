#include "controller/config_resources.h"

#include <re2/re2.h>

#include "config/client_metrics_config.h"
#include "config/group_config.h"

namespace sluice {
namespace {

/// Patterns of RE2 take time that grows with the text alone, whoever wrote them.
bool is_pattern(std::string_view pattern) {
  const re2::RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
  return !pattern.empty() && compiled.ok();
}

}  // namespace

std::optional<ConfigScope> config_scope(ConfigResourceType type) {
  switch (type) {
    case ConfigResourceType::topic: return ConfigScope::topic;
    case ConfigResourceType::broker: return ConfigScope::broker;
    case ConfigResourceType::client_metrics: return ConfigScope::client_metrics;
    case ConfigResourceType::group: return ConfigScope::group;
    case ConfigResourceType::broker_logger:
    case ConfigResourceType::unknown: break;
  }
  return std::nullopt;
}

OrApiError<void> check_group_config(const ConfigMap& values, const Configuration& broker) {
  if (auto valid = validate_group_config(values, broker); !valid)
    return refuse(ErrorCode::invalid_config, "{}", valid.error().what);
  return {};
}

OrApiError<void> check_client_metrics_config(const ConfigMap& values) {
  // Kafka has another code for what clients shall match than for all the rest.
  ConfigMap rest = values;
  rest.erase("match");
  if (auto valid = validate_client_metrics_config(rest, is_pattern); !valid)
    return refuse(ErrorCode::invalid_request, "{}", valid.error().what);
  if (auto valid = validate_client_metrics_config(values, is_pattern); !valid)
    return refuse(ErrorCode::invalid_config, "{}", valid.error().what);
  return {};
}

}  // namespace sluice
