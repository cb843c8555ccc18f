// coordinator/share_offsets.h: where share groups begin, as administrators ask for it and change it (KIP-932).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "coordinator/group_assignment.h"
#include "coordinator/refusal.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

/// Where a group is to begin, on partitions that exist.
using ShareStarts = std::map<Uuid, std::map<PartitionIndex, Offset>>;

/// What became of a request about a group's offsets: of all of it, or of each partition or topic that it named.
struct AlteredShareOffsets {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::map<Uuid, std::map<PartitionIndex, ErrorCode>> partitions;

  static AlteredShareOffsets failed(Refusal refusal) { return {refusal.code, std::move(refusal.message), {}}; }
};

/// Partitions of a group, or why they cannot be told.
struct PartitionsAnswer {
  ErrorCode error = ErrorCode::none;
  AssignedPartitions partitions;
};

struct DeletedShareOffsets {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::map<Uuid, ErrorCode> topics;  ///< unknown_topic_or_partition: the group has no offsets there.

  static DeletedShareOffsets failed(Refusal refusal) { return {refusal.code, std::move(refusal.message), {}}; }
};

}  // namespace sluice
