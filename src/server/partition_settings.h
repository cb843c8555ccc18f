// server/partition_settings.h: a topic's configuration as its partitions keep to it.
#pragma once

#include "config/topic_config.h"
#include "replica/partition.h"

namespace sluice {

PartitionSettings partition_settings(const TopicConfig& topic, std::chrono::milliseconds producer_id_expiration);

}  // namespace sluice
