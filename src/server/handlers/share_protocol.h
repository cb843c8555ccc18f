// server/handlers/share_protocol.h: whether this node serves share groups (KIP-932).
#pragma once

#include <algorithm>

#include "metadata/features.h"
#include "server/broker.h"
#include "server/request_context.h"

namespace sluice::handlers {

/// Whether the cluster has share.version 1 or more, or group.coordinator.rebalance.protocols names share groups.
inline bool serves_share_groups(const RequestContext& context) {
  const std::vector<std::string>& protocols = context.broker.config().groups.protocols;
  return context.image->features.level(kShareVersionFeature) > 0 ||
         std::ranges::find(protocols, "share") != protocols.end();
}

}  // namespace sluice::handlers
