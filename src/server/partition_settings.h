// server/partition_settings.h: a topic's configuration as its partitions keep to it.
#pragma once

#include "config/topic_config.h"
#include "metadata/metadata_image.h"
#include "replica/partition.h"

namespace sluice {

/// Of a topic in an image, on a broker with that configuration.
PartitionSettings settings_of(const TopicImage& topic, const MetadataImage& image, const Configuration& config);

PartitionSettings partition_settings(const TopicConfig& topic, std::chrono::milliseconds producer_id_expiration);

}  // namespace sluice
