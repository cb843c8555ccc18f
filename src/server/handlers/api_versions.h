// server/handlers/api_versions.h: what is said to a client that asks in a version from the future.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "server/reply.h"

namespace sluice::handlers {

/// The answer in version 0, which every client reads: unsupported, and in which versions to ask (KIP-511).
Result<Reply> unsupported_api_versions(std::int32_t correlation_id);

}  // namespace sluice::handlers
