// metadata/features.h: the features that a cluster can be set to, beside metadata.version itself (KIP-584,
// KIP-1022).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metadata/metadata_version.h"

namespace sluice {

inline constexpr std::string_view kMetadataVersionFeature = "metadata.version";
inline constexpr std::string_view kKRaftVersionFeature = "kraft.version";
inline constexpr std::string_view kElrVersionFeature = "eligible.leader.replicas.version";
inline constexpr std::string_view kGroupVersionFeature = "group.version";
inline constexpr std::string_view kShareVersionFeature = "share.version";
inline constexpr std::string_view kStreamsVersionFeature = "streams.version";
inline constexpr std::string_view kTransactionVersionFeature = "transaction.version";

/// The levels of one feature that a node can work with.
struct SupportedFeature {
  std::string_view name;
  std::int16_t min = 0;
  std::int16_t max = 0;
};

/// Every feature with what this program supports, metadata.version and kraft.version among them; sorted by name.
std::span<const SupportedFeature> supported_features();
const SupportedFeature* find_supported_feature(std::string_view name);

/// Feature levels by name.
using FeatureLevels = std::map<std::string, std::int16_t, std::less<>>;

/// The level of `feature` in a cluster that is made with `version`; for metadata.version that is itself.
std::int16_t default_feature_level(std::string_view feature, MetadataVersion version);

/// What a new cluster is set to: metadata.version first, then the others by name where their level is not 0,
/// without kraft.version, which no record of the metadata holds.
std::vector<std::pair<std::string_view, std::int16_t>> bootstrap_feature_levels(MetadataVersion version);

/// What a feature's level needs of others.
struct FeatureDependency {
  std::string_view feature;
  std::int16_t level;
};
std::span<const FeatureDependency> feature_dependencies(std::string_view feature, std::int16_t level);

/// Whether `level` of `feature` may stand beside `levels`. Errors: invalid_argument, in Kafka's words.
Result<void> check_feature_dependencies(std::string_view feature, std::int16_t level, const FeatureLevels& levels);

}  // namespace sluice
