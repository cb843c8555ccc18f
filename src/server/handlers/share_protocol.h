// server/handlers/share_protocol.h: whether this node serves share groups (KIP-932), and how a group is
// configured.
#pragma once

#include <algorithm>

#include "metadata/features.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/request_context.h"

namespace sluice::handlers {

/// Whether the cluster has share.version 1 or more, or group.coordinator.rebalance.protocols names share groups.
inline bool serves_share_groups(const RequestContext& context) {
  const std::vector<std::string>& protocols = context.broker.config().groups.protocols;
  return context.image->features.level(kShareVersionFeature) > 0 ||
         std::ranges::find(protocols, "share") != protocols.end();
}

/// What holds for the group. Dead letters are of share.version 2 (KIP-1191).
inline ShareGroupConfig share_config_of(const RequestContext& context, std::string_view group) {
  constexpr std::int16_t kDeadLettersFrom = 2;
  ShareGroupConfig config = context.shard.group_settings().of(group).share;
  if (context.image->features.level(kShareVersionFeature) < kDeadLettersFrom) config.dead_letter_topic.clear();
  return config;
}

}  // namespace sluice::handlers
