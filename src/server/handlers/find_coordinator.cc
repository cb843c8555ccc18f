// server/handlers/find_coordinator.cc: FindCoordinator (API key 10).
#include "wire/api/find_coordinator.h"

#include "coordinator/internal_topics.h"
#include "server/broker.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"

namespace sluice::handlers {
namespace {

using wire::FindCoordinatorRequest;
using wire::FindCoordinatorResponse;
using Coordinator = FindCoordinatorResponse::Coordinator;

constexpr std::int8_t kGroupKey = 0;
constexpr std::int8_t kTransactionKey = 1;
constexpr std::int8_t kShareKey = 2;  ///< KIP-932: "group:topic-id:partition".
constexpr std::int16_t kListFrom = 4;

std::optional<std::string_view> topic_of(std::int8_t key_type) {
  switch (key_type) {
    case kGroupKey: return kGroupTopic;
    case kTransactionKey: return kTransactionTopic;
    case kShareKey: return kShareTopic;
    default: return std::nullopt;
  }
}

void refuse(Coordinator& coordinator, ErrorCode code, std::string_view message) {
  coordinator.node_id = NodeId{-1};
  coordinator.port = -1;
  coordinator.error_code = code;
  coordinator.error_message = message;
}

Task<Coordinator> find(RequestContext& context, std::string_view key, std::int8_t key_type) {
  Coordinator coordinator;
  coordinator.key = key;
  const std::optional<std::string_view> topic = topic_of(key_type);
  if (!topic) {
    refuse(coordinator, ErrorCode::invalid_request,
           "Coordinators are those of groups, transactions and share state.");
    co_return coordinator;
  }
  // The first group brings the topic that groups are kept in, the first transactional id that of transactions.
  const Result<void> ready = co_await context.broker.ensure_internal_topic(*topic);
  const BrokerImage* self = context.image->broker(context.broker.node_id());
  const EndpointImage* endpoint = self == nullptr ? nullptr : self->endpoint(context.peer.listener);
  if (!ready || endpoint == nullptr) {
    refuse(coordinator, ErrorCode::coordinator_not_available,
           ready ? "The broker is not registered yet." : context.arena.copy(ready.error().what));
    co_return coordinator;
  }
  coordinator.node_id = context.broker.node_id();
  coordinator.host = endpoint->host;
  coordinator.port = endpoint->port;
  co_return coordinator;
}

Task<FindCoordinatorResponse> answer(RequestContext& context, const FindCoordinatorRequest& request) {
  FindCoordinatorResponse response;
  if (context.version >= kListFrom) {
    for (const std::string_view key : request.coordinator_keys)
      response.coordinators.push_back(co_await find(context, key, request.key_type));
    co_return response;
  }
  const Coordinator found = co_await find(context, request.key, request.key_type);
  response.error_code = found.error_code;
  response.error_message = found.error_message;
  response.node_id = found.node_id;
  response.host = found.host;
  response.port = found.port;
  co_return response;
}

}  // namespace

Task<Result<Reply>> find_coordinator(RequestContext& context) {
  return serve<FindCoordinatorRequest, FindCoordinatorResponse>(context, answer);
}

}  // namespace sluice::handlers
