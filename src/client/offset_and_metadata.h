// client/offset_and_metadata.h: how far a group has come in a partition.
#pragma once

#include <map>
#include <string>

#include "client/topic_partition.h"

namespace sluice::client {

/// A committed offset: that of the next record to read.
struct OffsetAndMetadata {
  Offset offset{};
  LeaderEpoch leader_epoch{-1};  ///< Of the record before; -1 if it is not known.
  std::string metadata{};        ///< Whatever the committer wanted to note.
  friend bool operator==(const OffsetAndMetadata&, const OffsetAndMetadata&) = default;
};

using Offsets = std::map<TopicPartition, OffsetAndMetadata>;

}  // namespace sluice::client
