// server/dispatch.h: which handler answers which API.
#pragma once

#include <span>

#include "base/result.h"
#include "base/task.h"
#include "server/reply.h"
#include "wire/api_key.h"
#include "wire/version_range.h"

namespace sluice {

struct RequestContext;

using Handler = Task<Result<Reply>> (*)(RequestContext&);

/// An API that is served, in these versions.
struct ServedApi {
  ApiKey key;
  wire::VersionRange versions;
  wire::VersionRange all_versions;  ///< With those that are still being worked on.
  Handler handler;

  /// What is offered where unstable.api.versions.enable is set or not.
  const wire::VersionRange& offered(bool unstable) const { return unstable ? all_versions : versions; }
};

/// All that a broker listener serves, by key: what ApiVersions advertises.
std::span<const ServedApi> served_apis();
/// Null where the API is not served.
const ServedApi* find_served_api(ApiKey key);

}  // namespace sluice
