// wire/ids.h: the kinds of number that Kafka's protocol speaks of.
#pragma once

#include <cstdint>

#include "base/id.h"

namespace sluice {

using NodeId = Id<struct NodeIdKind, std::int32_t>;
using PartitionIndex = Id<struct PartitionIndexKind, std::int32_t>;
using LeaderEpoch = Id<struct LeaderEpochKind, std::int32_t>;
using Offset = Id<struct OffsetKind, std::int64_t>;
using ProducerId = Id<struct ProducerIdKind, std::int64_t>;
using ProducerEpoch = Id<struct ProducerEpochKind, std::int16_t>;

// Offsets are points, counts of offsets are distances: no other sum of the two has a meaning.
constexpr Offset operator+(Offset from, std::int64_t count) { return {from.value + count}; }
constexpr Offset operator-(Offset from, std::int64_t count) { return {from.value - count}; }
constexpr std::int64_t operator-(Offset to, Offset from) { return to.value - from.value; }

}  // namespace sluice
