// storage/partition_metadata.h: the file partition.metadata in a log's directory, which says whose log it is
// (KIP-516): a topic that was deleted and created again has the same name and another id.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "storage/log.h"
#include "wire/uuid.h"

namespace sluice::partition_metadata {

inline constexpr std::string_view kFileName = "partition.metadata";

/// The topic's id; none if the file is missing. Errors: corrupt, unsupported_version, and those of Disk.
Task<Result<std::optional<Uuid>>> read(Disk& disk, std::string directory);
/// Durable when done. Errors: as of Disk.
Task<Result<void>> write(Disk& disk, std::string directory, Uuid topic_id);
/// As write(), but durable only with the log's next flush, until which it may be lost or torn.
Task<Result<void>> write_with(Log& log, Disk& disk, Uuid topic_id);

Result<Uuid> parse(std::string_view text);
std::string format(const Uuid& topic_id);

}  // namespace sluice::partition_metadata
