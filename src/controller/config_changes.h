// controller/config_changes.h: changes of one resource's dynamic configuration.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api_error.h"
#include "controller/decision.h"
#include "metadata/configs_image.h"

namespace sluice {

/// How a key changes; the values are those of IncrementalAlterConfigs (KIP-339).
enum class ConfigOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

/// One key's change. Views the request.
struct ConfigChange {
  std::string_view key;
  ConfigOperation operation = ConfigOperation::set;
  std::optional<std::string_view> value;
};

/// A key's new value; none: it is removed.
struct ConfigAssignment {
  std::string key;
  std::optional<std::string> value;
};

/// Whether a resource may be changed at all. Errors: invalid_request, invalid_topic_exception,
/// unknown_topic_or_partition, broker_id_not_registered.
OrApiError<void> check_resource(const MetadataImage& image, const ConfigResource& resource);

/// What a resource's keys become. Keys that keep their value are left out, but for brokers, which read files again
/// when a key is set anew. Errors: invalid_config, invalid_request.
OrApiError<std::vector<ConfigAssignment>> resolve_changes(const ConfigResource& resource, const ConfigMap& before,
                                                          std::span<const ConfigChange> changes);

/// Whether the resource may have these values: all that it has after the change are looked at.
/// Errors: invalid_config, invalid_request.
OrApiError<void> check_assignments(const DecisionContext& context, const ConfigResource& resource,
                                   const ConfigMap& before, std::span<const ConfigAssignment> assignments);

/// Writes the change. With eligible leader replicas, a new min.insync.replicas empties them: they were right for
/// the old one (KIP-966).
void add_config_records(const DecisionContext& context, const ConfigResource& resource,
                        std::span<const ConfigAssignment> assignments, RecordList& records);

}  // namespace sluice
