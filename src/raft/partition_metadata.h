// raft/partition_metadata.h: the file partition.metadata, which says of which topic a partition's directory is.
#pragma once

#include <string>
#include <string_view>

#include "base/disk.h"
#include "wire/uuid.h"

namespace sluice::raft {

inline constexpr std::string_view kPartitionMetadataFile = "partition.metadata";

/// "version: 0" and "topic_id: …" on lines of their own, the last one without an end.
std::string format_partition_metadata(const Uuid& topic_id);
/// Errors: corrupt, unsupported_version.
Result<Uuid> parse_partition_metadata(std::string_view text);

/// Writes the file if there is none. Errors: corrupt (it names another topic), and those of Disk.
Task<Result<void>> keep_partition_metadata(Disk& disk, std::string directory, Uuid topic_id);

}  // namespace sluice::raft
