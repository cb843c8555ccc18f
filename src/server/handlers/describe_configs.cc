// server/handlers/describe_configs.cc: DescribeConfigs (API key 32).
#include "wire/api/describe_configs.h"

#include "base/crossing.h"
#include "config/client_metrics_config.h"
#include "config/group_config.h"
#include "config/topic_config.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/topic_name.h"

namespace sluice::handlers {
namespace {

using wire::DescribeConfigsRequest;
using wire::DescribeConfigsResponse;
using Asked = DescribeConfigsRequest::DescribeConfigsResource;
using Described = DescribeConfigsResponse::DescribeConfigsResult;
using Entry = DescribeConfigsResponse::DescribeConfigsResourceResult;

/// Names and values live on in the arena.
class EntryWriter {
 public:
  EntryWriter(RequestContext& context, const DescribeConfigsRequest& request)
      : context_(context), request_(request) {}

  Entry write(const ConfigEntry& entry) {
    Entry written;
    written.name = keep(entry.name);
    written.value = keep_value(entry.value);
    written.read_only = entry.read_only;
    written.is_sensitive = entry.sensitive;
    if (context_.version == 0) written.is_default = entry.source == ConfigSource::default_config;
    written.config_source = static_cast<std::int8_t>(entry.source);
    written.config_type = static_cast<std::int8_t>(entry.type);
    if (request_.include_documentation)
      written.documentation = keep(entry.documentation);
    else if (context_.version >= 3)
      written.documentation = std::nullopt;
    if (request_.include_synonyms)
      for (const ConfigSynonym& synonym : entry.synonyms)
        written.synonyms.push_back({.name = keep(synonym.name),
                                    .value = keep_value(synonym.value),
                                    .source = static_cast<std::int8_t>(synonym.source),
                                    .unknown_tags = {}});
    return written;
  }

 private:
  std::string_view keep(std::string_view text) { return context_.arena.copy(text); }
  std::optional<std::string_view> keep_value(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    return keep(std::string_view(*text));
  }
  RequestContext& context_;
  const DescribeConfigsRequest& request_;
};

struct Outcome {
  std::vector<ConfigEntry> entries;
  ErrorCode error = ErrorCode::none;
  std::string message;
};

Outcome refuse(ErrorCode error, std::string message) {
  return {.entries = {}, .error = error, .message = std::move(message)};
}

/// Runs on the first shard, where the broker's layers are.
Task<Outcome> describe_there(const Broker& broker, ConfigResourceType type, std::string name,
                             std::shared_ptr<const MetadataImage> image) {
  const BrokerLayers& layers = broker.layers();
  const ConfigMap& settings = image->configs.of(type, name);
  switch (type) {
    case ConfigResourceType::topic:
      if (!is_legal_topic_name(name))
        co_return refuse(ErrorCode::invalid_topic_exception, "The topic name " + name + " is not legal.");
      if (image->topic(name) == nullptr)
        co_return refuse(ErrorCode::unknown_topic_or_partition, "There is no topic " + name + ".");
      co_return Outcome{.entries = describe_topic_configs(settings, layers), .error = {}, .message = {}};
    case ConfigResourceType::broker:
      if (name.empty())
        co_return Outcome{.entries = layers.describe_cluster_settings(), .error = {}, .message = {}};
      if (name != std::to_string(broker.node_id().value))
        co_return refuse(ErrorCode::invalid_request,
                         fmt::format("Unexpected broker id, expected {} or empty string, but received {}",
                                     broker.node_id().value, name));
      co_return Outcome{.entries = layers.describe_all(), .error = {}, .message = {}};
    case ConfigResourceType::client_metrics:
      if (name.empty())
        co_return refuse(ErrorCode::invalid_request, "Client metrics subscription name must not be empty");
      co_return Outcome{.entries = describe_client_metrics_configs(settings), .error = {}, .message = {}};
    case ConfigResourceType::group:
      if (name.empty()) co_return refuse(ErrorCode::invalid_request, "Group name must not be empty");
      co_return Outcome{.entries = describe_group_configs(settings, layers), .error = {}, .message = {}};
    case ConfigResourceType::broker_logger:
    case ConfigResourceType::unknown: break;
  }
  co_return refuse(ErrorCode::invalid_request,
                   "Configurations of this type of resource cannot be described here.");
}

bool is_wanted(const Asked& asked, std::string_view key) {
  if (!asked.configuration_keys || asked.configuration_keys->empty()) return true;
  return std::ranges::find(*asked.configuration_keys, key) != asked.configuration_keys->end();
}

Task<Described> describe(RequestContext& context, const DescribeConfigsRequest& request, const Asked& asked) {
  Broker& broker = context.broker;
  const auto type = static_cast<ConfigResourceType>(asked.resource_type);
  auto there = [&broker, type, name = std::string(asked.resource_name), image = context.image] {
    return describe_there(broker, type, name, image);
  };
  const Outcome outcome = co_await on(broker.first_shard().loop(), there);
  Described described;
  described.resource_type = asked.resource_type;
  described.resource_name = asked.resource_name;
  described.error_code = outcome.error;
  described.error_message = std::nullopt;
  if (outcome.error != ErrorCode::none) described.error_message = context.arena.copy(outcome.message);
  EntryWriter writer(context, request);
  for (const ConfigEntry& entry : outcome.entries)
    if (is_wanted(asked, entry.name)) described.configs.push_back(writer.write(entry));
  co_return described;
}

Task<DescribeConfigsResponse> answer(RequestContext& context, const DescribeConfigsRequest& request) {
  DescribeConfigsResponse response;
  for (const Asked& asked : request.resources)
    response.results.push_back(co_await describe(context, request, asked));
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_configs(RequestContext& context) {
  return serve<DescribeConfigsRequest, DescribeConfigsResponse>(context, answer);
}

}  // namespace sluice::handlers
