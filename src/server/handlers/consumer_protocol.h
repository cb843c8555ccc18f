// server/handlers/consumer_protocol.h: whether this node serves the consumer protocol.
#pragma once

#include "server/request_context.h"

namespace sluice::handlers {

/// Whether the cluster has group.version 1 or more and group.coordinator.rebalance.protocols names it.
bool serves_consumer_protocol(const RequestContext& context);

}  // namespace sluice::handlers
