// controller/update_features.h: UpdateFeatures (API key 57, KIP-584).
#pragma once

#include "controller/decision.h"
#include "wire/api/update_features.h"

namespace sluice {

/// Sets the levels of features, all or none. Every broker and controller that is registered must support them, and
/// metadata.version does not go back to a level that cannot hold what the log holds.
Decision<wire::UpdateFeaturesResponse> update_features(const DecisionContext& context,
                                                       const wire::UpdateFeaturesRequest& request, NodeId local,
                                                       std::int16_t kraft_version);

/// With eligible leader replicas the cluster needs one min.insync.replicas for all brokers: writes that, and takes
/// away what single brokers had.
void add_elr_safety_records(const DecisionContext& context, RecordList& records);

}  // namespace sluice
