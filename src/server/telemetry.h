// server/telemetry.h: which metrics the cluster's client-metrics resources ask a client for (KIP-714).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/metadata_image.h"

namespace sluice {

struct RequestContext;

/// telemetry.max.bytes
inline constexpr std::int32_t kTelemetryBytesMax = 1024 * 1024;
/// What one push may be when unpacked.
inline constexpr std::size_t kTelemetryUnpackedBytesMax = std::size_t{10} * 1024 * 1024;

struct TelemetrySubscription {
  std::int32_t id = 0;  ///< Of exactly this subscription: it changes with what is asked for.
  std::int32_t push_interval_ms = 300'000;
  std::vector<std::string> metrics;  ///< Prefixes of names, sorted; empty: none are wanted.
};

/// What all resources that match the client ask for together.
TelemetrySubscription telemetry_subscription(const MetadataImage& image, const RequestContext& context);

}  // namespace sluice
