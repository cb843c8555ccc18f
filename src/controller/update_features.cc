#include "controller/update_features.h"

#include <algorithm>

#include "controller/api_error.h"
#include "controller/config_changes.h"
#include "metadata/features.h"
#include "wire/metadata/feature_level_record.h"

namespace sluice {
namespace {

constexpr std::string_view kMinInsyncReplicas = "min.insync.replicas";

/// How a level may change; the values are those on the wire.
enum class UpgradeType : std::int8_t { unknown = 0, upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3 };

/// One feature's change.
struct Update {
  std::string_view feature;
  std::int16_t level = 0;
  UpgradeType type = UpgradeType::upgrade;

  std::unexpected<ApiError> refused(std::string_view why) const {
    return refuse(ErrorCode::invalid_update_version, "Invalid update version {} for feature {}. {}", level,
                  feature, why);
  }
};

Update update_of(const wire::UpdateFeaturesRequest::FeatureUpdateKey& item) {
  UpgradeType type = UpgradeType::unknown;
  if (item.allow_downgrade)
    type = UpgradeType::safe_downgrade;  // Version 0 knew no other way to say it.
  else if (item.upgrade_type >= 1 && item.upgrade_type <= 3)
    type = static_cast<UpgradeType>(item.upgrade_type);
  return {item.feature, item.max_version_level, type};
}

/// Why a node cannot work at that level; empty if it can.
std::string why_unsupported(std::string_view node, std::optional<FeatureRange> range, std::int16_t level) {
  if (!range) {
    if (level == 0) return {};
    return fmt::format("{} does not support this feature.", node);
  }
  if (level >= range->min && level <= range->max) return {};
  return fmt::format("{} only supports versions {}-{}", node, range->min, range->max);
}

std::optional<FeatureRange> range_in(const FeatureRanges& features, std::string_view feature) {
  const auto found = features.find(feature);
  if (found == features.end()) return std::nullopt;
  return found->second;
}

OrApiError<void> check_support(const MetadataImage& image, const Update& update, NodeId local) {
  const SupportedFeature* known = find_supported_feature(update.feature);
  std::optional<FeatureRange> own;
  if (known != nullptr) own = FeatureRange{known->min, known->max};
  std::string why = why_unsupported(fmt::format("Local controller {}", local.value), own, update.level);
  for (const auto& [id, broker] : image.cluster.brokers()) {
    if (!why.empty()) break;
    why = why_unsupported(fmt::format("Broker {}", id.value), range_in(broker->features, update.feature),
                          update.level);
  }
  for (const auto& [id, controller] : image.cluster.controllers()) {
    if (!why.empty()) break;
    if (id == local) continue;
    why = why_unsupported(fmt::format("Controller {}", id.value), range_in(controller->features, update.feature),
                          update.level);
  }
  if (!why.empty()) return update.refused(why);
  return {};
}

OrApiError<void> check_metadata_version(MetadataVersion now, MetadataVersion next, UpgradeType type) {
  if (next >= now || !metadata_changes_between(next, now)) return {};
  return refuse(ErrorCode::invalid_update_version, "Unsupported metadata.version downgrade from {} to {}. {}",
                now.value, next.value,
                type == UpgradeType::unsafe_downgrade
                    ? "Unsafe metadata downgrade is not supported in this version."
                    : "Refusing to perform the requested downgrade because it might delete metadata information.");
}

OrApiError<void> check(const MetadataImage& image, const Update& update, const FeatureLevels& proposed,
                       NodeId local, std::int16_t kraft_version) {
  if (update.type == UpgradeType::unknown)
    return update.refused("The controller does not support the given upgrade type.");
  const bool is_kraft = update.feature == kKRaftVersionFeature;
  const std::int16_t now = is_kraft ? kraft_version : image.features.level(update.feature);
  if (update.level < 0) return update.refused("A feature version cannot be less than 0.");
  if (auto supported = check_support(image, update, local); !supported) return supported;
  if (is_kraft && update.level < now) return update.refused("Can't downgrade the version of this feature.");
  if (is_kraft && update.level > now)
    return update.refused(
        "The voters of this quorum stand in configurations; their log cannot take them over yet.");
  if (update.level < now && update.type == UpgradeType::upgrade)
    return update.refused(
        "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe "
        "downgrade.");
  if (update.level > now && update.type != UpgradeType::upgrade)
    return update.refused("Can't downgrade to a newer version.");
  if (update.feature == kMetadataVersionFeature)
    return check_metadata_version(image.metadata_version(), {update.level}, update.type);
  if (auto fits = check_feature_dependencies(update.feature, update.level, proposed); !fits)
    return update.refused(fits.error().what);
  return {};
}

OrApiError<void> decide(const DecisionContext& context, const wire::UpdateFeaturesRequest& request, NodeId local,
                        std::int16_t kraft_version, RecordList& records) {
  FeatureLevels proposed = context.image.features.levels();
  for (const auto& item : request.feature_updates)
    proposed.insert_or_assign(std::string(item.feature), item.max_version_level);
  for (const auto& item : request.feature_updates) {
    const Update update = update_of(item);
    if (auto valid = check(context.image, update, proposed, local, kraft_version); !valid) return valid;
    if (update.feature == kKRaftVersionFeature)
      continue;  // It is the log's own; no record of the metadata says it.
    wire::FeatureLevelRecord record;
    record.name = update.feature;
    record.feature_level = update.level;
    records.add(record, 0);
    if (update.feature == kElrVersionFeature && update.level >= 1 && !context.image.elr_enabled())
      add_elr_safety_records(context, records);
  }
  return {};
}

}  // namespace

void add_elr_safety_records(const DecisionContext& context, RecordList& records) {
  const ConfigsImage& configs = context.image.configs;
  const ConfigResource cluster{ConfigResourceType::broker, ""};
  if (configs.find(cluster.type, cluster.name, kMinInsyncReplicas) == nullptr) {
    const ConfigAssignment assignment{std::string(kMinInsyncReplicas),
                                      std::to_string(context.config.int64(kMinInsyncReplicas))};
    add_config_records(context, cluster, {&assignment, 1}, records);
  }
  for (const auto* entry : configs.map().sorted()) {
    const auto& [resource, values] = *entry;
    if (resource.type != ConfigResourceType::broker || resource.name.empty() ||
        !values->contains(kMinInsyncReplicas))
      continue;
    const ConfigAssignment removal{std::string(kMinInsyncReplicas), std::nullopt};
    add_config_records(context, resource, {&removal, 1}, records);
  }
}

Decision<wire::UpdateFeaturesResponse> update_features(const DecisionContext& context,
                                                       const wire::UpdateFeaturesRequest& request, NodeId local,
                                                       std::int16_t kraft_version) {
  Decision<wire::UpdateFeaturesResponse> decision;
  Arena& arena = decision.answer.arena();
  auto& response = decision.response();
  const auto decided = decide(context, request, local, kraft_version, decision.records);
  if (!decided || request.validate_only) decision.records.truncate(0);
  if (decided) {
    set_no_error(response);
    for (const auto& item : request.feature_updates) {
      auto& result = response.results.emplace_back();
      result.feature = arena.copy(item.feature);
      set_no_error(result);
    }
  } else {
    const ApiError error{
        decided.error().code,
        "The update failed for all features since the following feature had an error: " + decided.error().text};
    set_error(response, error, arena);
    for (const auto& item : request.feature_updates) {
      auto& result = response.results.emplace_back();
      result.feature = arena.copy(item.feature);
      set_error(result, error, arena);
    }
  }
  return decision;
}

}  // namespace sluice
