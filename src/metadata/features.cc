#include "metadata/features.h"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

constexpr std::array<SupportedFeature, 7> kSupported{{
    {kElrVersionFeature, 0, 1},
    {kGroupVersionFeature, 0, 1},
    {kKRaftVersionFeature, 0, 1},
    {kMetadataVersionFeature, kMetadataVersionMin.value, kMetadataVersionLatest.value},
    {kShareVersionFeature, 0, 2},
    {kStreamsVersionFeature, 0, 1},
    {kTransactionVersionFeature, 0, 2},
}};

/// The metadata.version from which new clusters get a feature's level.
struct DefaultLevel {
  std::string_view feature;
  std::int16_t level;
  MetadataVersion from;
};
// transaction.version 1 never is a default: 1 and 2 came together.
constexpr std::array<DefaultLevel, 7> kDefaults{{
    {kElrVersionFeature, 1, {26}},
    {kGroupVersionFeature, 1, {22}},
    {kKRaftVersionFeature, 1, {21}},
    {kShareVersionFeature, 1, {28}},
    {kShareVersionFeature, 2, {31}},
    {kStreamsVersionFeature, 1, {29}},
    {kTransactionVersionFeature, 2, {24}},
}};

constexpr std::array<FeatureDependency, 1> kElrNeeds{{{kMetadataVersionFeature, 23}}};

}  // namespace

std::span<const SupportedFeature> supported_features() { return kSupported; }

const SupportedFeature* find_supported_feature(std::string_view name) {
  const auto found = std::ranges::find(kSupported, name, &SupportedFeature::name);
  return found == kSupported.end() ? nullptr : &*found;
}

std::int16_t default_feature_level(std::string_view feature, MetadataVersion version) {
  if (feature == kMetadataVersionFeature) return version.value;
  std::int16_t level = 0;
  for (const DefaultLevel& entry : kDefaults)
    if (entry.feature == feature && entry.from <= version) level = std::max(level, entry.level);
  return level;
}

std::vector<std::pair<std::string_view, std::int16_t>> bootstrap_feature_levels(MetadataVersion version) {
  std::vector<std::pair<std::string_view, std::int16_t>> levels{{kMetadataVersionFeature, version.value}};
  for (const SupportedFeature& feature : kSupported) {
    if (feature.name == kMetadataVersionFeature || feature.name == kKRaftVersionFeature) continue;
    const std::int16_t level = default_feature_level(feature.name, version);
    if (level != 0) levels.emplace_back(feature.name, level);
  }
  return levels;
}

std::span<const FeatureDependency> feature_dependencies(std::string_view feature, std::int16_t level) {
  if (feature == kElrVersionFeature && level >= 1) return kElrNeeds;
  return {};
}

Result<void> check_feature_dependencies(std::string_view feature, std::int16_t level,
                                        const FeatureLevels& levels) {
  if (level < 1) return {};
  for (const FeatureDependency& needed : feature_dependencies(feature, level)) {
    const auto found = levels.find(needed.feature);
    if (found == levels.end() || found->second < needed.level)
      return fail(Errc::invalid_argument, "{} could not be set to {} because it depends on {} level {}", feature,
                  level, needed.feature, needed.level);
  }
  return {};
}

}  // namespace sluice
