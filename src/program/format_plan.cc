#include "program/format_plan.h"

#include "base/number_text.h"
#include "program/storage.h"
#include "wire/metadata/feature_level_record.h"
#include "wire/metadata/user_scram_credential_record.h"

namespace sluice::program {
namespace {

/// The levels that the command line names. Errors: invalid_argument.
Result<FeatureLevels> parse_levels(const std::vector<std::string>& arguments) {
  FeatureLevels levels;
  for (const std::string& text : arguments) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      return fail(Errc::invalid_argument, "Can't parse feature=level string {}: equals sign not found.", text);
    const auto level = parse_number<std::int16_t>(std::string_view(text).substr(equals + 1));
    if (!level)
      return fail(Errc::invalid_argument, "Can't parse feature=level string {}: unable to parse {} as a short.",
                  text, text.substr(equals + 1));
    levels[text.substr(0, equals)] = *level;
  }
  return levels;
}

bool names_quorum(const FormatRequest& request) {
  return request.standalone || request.no_initial_controllers || request.initial_controllers.has_value();
}

Result<void> check_quorum(const FormatRequest& request, const NodeConfig& node) {
  if (request.standalone && !node.roles.controller)
    return fail(Errc::invalid_argument, "You can only use --standalone on a controller.");
  if (!node.quorum.voters.empty() && (request.standalone || request.initial_controllers))
    return fail(
        Errc::invalid_argument,
        "You cannot specify controller.quorum.voters and format the node with --initial-controllers or "
        "--standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify "
        "controller.quorum.bootstrap.servers instead.");
  if (node.roles.controller && node.quorum.voters.empty() && !node.quorum.is_own() && !names_quorum(request))
    return fail(Errc::invalid_argument,
                "Because controller.quorum.voters is not set on this controller, you must specify one of the "
                "following: --standalone, --initial-controllers, or --no-initial-controllers.");
  return {};
}

/// This node as the one voter; its directory's id is drawn when that is formatted.
raft::Voter own_voter(const BrokerConfig& config) {
  raft::Voter self{.key = {.id = {config.node.id}, .directory_id = {}}, .endpoints = {}};
  for (const ListenerEndpoint& endpoint : config.listeners.advertised_controller)
    self.endpoints.push_back({endpoint.listener, endpoint.host, endpoint.port});
  return self;
}

Result<MetadataVersion> choose_release(const FormatRequest& request, const FeatureLevels& asked) {
  const auto level = asked.find(kMetadataVersionFeature);
  if (level == asked.end()) return request.release ? release_version(*request.release) : kMetadataVersionLatest;
  if (request.release)
    return fail(Errc::invalid_argument,
                "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.");
  const MetadataVersion version{level->second};
  if (find_metadata_version(version) == nullptr)
    return fail(Errc::invalid_argument,
                "No MetadataVersion with feature level {}. Valid feature levels are from {} to {}.", version.value,
                kMetadataVersionMin.value, kMetadataVersionLatest.value);
  return version;
}

Result<std::int16_t> choose_kraft_version(const FeatureLevels& asked, bool dynamic) {
  const auto level = asked.find(kKRaftVersionFeature);
  if (level == asked.end()) return dynamic ? raft::kDynamicVoters.value : raft::kStaticVoters.value;
  if (level->second == 0 && dynamic)
    return fail(
        Errc::invalid_argument,
        "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags "
        "--standalone, --initial-controllers, or --no-initial-controllers is used. For dynamic controllers "
        "support, try removing the --feature flag for kraft.version.");
  if (level->second != 0 && !dynamic)
    return fail(
        Errc::invalid_argument,
        "Cannot set kraft.version to {} unless controller.quorum.voters is empty and one of the flags "
        "--standalone, --initial-controllers, or --no-initial-controllers is used. For dynamic controllers "
        "support, try using one of --standalone, --initial-controllers, or --no-initial-controllers and "
        "removing controller.quorum.voters.",
        level->second);
  return level->second;
}

std::string supported_names() {
  std::string names;
  for (const SupportedFeature& feature : supported_features())
    if (feature.name != kMetadataVersionFeature) names += (names.empty() ? "" : ", ") + std::string(feature.name);
  return names;
}

/// The level of every feature. Errors: invalid_argument.
Result<FeatureLevels> choose_levels(const FeatureLevels& asked, MetadataVersion release, bool dynamic) {
  for (const auto& [feature, level] : asked)
    if (find_supported_feature(feature) == nullptr)
      return fail(Errc::invalid_argument, "Unsupported feature: {}. Supported features are: {}", feature,
                  supported_names());
  FeatureLevels levels = asked;
  for (const SupportedFeature& feature : supported_features())
    levels.try_emplace(std::string(feature.name), default_feature_level(feature.name, release));
  const auto kraft_version = choose_kraft_version(asked, dynamic);
  if (!kraft_version) return fail(kraft_version.error());
  levels[std::string(kKRaftVersionFeature)] = *kraft_version;
  for (const auto& [feature, level] : levels) {
    const SupportedFeature* const known = find_supported_feature(feature);
    if (level < known->min || level > known->max)
      return fail(Errc::invalid_argument, "No feature:{} with feature level {}", feature, level);
    if (auto fits = check_feature_dependencies(feature, level, levels); !fits) return fail(fits.error());
  }
  return levels;
}

/// Levels that records are written for: metadata.version's first, the others by name. kraft.version has no record.
std::vector<std::pair<std::string_view, std::int16_t>> recorded_levels(const FormatPlan& plan) {
  std::vector<std::pair<std::string_view, std::int16_t>> recorded{{kMetadataVersionFeature, plan.release.value}};
  for (const auto& [feature, level] : plan.levels)
    if (level != 0 && feature != kMetadataVersionFeature && feature != kKRaftVersionFeature)
      recorded.emplace_back(feature, level);
  return recorded;
}

/// As Java prints an array of bytes, which have a sign there.
std::string java_array(const std::vector<std::byte>& bytes) {
  std::string text;
  for (const std::byte byte : bytes)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", static_cast<int>(static_cast<std::int8_t>(byte)));
  return "[" + text + "]";
}

}  // namespace

raft::KRaftVersion FormatPlan::kraft_version() const { return {levels.find(kKRaftVersionFeature)->second}; }

RecordList FormatPlan::records() const {
  RecordList records;
  for (const auto& [feature, level] : recorded_levels(*this)) {
    wire::FeatureLevelRecord record;
    record.name = feature;
    record.feature_level = level;
    records.add(record, 0);
  }
  for (const ScramUserCredential& user : scram) {
    wire::UserScramCredentialRecord record;
    record.name = user.user;
    record.mechanism = static_cast<std::int8_t>(user.mechanism);
    record.salt = user.credential.salt;
    record.stored_key = user.credential.stored_key;
    record.server_key = user.credential.server_key;
    record.iterations = user.credential.iterations;
    records.add(record, 0);
  }
  return records;
}

std::string FormatPlan::describe_records() const {
  std::string text;
  const auto add = [&text](std::string_view record) {
    text += fmt::format("{}ApiMessageAndVersion({} at version 0)", text.empty() ? "" : ", ", record);
  };
  for (const auto& [feature, level] : recorded_levels(*this))
    add(fmt::format("FeatureLevelRecord(name='{}', featureLevel={})", feature, level));
  for (const ScramUserCredential& user : scram)
    add(
        fmt::format("UserScramCredentialRecord(name='{}', mechanism={}, salt={}, storedKey={}, serverKey={}, "
                    "iterations={})",
                    user.user, static_cast<int>(user.mechanism), java_array(user.credential.salt),
                    java_array(user.credential.stored_key), java_array(user.credential.server_key),
                    user.credential.iterations));
  return fmt::format("BootstrapMetadata(records=[{}], metadataVersionLevel={}, source=format command)", text,
                     release.value);
}

Result<FormatPlan> plan_format(const FormatRequest& request, const BrokerConfig& config, Loop& loop) {
  const auto asked = parse_levels(request.features);
  if (!asked) return fail(asked.error());
  if (auto checked = check_quorum(request, config.node); !checked) return fail(checked.error());
  FormatPlan plan;
  const bool own = config.node.quorum.is_own() && !names_quorum(request);
  if (request.standalone || own) {
    plan.voters = {own_voter(config)};
  } else if (request.initial_controllers) {
    const std::string listener =
        config.listeners.controller_names.empty() ? "CONTROLLER" : config.listeners.controller_names.front();
    auto voters = parse_initial_controllers(*request.initial_controllers, listener);
    if (!voters) return fail(std::move(voters.error()));
    plan.voters = std::move(*voters);
  }
  const auto release = choose_release(request, *asked);
  if (!release) return fail(release.error());
  plan.release = *release;
  const bool dynamic = config.node.quorum.voters.empty() && (names_quorum(request) || own);
  auto levels = choose_levels(*asked, plan.release, dynamic);
  if (!levels) return fail(std::move(levels.error()));
  plan.levels = std::move(*levels);
  if (!request.scram.empty() && !supports_scram(plan.release))
    return fail(Errc::invalid_argument, "SCRAM is only supported in metadata.version 3.5-IV2 or later.");
  for (const std::string& argument : request.scram) {
    auto user = parse_scram_argument(argument, loop);
    if (!user) return fail(std::move(user.error()));
    plan.scram.push_back(std::move(*user));
  }
  return plan;
}

}  // namespace sluice::program
