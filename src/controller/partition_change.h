// controller/partition_change.h: who leads a partition when its ISR or the brokers' states change, and which
// replicas stay eligible (KIP-966).
//
// With eligible leader replicas, those that left the ISR while it was smaller than min.insync.replicas may still
// be elected: they hold all that was acknowledged, unless they went down uncleanly. A partition that has lost them
// all remembers its last leader, which may lead again, with what it has left.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "metadata/metadata_version.h"
#include "metadata/partition_image.h"
#include "wire/metadata/partition_change_record.h"

namespace sluice {

enum class Election {
  preferred,  ///< The first replica if it may lead, else as `online`.
  online,     ///< A replica that lacks nothing acknowledged.
  unclean,    ///< If there is none, any replica that is there.
};

/// What happens to one partition.
struct PartitionChange {
  const PartitionImage& partition;
  Uuid topic_id;
  PartitionIndex index;
  MetadataVersion version;
  bool elr_enabled = false;
  std::size_t min_insync_replicas = 1;
  Election election = Election::online;
  /// Whether a broker may lead: it is there, and so is the directory of its replica.
  std::function<bool(NodeId)> may_lead;
  std::vector<NodeId> isr;                ///< What the ISR shall be.
  std::vector<NodeId> unclean_shutdowns;  ///< Replicas that may have lost what they had.
};

/// The record that makes it so; nothing if there is nothing to change.
std::optional<wire::PartitionChangeRecord> decide_partition_change(const PartitionChange& change);

}  // namespace sluice
