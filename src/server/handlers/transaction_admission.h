// server/handlers/transaction_admission.h: what a Produce request needs before its transactional batches are
// appended (KIP-890).
#pragma once

#include <optional>
#include <vector>

#include "base/task.h"
#include "server/request_context.h"
#include "storage/producer_state.h"
#include "wire/api/produce.h"

namespace sluice::handlers {

/// Of one partition's part.
struct Admission {
  ErrorCode error = ErrorCode::none;
  std::optional<VerificationGuard> guard;  ///< To be given to the append, where the batch is of a transaction.
};

/// Whether any part holds a batch of a transaction.
bool has_transactional_batches(const wire::ProduceRequest& request);

/// Has each partition that a transaction reaches for the first time verified by, or added at, the transaction's
/// coordinator. One admission for each part of the request, in its order. The request must have a transactional
/// id.
Task<std::vector<Admission>> admit(RequestContext& context, const wire::ProduceRequest& request);

/// The topic of a part of the request; null if there is none.
const TopicImage* topic_of(const RequestContext& context, const wire::ProduceRequest::TopicProduceData& data);

}  // namespace sluice::handlers
