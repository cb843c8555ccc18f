// coordinator/group_cluster.h: what groups know of the cluster that they are in.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "coordinator/group_settings.h"
#include "metadata/metadata_image.h"

namespace sluice {

/// One moment of the cluster. Shared; what it points to never changes.
struct GroupCluster {
  std::shared_ptr<const MetadataImage> image = std::make_shared<const MetadataImage>();
  std::shared_ptr<const GroupSettings> settings = default_group_settings();
};

/// What is different from the moment before.
struct GroupClusterChange {
  std::set<std::string> topics;  ///< That came, went, or have other partitions.
  bool topics_created = false;
};

}  // namespace sluice
