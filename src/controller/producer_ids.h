// controller/producer_ids.h: AllocateProducerIds (API key 67, KIP-730): blocks of producer ids for brokers to give
// out.
#pragma once

#include "controller/decision.h"
#include "wire/api/allocate_producer_ids.h"

namespace sluice {

/// How many ids a broker gets at once, as Kafka has it.
inline constexpr std::int32_t kProducerIdBlockSize = 1000;

/// Gives a broker the next block. No id is given out twice, whoever leads.
Decision<wire::AllocateProducerIdsResponse> allocate_producer_ids(const DecisionContext& context,
                                                                  const wire::AllocateProducerIdsRequest& request);

}  // namespace sluice
