#include "controller/config_changes.h"

#include <algorithm>

#include "base/number_text.h"
#include "config/broker_layers.h"
#include "config/config_definition.h"
#include "config/config_value.h"
#include "config/topic_config.h"
#include "controller/config_resources.h"
#include "controller/topic_names.h"
#include "wire/metadata/clear_elr_record.h"
#include "wire/metadata/config_record.h"

namespace sluice {
namespace {

constexpr std::string_view kMinInsyncReplicas = "min.insync.replicas";
/// A record's strings have a length of 16 bits where they are old.
constexpr std::size_t kConfigValueSizeMax = 32'767;

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (const std::string_view part = list.substr(0, comma); !part.empty()) parts.emplace_back(part);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return parts;
}

/// The list that a key has now, or by default, with elements put to it or taken from it.
OrApiError<std::string> change_list(const ConfigResource& resource, const std::string* before,
                                    const ConfigChange& change) {
  const auto scope = config_scope(resource.type);
  const ConfigDefinition* definition = scope ? find_config(*scope, change.key) : nullptr;
  if (definition == nullptr || definition->type != ConfigType::list)
    return refuse(ErrorCode::invalid_config, "Can't {} to key {} because its type is not LIST.",
                  change.operation == ConfigOperation::append ? "APPEND" : "SUBTRACT", change.key);
  std::vector<std::string> elements =
      split(before != nullptr ? std::string_view(*before) : definition->default_text.value_or(""));
  for (std::string& element : split(change.value.value_or(""))) {
    const auto found = std::ranges::find(elements, element);
    if (change.operation == ConfigOperation::append) {
      if (found == elements.end()) elements.push_back(std::move(element));
    } else if (found != elements.end()) {
      elements.erase(found);
    }
  }
  return fmt::format("{}", fmt::join(elements, ","));
}

OrApiError<void> check_topic(const MetadataImage& image, const std::string& name) {
  if (name.empty()) return refuse(ErrorCode::invalid_request, "Default topic resources are not allowed.");
  if (auto legal = check_topic_name(name); !legal) return legal;
  if (image.topic(name) == nullptr)
    return refuse(ErrorCode::unknown_topic_or_partition, "The topic '{}' does not exist.", name);
  return {};
}

OrApiError<void> check_broker(const MetadataImage& image, const std::string& name) {
  if (name.empty()) return {};
  const auto id = parse_number<std::int32_t>(name);
  if (!id) return refuse(ErrorCode::invalid_request, "Unable to parse broker name as a base 10 number.");
  if (*id < 0) return refuse(ErrorCode::invalid_request, "Invalid negative broker ID.");
  if (image.cluster.broker({*id}) == nullptr && image.cluster.controller({*id}) == nullptr)
    return refuse(ErrorCode::broker_id_not_registered, "No node with id {} found.", *id);
  return {};
}

/// What the cluster's eligible leader replicas forbid.
OrApiError<void> check_min_isr(const MetadataImage& image, const ConfigResource& resource,
                               const ConfigAssignment& assignment) {
  if (!image.elr_enabled() || resource.type != ConfigResourceType::broker || assignment.key != kMinInsyncReplicas)
    return {};
  if (!resource.name.empty() && assignment.value)
    return refuse(ErrorCode::invalid_config,
                  "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
  if (resource.name.empty() && !assignment.value)
    return refuse(ErrorCode::invalid_config,
                  "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
  return {};
}

OrApiError<void> check_values(const DecisionContext& context, const ConfigResource& resource,
                              const ConfigMap& before, const ConfigMap& after,
                              std::span<const ConfigAssignment> assignments) {
  switch (resource.type) {
    case ConfigResourceType::topic:
      if (auto valid = validate_topic_config(after, before, context.config); !valid)
        return refuse(ErrorCode::invalid_config, "{}", valid.error().what);
      return {};
    case ConfigResourceType::broker: {
      ConfigMap changed;
      for (const ConfigAssignment& assignment : assignments)
        if (assignment.value) changed.insert_or_assign(assignment.key, *assignment.value);
      if (auto valid = validate_dynamic_broker_config(changed, !resource.name.empty()); !valid)
        return refuse(ErrorCode::invalid_request, "{}", valid.error().what);
      return {};
    }
    case ConfigResourceType::client_metrics: return check_client_metrics_config(after);
    case ConfigResourceType::group: return check_group_config(after, context.config);
    case ConfigResourceType::broker_logger:
    case ConfigResourceType::unknown: break;
  }
  return refuse(ErrorCode::invalid_request, "Unknown resource type {}", static_cast<int>(resource.type));
}

}  // namespace

OrApiError<void> check_resource(const MetadataImage& image, const ConfigResource& resource) {
  switch (resource.type) {
    case ConfigResourceType::topic: return check_topic(image, resource.name);
    case ConfigResourceType::broker: return check_broker(image, resource.name);
    case ConfigResourceType::group:
      if (resource.name.empty())
        return refuse(ErrorCode::invalid_request, "Default group resources are not allowed.");
      return {};
    case ConfigResourceType::client_metrics:
      if (resource.name.empty()) return refuse(ErrorCode::invalid_request, "Subscription name can't be empty");
      return {};
    case ConfigResourceType::broker_logger:
    case ConfigResourceType::unknown: break;
  }
  return refuse(ErrorCode::invalid_request, "Unknown resource type {}", static_cast<int>(resource.type));
}

OrApiError<std::vector<ConfigAssignment>> resolve_changes(const ConfigResource& resource, const ConfigMap& before,
                                                          std::span<const ConfigChange> changes) {
  std::vector<ConfigAssignment> assignments;
  for (const ConfigChange& change : changes) {
    const auto found = before.find(change.key);
    const std::string* current = found == before.end() ? nullptr : &found->second;
    std::optional<std::string> value;
    if (change.operation == ConfigOperation::append || change.operation == ConfigOperation::subtract) {
      auto list = change_list(resource, current, change);
      if (!list) return std::unexpected(list.error());
      value = std::move(*list);
    } else if (change.operation == ConfigOperation::set && change.value) {
      value = std::string(*change.value);
    }
    const bool same = current == nullptr ? !value : value == *current;
    if (same && resource.type != ConfigResourceType::broker) continue;
    assignments.push_back({std::string(change.key), std::move(value)});
  }
  return assignments;
}

OrApiError<void> check_assignments(const DecisionContext& context, const ConfigResource& resource,
                                   const ConfigMap& before, std::span<const ConfigAssignment> assignments) {
  ConfigMap after = before;
  for (const ConfigAssignment& assignment : assignments) {
    if (auto allowed = check_min_isr(context.image, resource, assignment); !allowed) return allowed;
    if (!assignment.value) {
      after.erase(assignment.key);
      continue;
    }
    if (assignment.value->size() > kConfigValueSizeMax)
      return refuse(
          ErrorCode::invalid_config,
          "The configuration value cannot be added because it exceeds the maximum value size of {} bytes.",
          kConfigValueSizeMax);
    after.insert_or_assign(assignment.key, *assignment.value);
  }
  return check_values(context, resource, before, after, assignments);
}

void add_config_records(const DecisionContext& context, const ConfigResource& resource,
                        std::span<const ConfigAssignment> assignments, RecordList& records) {
  bool min_isr_changes = false;
  for (const ConfigAssignment& assignment : assignments) {
    wire::ConfigRecord record;
    record.resource_type = static_cast<std::int8_t>(resource.type);
    record.resource_name = resource.name;
    record.name = assignment.key;
    if (assignment.value)
      record.value = *assignment.value;
    else
      record.value = std::nullopt;
    records.add(record, 0);
    min_isr_changes = min_isr_changes || assignment.key == kMinInsyncReplicas;
  }
  if (!min_isr_changes || !context.image.elr_enabled()) return;
  wire::ClearElrRecord clear;
  if (resource.type == ConfigResourceType::topic)
    clear.topic_name = resource.name;
  else if (resource.type != ConfigResourceType::broker)
    return;
  records.add(clear, 0);
}

}  // namespace sluice
