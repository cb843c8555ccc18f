// server/handlers/list_config_resources.cc: ListConfigResources (API key 74, KIP-1142): the resources that have,
// or could have, a configuration. Version 0 lists the client metrics only (KIP-714).
#include <algorithm>

#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "wire/api/list_config_resources.h"

namespace sluice::handlers {
namespace {

using wire::ListConfigResourcesRequest;
using wire::ListConfigResourcesResponse;

bool is_listable(std::int8_t type) {
  switch (static_cast<ConfigResourceType>(type)) {
    case ConfigResourceType::topic:
    case ConfigResourceType::broker:
    case ConfigResourceType::broker_logger:
    case ConfigResourceType::client_metrics:
    case ConfigResourceType::group: return true;
    case ConfigResourceType::unknown: return false;
  }
  return false;
}

void put(ListConfigResourcesResponse& response, std::string_view name, ConfigResourceType type) {
  response.config_resources.push_back(
      {.resource_name = name, .resource_type = static_cast<std::int8_t>(type), .unknown_tags = {}});
}

void put_configured(const MetadataImage& image, ConfigResourceType type, ListConfigResourcesResponse& response) {
  for (const auto* entry : image.configs.map().sorted())
    if (entry->first.type == type) put(response, entry->first.name, type);
}

void put_brokers(RequestContext& context, ConfigResourceType type, ListConfigResourcesResponse& response) {
  for (const auto& [id, broker] : context.image->cluster.brokers())
    put(response, context.arena.copy(std::to_string(id.value)), type);
}

void put_type(RequestContext& context, ConfigResourceType type, ListConfigResourcesResponse& response) {
  switch (type) {
    case ConfigResourceType::topic:
      for (const TopicImage* topic : context.image->topics.sorted_by_name()) put(response, topic->name(), type);
      return;
    case ConfigResourceType::broker:
    case ConfigResourceType::broker_logger: put_brokers(context, type, response); return;
    case ConfigResourceType::client_metrics:
    case ConfigResourceType::group: put_configured(*context.image, type, response); return;
    case ConfigResourceType::unknown: return;
  }
}

Task<ListConfigResourcesResponse> answer(RequestContext& context, const ListConfigResourcesRequest& request) {
  ListConfigResourcesResponse response;
  std::vector<std::int8_t> types = request.resource_types;
  if (context.version == 0)
    types = {static_cast<std::int8_t>(ConfigResourceType::client_metrics)};
  else if (types.empty())
    types = {2, 4, 8, 16, 32};
  std::ranges::sort(types);
  types.erase(std::unique(types.begin(), types.end()), types.end());
  if (!std::ranges::all_of(types, is_listable)) {
    response.error_code = ErrorCode::unsupported_version;
    co_return response;
  }
  for (const std::int8_t type : types) put_type(context, static_cast<ConfigResourceType>(type), response);
  co_return response;
}

}  // namespace

Task<Result<Reply>> list_config_resources(RequestContext& context) {
  return serve<ListConfigResourcesRequest, ListConfigResourcesResponse>(context, answer);
}

}  // namespace sluice::handlers
