#include "metadata/metadata_version.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr std::array<MetadataVersionInfo, 27> kVersions{{
    {{7}, "3.3", "IV3", true},   {{8}, "3.4", "IV0", true},   {{9}, "3.5", "IV0", false},
    {{10}, "3.5", "IV1", false}, {{11}, "3.5", "IV2", true},  {{12}, "3.6", "IV0", false},
    {{13}, "3.6", "IV1", true},  {{14}, "3.6", "IV2", true},  {{15}, "3.7", "IV0", true},
    {{16}, "3.7", "IV1", false}, {{17}, "3.7", "IV2", true},  {{18}, "3.7", "IV3", false},
    {{19}, "3.7", "IV4", false}, {{20}, "3.8", "IV0", false}, {{21}, "3.9", "IV0", false},
    {{22}, "4.0", "IV0", false}, {{23}, "4.0", "IV1", true},  {{24}, "4.0", "IV2", false},
    {{25}, "4.0", "IV3", false}, {{26}, "4.1", "IV0", false}, {{27}, "4.1", "IV1", false},
    {{28}, "4.2", "IV0", false}, {{29}, "4.2", "IV1", false}, {{30}, "4.3", "IV0", true},
    {{31}, "4.4", "IV0", false}, {{32}, "4.4", "IV1", true},  {{33}, "4.4", "IV2", true},
}};
static_assert(kVersions.front().level == kMetadataVersionMin && kVersions.back().level == kMetadataVersionLatest);

}  // namespace

std::span<const MetadataVersionInfo> metadata_versions() { return kVersions; }

const MetadataVersionInfo* find_metadata_version(MetadataVersion level) {
  if (level < kMetadataVersionMin || level > kMetadataVersionLatest) return nullptr;
  return &kVersions[static_cast<std::size_t>(level.value - kMetadataVersionMin.value)];
}

std::optional<MetadataVersion> parse_metadata_version(std::string_view text) {
  std::optional<MetadataVersion> found;
  for (const MetadataVersionInfo& version : kVersions)
    if (text == version.name() || text == version.release) found = version.level;
  return found;
}

std::string name(MetadataVersion level) {
  const MetadataVersionInfo* known = find_metadata_version(level);
  return known != nullptr ? known->name() : fmt::format("UNKNOWN {}", level.value);
}

bool metadata_changes_between(MetadataVersion a, MetadataVersion b) {
  const auto [low, high] = std::minmax(a, b);
  return std::any_of(kVersions.begin(), kVersions.end(), [low, high](const MetadataVersionInfo& version) {
    return version.level > low && version.level <= high && version.changes_metadata;
  });
}

std::int16_t register_broker_record_version(MetadataVersion v) {
  if (supports_cordoned_log_dirs(v)) return 4;
  if (supports_directory_assignment(v)) return 3;
  return v.value >= 8 ? 2 : 1;
}

std::int16_t partition_record_version(MetadataVersion v) {
  if (supports_eligible_leader_replicas(v)) return 2;
  return supports_directory_assignment(v) ? 1 : 0;
}

std::int16_t partition_change_record_version(MetadataVersion v) { return partition_record_version(v); }

}  // namespace sluice
