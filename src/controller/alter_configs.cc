#include "controller/alter_configs.h"

#include <map>
#include <set>

#include "controller/config_changes.h"

namespace sluice {
namespace {

ConfigResource resource_of(const auto& item) {
  return {static_cast<ConfigResourceType>(item.resource_type), std::string(item.resource_name)};
}

OrApiError<void> check_keys(const auto& item) {
  std::set<std::string_view> keys;
  for (const auto& config : item.configs)
    if (!keys.insert(config.name).second)
      return refuse(ErrorCode::invalid_request, "Error due to duplicate config keys");
  return {};
}

/// The changes that a request asks for. Errors: invalid_request.
OrApiError<std::vector<ConfigChange>> changes_of(
    const wire::IncrementalAlterConfigsRequest::AlterConfigsResource& item) {
  std::vector<ConfigChange> changes;
  std::vector<std::string_view> null_keys;
  for (const auto& config : item.configs) {
    if (config.config_operation < 0 || config.config_operation > 3)
      return refuse(ErrorCode::invalid_request, "Unknown operation type {}",
                    static_cast<int>(config.config_operation));
    const auto operation = static_cast<ConfigOperation>(config.config_operation);
    if (!config.value && operation != ConfigOperation::remove) null_keys.push_back(config.name);
    changes.push_back({config.name, operation, config.value});
  }
  if (!null_keys.empty())
    return refuse(ErrorCode::invalid_request, "Null value not supported for : {}", fmt::join(null_keys, ","));
  return changes;
}

/// As above; what a resource has and the request does not name is removed.
OrApiError<std::vector<ConfigChange>> changes_of(const wire::AlterConfigsRequest::AlterConfigsResource& item,
                                                 const ConfigMap& before) {
  std::vector<ConfigChange> changes;
  std::set<std::string_view> named;
  for (const auto& config : item.configs) {
    if (!config.value) return refuse(ErrorCode::invalid_request, "Null value not supported for : {}", config.name);
    changes.push_back({config.name, ConfigOperation::set, config.value});
    named.insert(config.name);
  }
  for (const auto& [key, value] : before)
    if (!named.contains(key)) changes.push_back({key, ConfigOperation::remove, std::nullopt});
  return changes;
}

OrApiError<void> alter(const DecisionContext& context, const ConfigResource& resource,
                       const OrApiError<std::vector<ConfigChange>>& changes, RecordList& records) {
  if (!changes) return std::unexpected(changes.error());
  const ConfigMap& before = context.image.configs.of(resource.type, resource.name);
  const auto assignments = resolve_changes(resource, before, *changes);
  if (!assignments) return std::unexpected(assignments.error());
  if (auto valid = check_assignments(context, resource, before, *assignments); !valid) return valid;
  if (auto exists = check_resource(context.image, resource); !exists) return exists;
  if (records.size() + assignments->size() > kRecordsPerRequestMax)
    return refuse(ErrorCode::policy_violation, "Unable to perform excessively large batch operation.");
  add_config_records(context, resource, *assignments, records);
  return {};
}

template <class Response, class Request, class ChangesOf>
Decision<Response> alter_all(const DecisionContext& context, const Request& request, const ChangesOf& changes) {
  Decision<Response> decision;
  Arena& arena = decision.answer.arena();
  std::map<ConfigResource, int> resources;
  for (const auto& item : request.resources) ++resources[resource_of(item)];
  for (const auto& item : request.resources) {
    auto& result = decision.response().responses.emplace_back();
    result.resource_type = item.resource_type;
    result.resource_name = arena.copy(item.resource_name);
    const ConfigResource resource = resource_of(item);
    OrApiError<void> altered = check_keys(item);
    if (resources[resource] > 1)
      altered = refuse(ErrorCode::invalid_request, "Each resource must appear at most once.");
    if (altered) altered = alter(context, resource, changes(item, resource), decision.records);
    if (altered)
      set_no_error(result);
    else
      set_error(result, altered.error(), arena);
  }
  if (request.validate_only) decision.records.truncate(0);
  return decision;
}

}  // namespace

Decision<wire::IncrementalAlterConfigsResponse> alter_configs(
    const DecisionContext& context, const wire::IncrementalAlterConfigsRequest& request) {
  return alter_all<wire::IncrementalAlterConfigsResponse>(
      context, request, [](const auto& item, const ConfigResource&) { return changes_of(item); });
}

Decision<wire::AlterConfigsResponse> alter_configs(const DecisionContext& context,
                                                   const wire::AlterConfigsRequest& request) {
  return alter_all<wire::AlterConfigsResponse>(
      context, request, [&context](const auto& item, const ConfigResource& resource) {
        return changes_of(item, context.image.configs.of(resource.type, resource.name));
      });
}

}  // namespace sluice
