// Configurations of topics, brokers and groups.

#include "base/number_text.h"
#include "client/admin.h"
#include "client/detail/until_done.h"
#include "wire/api/describe_configs.h"
#include "wire/api/incremental_alter_configs.h"
#include "wire/api/list_config_resources.h"

namespace sluice::client {
namespace {

using detail::all_failed;
using detail::until_done;
using wire::DescribeConfigsRequest;
using wire::DescribeConfigsResponse;
using wire::IncrementalAlterConfigsRequest;
using Described = std::map<ConfigResource, Outcome<std::vector<ConfigEntry>>>;

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

ConfigEntry entry_of(const DescribeConfigsResponse::DescribeConfigsResourceResult& from, std::int16_t version) {
  ConfigEntry entry{.name = std::string(from.name),
                    .value = owned(from.value),
                    .source = static_cast<ConfigSource>(from.config_source),
                    .read_only = from.read_only,
                    .sensitive = from.is_sensitive,
                    .type = from.config_type,
                    .synonyms = {},
                    .documentation = owned(from.documentation)};
  if (version == 0) entry.source = from.is_default ? ConfigSource::default_config : ConfigSource::unknown;
  for (const auto& synonym : from.synonyms)
    entry.synonyms.push_back(
        {std::string(synonym.name), owned(synonym.value), static_cast<ConfigSource>(synonym.source)});
  return entry;
}

/// The broker that alone knows about `resource`; nothing where any does.
Outcome<std::optional<NodeId>> only_broker(const ConfigResource& resource) {
  const bool by_broker =
      resource.type == ConfigResourceType::broker || resource.type == ConfigResourceType::broker_logger;
  if (!by_broker || resource.name.empty()) return std::nullopt;
  const auto id = parse_number<std::int32_t>(resource.name);
  if (!id) return failed(ErrorCode::invalid_request, "{} is not the id of a broker", resource.name);
  return NodeId{*id};
}

}  // namespace

/// Whom to ask about a resource, or, if it `changes`, to tell.
Task<Outcome<std::shared_ptr<Node>>> Admin::node_of(ConfigResource resource, bool changes, SteadyTime until) {
  const Outcome<std::optional<NodeId>> only = only_broker(resource);
  if (!only) co_return failed(only.error());
  if (!*only) {
    if (changes) co_return co_await controller(until);
    co_return co_await cluster_.any_node(until);
  }
  if (cluster_.view().find_broker(**only) == nullptr) {
    const auto described = co_await cluster_.describe_topics(std::vector<std::string>{}, false, until);
    if (!described) co_return failed(described.error());
    if (cluster_.view().find_broker(**only) == nullptr)
      co_return failed(ErrorCode::invalid_request, "there is no broker {}", (*only)->value);
  }
  co_return co_await cluster_.node(**only, until);
}

Task<Described> Admin::describe_configs_once(std::map<ConfigResource, bool> resources,
                                             DescribeConfigsOptions options, SteadyTime until) {
  // Each broker tells about itself only, so that it has a request of its own.
  Described outcomes;
  std::map<std::optional<NodeId>, std::map<ConfigResource, bool>> groups;
  for (const auto& [resource, wanted] : resources) {
    const Outcome<std::optional<NodeId>> only = only_broker(resource);
    if (only)
      groups[*only].emplace(resource, true);
    else
      outcomes.emplace(resource, failed(only.error()));
  }
  for (const auto& [broker, group] : groups) {
    const Outcome<std::shared_ptr<Node>> node = co_await node_of(group.begin()->first, false, until);
    if (!node) {
      outcomes.merge(all_failed<std::vector<ConfigEntry>>(group, node.error()));
      continue;
    }
    DescribeConfigsRequest request;
    request.include_synonyms = options.synonyms;
    request.include_documentation = options.documentation;
    for (const auto& [resource, wanted] : group) {
      DescribeConfigsRequest::DescribeConfigsResource item;
      item.resource_type = static_cast<std::int8_t>(resource.type);
      item.resource_name = resource.name;
      item.configuration_keys.reset();
      if (options.names) item.configuration_keys.emplace(options.names->begin(), options.names->end());
      request.resources.push_back(std::move(item));
    }
    const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::describe_configs);
    if (version && *version < 3) request.include_documentation = false;
    if (version && *version < 1) request.include_synonyms = false;
    const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(until));
    if (!answer) {
      outcomes.merge(all_failed<std::vector<ConfigEntry>>(group, answer.error()));
      continue;
    }
    for (const auto& result : (*answer)->results) {
      const ConfigResource resource{static_cast<ConfigResourceType>(result.resource_type),
                                    std::string(result.resource_name)};
      Outcome<std::vector<ConfigEntry>> entries;
      for (const auto& config : result.configs) entries->push_back(entry_of(config, answer->version));
      if (result.error_code != ErrorCode::none)
        entries = failed(failure_of(result.error_code, {}, result.error_message));
      outcomes.insert_or_assign(resource, std::move(entries));
    }
  }
  co_return outcomes;
}

Task<Described> Admin::describe_configs(std::vector<ConfigResource> resources, DescribeConfigsOptions options) {
  std::map<ConfigResource, bool> wanted;
  for (ConfigResource& resource : resources) wanted.emplace(std::move(resource), true);
  const SteadyTime until = deadline();
  co_return co_await until_done<ConfigResource, bool, std::vector<ConfigEntry>>(
      cluster_, std::move(wanted),
      [this, options, until](std::map<ConfigResource, bool> left) {
        return describe_configs_once(std::move(left), options, until);
      },
      until);
}

Task<std::map<ConfigResource, Outcome<void>>> Admin::alter_configs_once(
    std::map<ConfigResource, std::vector<AlterConfig>> changes, bool validate_only, SteadyTime until) {
  std::map<ConfigResource, Outcome<void>> outcomes;
  std::map<std::optional<NodeId>, std::map<ConfigResource, const std::vector<AlterConfig>*>> groups;
  for (const auto& [resource, altered] : changes) {
    const Outcome<std::optional<NodeId>> only = only_broker(resource);
    if (only)
      groups[*only].emplace(resource, &altered);
    else
      outcomes.emplace(resource, failed(only.error()));
  }
  for (const auto& [broker, group] : groups) {
    const Outcome<std::shared_ptr<Node>> node = co_await node_of(group.begin()->first, true, until);
    if (!node) {
      outcomes.merge(all_failed<void>(group, node.error()));
      continue;
    }
    IncrementalAlterConfigsRequest request;
    request.validate_only = validate_only;
    for (const auto& [resource, altered] : group) {
      IncrementalAlterConfigsRequest::AlterConfigsResource item;
      item.resource_type = static_cast<std::int8_t>(resource.type);
      item.resource_name = resource.name;
      for (const AlterConfig& change : *altered) {
        IncrementalAlterConfigsRequest::AlterableConfig config;
        config.name = change.name;
        config.config_operation = static_cast<std::int8_t>(change.operation);
        if (change.value)
          config.value = *change.value;
        else
          config.value.reset();
        item.configs.push_back(config);
      }
      request.resources.push_back(std::move(item));
    }
    const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(until));
    if (!answer) {
      outcomes.merge(all_failed<void>(group, answer.error()));
      continue;
    }
    for (const auto& result : (*answer)->responses)
      outcomes.insert_or_assign(
          ConfigResource{static_cast<ConfigResourceType>(result.resource_type), std::string(result.resource_name)},
          outcome_of(result.error_code, {}, result.error_message));
  }
  co_return outcomes;
}

Task<std::map<ConfigResource, Outcome<void>>> Admin::alter_configs(
    std::map<ConfigResource, std::vector<AlterConfig>> changes, bool validate_only) {
  const SteadyTime until = deadline();
  co_return co_await until_done<ConfigResource, std::vector<AlterConfig>, void>(
      cluster_, std::move(changes),
      [this, validate_only, until](std::map<ConfigResource, std::vector<AlterConfig>> left) {
        return alter_configs_once(std::move(left), validate_only, until);
      },
      until);
}

Task<Outcome<std::vector<ConfigResource>>> Admin::list_config_resources(std::vector<ConfigResourceType> types) {
  const SteadyTime until = deadline();
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.any_node(until);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::list_config_resources);
  if (!version) co_return failed(version.error());
  wire::ListConfigResourcesRequest request;
  if (*version >= 1)
    for (const ConfigResourceType type : types) request.resource_types.push_back(static_cast<std::int8_t>(type));
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(until));
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said = outcome_of((*answer)->error_code, "listing what has configurations");
  if (!said) co_return failed(said.error());
  std::vector<ConfigResource> resources;
  for (const auto& resource : (*answer)->config_resources)
    resources.push_back(
        {static_cast<ConfigResourceType>(resource.resource_type), std::string(resource.resource_name)});
  co_return resources;
}

}  // namespace sluice::client
