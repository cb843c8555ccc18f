// server/handlers/push_telemetry.cc: PushTelemetry (API key 72, KIP-714). What a client pushes is checked,
// unpacked within bounds and, as there is no receiver for it in this broker, dropped.
#include "wire/api/push_telemetry.h"
#include "record/compression.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/telemetry.h"

namespace sluice::handlers {
namespace {

using wire::PushTelemetryRequest;
using wire::PushTelemetryResponse;

/// Whether the metrics unpack to no more than a client may send unpacked: a few bytes can claim to be gigabytes.
ErrorCode check_metrics(Decompressor& decompressor, const PushTelemetryRequest& request) {
  const Attributes attributes{request.compression_type};
  if (!attributes.has_known_codec()) return ErrorCode::unsupported_compression_type;
  const DecompressionLimits before = decompressor.limits();
  decompressor.set_limits({.size_max = kTelemetryUnpackedBytesMax});
  decompressor.start(attributes.codec(), request.metrics);
  Result<std::size_t> got = 1;
  while (got && *got > 0) got = decompressor.read(decompressor.window().bytes());
  decompressor.set_limits(before);
  if (got) return ErrorCode::none;
  return got.error().code == Errc::too_large ? ErrorCode::telemetry_too_large : ErrorCode::invalid_record;
}

Task<PushTelemetryResponse> answer(RequestContext& context, const PushTelemetryRequest& request) {
  PushTelemetryResponse response;
  if (request.client_instance_id.is_zero()) {
    response.error_code = ErrorCode::invalid_request;
  } else if (request.subscription_id != telemetry_subscription(*context.image, context).id) {
    response.error_code = ErrorCode::unknown_subscription_id;
  } else if (request.metrics.size() > static_cast<std::size_t>(kTelemetryBytesMax)) {
    response.error_code = ErrorCode::telemetry_too_large;
  } else {
    response.error_code = check_metrics(context.shard.decompressor(), request);
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> push_telemetry(RequestContext& context) {
  return serve<PushTelemetryRequest, PushTelemetryResponse>(context, answer);
}

}  // namespace sluice::handlers
