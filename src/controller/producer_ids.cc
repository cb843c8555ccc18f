#include "controller/producer_ids.h"

#include <algorithm>
#include <limits>

#include "wire/metadata/producer_ids_record.h"

namespace sluice {

Decision<wire::AllocateProducerIdsResponse> allocate_producer_ids(
    const DecisionContext& context, const wire::AllocateProducerIdsRequest& request) {
  Decision<wire::AllocateProducerIdsResponse> decision;
  auto& response = decision.response();
  const BrokerImage* broker = context.image.broker(request.broker_id);
  if (broker == nullptr || broker->epoch != request.broker_epoch) {
    response.error_code = ErrorCode::stale_broker_epoch;
    return decision;
  }
  const std::int64_t first = std::max<std::int64_t>(context.image.next_producer_id.value, 0);
  if (first > std::numeric_limits<std::int64_t>::max() - kProducerIdBlockSize) {
    response.error_code = ErrorCode::unknown_server_error;
    return decision;
  }
  wire::ProducerIdsRecord record;
  record.broker_id = request.broker_id;
  record.broker_epoch = request.broker_epoch;
  record.next_producer_id = {first + kProducerIdBlockSize};
  decision.records.add(record, 0);
  response.producer_id_start = {first};
  response.producer_id_len = kProducerIdBlockSize;
  return decision;
}

}  // namespace sluice
