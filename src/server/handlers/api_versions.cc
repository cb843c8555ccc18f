// server/handlers/api_versions.cc: ApiVersions (API key 18, KIP-35 and KIP-511).
#include "server/handlers/api_versions.h"

#include <algorithm>

#include "server/broker.h"
#include "server/dispatch.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "wire/api/api_versions.h"

namespace sluice::handlers {
namespace {

using wire::ApiVersionsRequest;
using wire::ApiVersionsResponse;

/// KIP-511: letters and digits at both ends, also dots and dashes between.
bool is_software_name(std::string_view text) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

void put_apis(const RequestContext& context, ApiVersionsResponse& response) {
  const bool unstable = context.broker.config().sockets.unstable_versions;
  for (const ServedApi& api : served_apis())
    response.api_keys.push_back({.api_key = api.key,
                                 .min_version = api.offered(unstable).low,
                                 .max_version = api.offered(unstable).high,
                                 .unknown_tags = {}});
}

void put_features(const RequestContext& context, ApiVersionsResponse& response) {
  for (const SupportedFeature& feature : supported_features()) {
    // Clients before version 4 cannot read a feature whose least level is 0 (KIP-1022).
    if (feature.min == 0 && context.version < 4) continue;
    response.supported_features.push_back(
        {.name = feature.name, .min_version = feature.min, .max_version = feature.max, .unknown_tags = {}});
  }
  response.finalized_features_epoch = context.image->provenance.last_offset.value;
  for (const auto& [name, level] : context.image->features.levels())
    response.finalized_features.push_back(
        {.name = name, .max_version_level = level, .min_version_level = level, .unknown_tags = {}});
}

Task<ApiVersionsResponse> answer(RequestContext& context, const ApiVersionsRequest& request) {
  ApiVersionsResponse response;
  if (context.version >= 3) {
    if (!is_software_name(request.client_software_name) || !is_software_name(request.client_software_version)) {
      response.error_code = ErrorCode::invalid_request;
      co_return response;
    }
    context.peer.software_name = request.client_software_name;
    context.peer.software_version = request.client_software_version;
    put_features(context, response);
  }
  put_apis(context, response);
  co_return response;
}

}  // namespace

Task<Result<Reply>> api_versions(RequestContext& context) {
  return serve<ApiVersionsRequest, ApiVersionsResponse>(context, answer);
}

Result<Reply> unsupported_api_versions(std::int32_t correlation_id) {
  ApiVersionsResponse response;
  response.error_code = ErrorCode::unsupported_version;
  const ServedApi* own = find_served_api(ApiKey::api_versions);
  response.api_keys.push_back({.api_key = own->key,
                               .min_version = own->versions.low,
                               .max_version = own->versions.high,
                               .unknown_tags = {}});
  return make_reply(response, 0, correlation_id);
}

}  // namespace sluice::handlers
