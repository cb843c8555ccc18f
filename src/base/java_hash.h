// base/java_hash.h: String.hashCode of Java, by which Kafka spreads groups and transactional ids over partitions.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

/// The hash of `text`, which is UTF-8, over its UTF-16 units. What is not UTF-8 counts as U+FFFD, byte by byte.
std::int32_t java_string_hash(std::string_view text);

/// The partition, of `partition_count` (1 or more), that coordinates the group or transactional id `text`.
std::int32_t partition_for_id(std::string_view text, std::int32_t partition_count);

}  // namespace sluice
