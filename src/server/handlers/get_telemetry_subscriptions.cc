// server/handlers/get_telemetry_subscriptions.cc: GetTelemetrySubscriptions (API key 71, KIP-714): which metrics
// the cluster wants of a client.
#include "wire/api/get_telemetry_subscriptions.h"

#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/telemetry.h"
#include "wire/random_uuid.h"

namespace sluice::handlers {
namespace {

using wire::GetTelemetrySubscriptionsRequest;
using wire::GetTelemetrySubscriptionsResponse;

Task<GetTelemetrySubscriptionsResponse> answer(RequestContext& context,
                                               const GetTelemetrySubscriptionsRequest& request) {
  const TelemetrySubscription subscription = telemetry_subscription(*context.image, context);
  GetTelemetrySubscriptionsResponse response;
  response.client_instance_id =
      request.client_instance_id.is_zero() ? random_uuid(Loop::current()) : request.client_instance_id;
  response.subscription_id = subscription.id;
  response.accepted_compression_types = {4, 3, 1, 2};  // In the order of preference: zstd, lz4, gzip, snappy.
  response.push_interval_ms = subscription.push_interval_ms;
  response.telemetry_max_bytes = kTelemetryBytesMax;
  response.delta_temporality = true;
  for (const std::string& metric : subscription.metrics)
    response.requested_metrics.push_back(context.arena.copy(metric));
  co_return response;
}

}  // namespace

Task<Result<Reply>> get_telemetry_subscriptions(RequestContext& context) {
  return serve<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse>(context, answer);
}

}  // namespace sluice::handlers
