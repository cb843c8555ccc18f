// record/murmur2.h: the hash by which Kafka's producers choose a partition for a key.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "wire/ids.h"

namespace sluice {

/// MurmurHash2, 32 bits, with Kafka's seed.
std::int32_t murmur2(Bytes bytes);

/// Where the default partitioner puts a record with `key` in a topic of `partition_count` partitions, 1 or more.
PartitionIndex partition_for_key(Bytes key, std::int32_t partition_count);

}  // namespace sluice
