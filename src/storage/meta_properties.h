// storage/meta_properties.h: the file meta.properties of a log directory: whose it is. Java properties; version 1
// has node.id, version 0 (ZooKeeper's time) broker.id.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

struct MetaProperties {
  int version = 1;
  std::optional<std::string> cluster_id{};
  std::optional<NodeId> node_id{};
  std::optional<Uuid> directory_id{};  ///< KIP-858

  static constexpr std::string_view kFileName = "meta.properties";

  /// Errors: corrupt (not properties, or values that are none), unsupported_version.
  static Result<MetaProperties> parse(std::string_view text);
  /// As Kafka writes it; `now` stands in its second line.
  std::string format(WallTime now) const;

  /// None if the file is missing. Errors: as of parse() and Disk.
  static Task<Result<std::optional<MetaProperties>>> read(Disk& disk, std::string directory);
  /// Durable when done.
  Task<Result<void>> write(Disk& disk, std::string directory, WallTime now) const;

  friend bool operator==(const MetaProperties&, const MetaProperties&) = default;
};

}  // namespace sluice
