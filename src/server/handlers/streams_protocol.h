// server/handlers/streams_protocol.h: whether this node serves streams groups (KIP-1071).
#pragma once

#include <algorithm>

#include "metadata/features.h"
#include "server/broker.h"
#include "server/request_context.h"

namespace sluice::handlers {

/// Whether the cluster has streams.version 1 or more and group.coordinator.rebalance.protocols names streams
/// groups.
inline bool serves_streams_groups(const RequestContext& context) {
  const std::vector<std::string>& protocols = context.broker.config().groups.protocols;
  return context.image->features.level(kStreamsVersionFeature) > 0 &&
         std::ranges::find(protocols, "streams") != protocols.end();
}

}  // namespace sluice::handlers
