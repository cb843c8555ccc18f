// controller/delete_topics.h: DeleteTopics (API key 20).
#pragma once

#include "controller/decision.h"
#include "wire/api/delete_topics.h"

namespace sluice {

/// Deletes topics by name, or since version 6 by name or id. `version` is the request's: where deletion is
/// forbidden (delete.topic.enable), clients before version 3 do not know the code that says so.
Decision<wire::DeleteTopicsResponse> delete_topics(const DecisionContext& context,
                                                   const wire::DeleteTopicsRequest& request);

}  // namespace sluice
