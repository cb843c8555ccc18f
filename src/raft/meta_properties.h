// raft/meta_properties.h: the file meta.properties of a log directory: whose it is (KIP-631; directory ids
// KIP-858).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/loop.h"
#include "base/result.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice::raft {

/// What the file says. Of version 1; version 0 was that of brokers with ZooKeeper, which have a broker.id instead.
struct MetaProperties {
  static constexpr std::string_view kFileName = "meta.properties";
  int version = 1;
  std::string cluster_id;
  NodeId node_id{-1};
  std::optional<Uuid> directory_id;  ///< Missing in directories made by Kafka before 3.7.

  /// Errors: corrupt, unsupported_version.
  static Result<MetaProperties> parse(std::string_view text);
  /// As Java writes properties, in Kafka's order; `now` stands in a comment.
  std::string format(WallTime now) const;
  friend bool operator==(const MetaProperties&, const MetaProperties&) = default;
};

/// The properties of a log directory; none if the file is missing. Errors: corrupt, unsupported_version, and those
/// of Disk.
Task<Result<std::optional<MetaProperties>>> read_meta_properties(Disk& disk, std::string log_dir);
/// Makes the directory if it is missing. Durable when done.
Task<Result<void>> write_meta_properties(Disk& disk, std::string log_dir, MetaProperties properties, WallTime now);

}  // namespace sluice::raft
