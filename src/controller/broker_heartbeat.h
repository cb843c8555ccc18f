// controller/broker_heartbeat.h: BrokerHeartbeat (API key 63): a broker says that it lives and what it wants; the
// controller says what it may.
//
//   fenced --wants in, has read its registration--> unfenced --wants to end, leads something--> in controlled
//   shutdown fenced or unfenced --wants to end, leads nothing--> ends, fenced in controlled shutdown --leads
//   nothing, all others know--> ends, fenced
#pragma once

#include "controller/broker_sessions.h"
#include "controller/decision.h"
#include "wire/api/broker_heartbeat.h"

namespace sluice {

struct HeartbeatDecision {
  Decision<wire::BrokerHeartbeatResponse> decision;
  bool accepted = false;  ///< The broker was heard: its session goes on.
  bool begins_shutdown = false;
};

HeartbeatDecision heartbeat_broker(const DecisionContext& context, const wire::BrokerHeartbeatRequest& request,
                                   const BrokerSessions& sessions);

/// Fences a broker that was not heard from, or that ends.
void add_fence_records(const DecisionContext& context, const BrokerImage& broker, RecordList& records);

}  // namespace sluice
