// controller/create_partitions.h: CreatePartitions (API key 37, KIP-195).
#pragma once

#include "controller/decision.h"
#include "wire/api/create_partitions.h"

namespace sluice {

/// Gives topics more partitions, on brokers that the client names or the controller chooses.
Decision<wire::CreatePartitionsResponse> create_partitions(const DecisionContext& context,
                                                           const wire::CreatePartitionsRequest& request);

}  // namespace sluice
