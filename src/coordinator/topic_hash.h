// coordinator/topic_hash.h: the fingerprint of the topics that a group subscribes to, which tells when they have
// changed (KIP-1101). The same numbers as Kafka's, since they are recorded: XXH3 with 64 bits.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "metadata/metadata_image.h"

namespace sluice {

/// Of the topic's id, name, partitions and the racks of their replicas.
std::int64_t topic_hash(const TopicImage& topic, const ClusterImage& cluster);

/// Of all topics of a group by their names; 0 if there are none.
std::int64_t metadata_hash(const std::map<std::string_view, std::int64_t>& topic_hashes);

}  // namespace sluice
