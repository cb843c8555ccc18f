// program/storage_features.cc: `sluice storage version-mapping` and `feature-dependencies`: what releases set
// features to, and what features need of one another.

#include <fmt/format.h>

#include "base/number_text.h"
#include "program/storage.h"
#include "tools/session.h"
#include "tools/subcommand.h"

namespace sluice::program {
namespace {

using tools::Letter;
using tools::Option;
using tools::Options;

constexpr std::string_view kMappingUsage =
    "usage: kafka-storage version-mapping [-h]\n"
    "                     [--release-version RELEASE_VERSION]\n";
constexpr Letter kMappingLetters[] = {{"-r", "--release-version"}, {"-h", "--help"}};
constexpr Option kMappingOptions[] = {
    {"release-version", "RELEASE_VERSION", "The release, for example 4.4 or 4.4-IV2"},
    {"help", "", "show this help message and exit"}};

constexpr std::string_view kDependenciesUsage =
    "usage: kafka-storage feature-dependencies [-h] --feature FEATURE\n";
constexpr Letter kDependenciesLetters[] = {{"-f", "--feature"}, {"-h", "--help"}};
constexpr Option kDependenciesOptions[] = {
    {"feature", "FEATURE", "A feature and its level, for example group.version=1; may be repeated"},
    {"help", "", "show this help message and exit"}};

/// The order in which Kafka prints them.
constexpr std::string_view kFeatures[] = {kKRaftVersionFeature, kTransactionVersionFeature,
                                          kGroupVersionFeature, kElrVersionFeature,
                                          kShareVersionFeature, kStreamsVersionFeature};

int refuse(std::string_view usage, const Error& error) {
  return tools::complain(fmt::format("{}kafka-storage: error: {}", usage, error.what));
}

struct FeatureLevel {
  std::string_view feature;
  std::int16_t level = 0;
};

/// "group.version=1", with a level that this program knows. Views `text`. Errors: invalid_argument, in Kafka's
/// words.
Result<FeatureLevel> parse_known_level(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos)
    return fail(Errc::invalid_argument,
                "Invalid feature format: {}. Expected format: 'feature=version' (e.g. 'group.version=1')", text);
  const std::string_view feature = text.substr(0, equals);
  const std::string_view number = text.substr(equals + 1);
  const auto level = parse_number<std::int16_t>(number);
  if (!level) return fail(Errc::invalid_argument, "Invalid version format: {} for feature {}", number, feature);
  const FeatureLevel wanted{.feature = feature, .level = *level};
  if (wanted.feature == kMetadataVersionFeature) {
    if (find_metadata_version({wanted.level}) == nullptr)
      return fail(Errc::invalid_argument, "Unknown metadata.version {}", wanted.level);
    return wanted;
  }
  const SupportedFeature* known = find_supported_feature(wanted.feature);
  if (known == nullptr) return fail(Errc::invalid_argument, "Unknown feature: {}", wanted.feature);
  if (wanted.level < known->min || wanted.level > known->max)
    return fail(Errc::invalid_argument, "Feature level {} is not supported for feature {}", wanted.level,
                wanted.feature);
  return wanted;
}

/// "group.version=1", or "metadata.version=33 (4.4-IV2)".
std::string describe(std::string_view feature, std::int16_t level) {
  if (feature == kMetadataVersionFeature)
    return fmt::format("{}={} ({})", feature, level, name(MetadataVersion{level}));
  return fmt::format("{}={}", feature, level);
}

void print_dependencies(const FeatureLevel& wanted) {
  const auto needed = feature_dependencies(wanted.feature, wanted.level);
  const std::string what = describe(wanted.feature, wanted.level);
  if (needed.empty()) return fmt::print("{} has no dependencies.\n", what);
  fmt::print("{} requires:\n", what);
  for (const FeatureDependency& dependency : needed)
    fmt::print("    {}\n", describe(dependency.feature, dependency.level));
}

}  // namespace

int storage_version_mapping(Arguments arguments) {
  const auto options = tools::parse_subcommand(arguments, kMappingLetters, kMappingOptions);
  if (!options) return refuse(kMappingUsage, options.error());
  if (options->has("help")) {
    fmt::print("{}", tools::usage(kMappingUsage, kMappingOptions));
    return 0;
  }
  MetadataVersion version = kMetadataVersionLatest;
  if (const auto text = options->find("release-version")) {
    const auto release = release_version(*text);
    if (!release) return tools::complain(release.error().what);
    version = *release;
  }
  fmt::print("{}\n", describe(kMetadataVersionFeature, version.value));
  for (const std::string_view feature : kFeatures)
    fmt::print("{}={}\n", feature, default_feature_level(feature, version));
  return 0;
}

int storage_feature_dependencies(Arguments arguments) {
  const auto options = tools::parse_subcommand(arguments, kDependenciesLetters, kDependenciesOptions);
  if (!options) return refuse(kDependenciesUsage, options.error());
  if (options->has("help")) {
    fmt::print("{}", tools::usage(kDependenciesUsage, kDependenciesOptions));
    return 0;
  }
  if (!options->has("feature"))
    return refuse(kDependenciesUsage, {Errc::invalid_argument, "argument --feature/-f is required"});
  for (const std::string& text : options->all("feature")) {
    const auto wanted = parse_known_level(text);
    if (!wanted) return tools::complain(wanted.error().what);
    print_dependencies(*wanted);
  }
  return 0;
}

}  // namespace sluice::program
