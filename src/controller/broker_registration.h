// controller/broker_registration.h: BrokerRegistration (API key 62), UnregisterBroker (64) and
// ControllerRegistration (70): who belongs to the cluster.
#pragma once

#include <string_view>

#include "controller/decision.h"
#include "wire/api/broker_registration.h"
#include "wire/api/controller_registration.h"
#include "wire/api/unregister_broker.h"

namespace sluice {

struct BrokerRegistrationOptions {
  std::string_view cluster_id;
  /// Whether the broker that is registered with that id was heard from lately.
  bool has_session = false;
};

/// Registers a broker: fenced, unless the same process registers once more. A broker that comes back without the
/// epoch of its last registration went down uncleanly, and may have lost what it had.
Decision<wire::BrokerRegistrationResponse> register_broker(const DecisionContext& context,
                                                           const wire::BrokerRegistrationRequest& request,
                                                           const BrokerRegistrationOptions& options);

/// Forgets a broker, which leaves every ISR.
Decision<wire::UnregisterBrokerResponse> unregister_broker(const DecisionContext& context,
                                                           const wire::UnregisterBrokerRequest& request);

/// Registers a controller.
Decision<wire::ControllerRegistrationResponse> register_controller(
    const DecisionContext& context, const wire::ControllerRegistrationRequest& request);

}  // namespace sluice
