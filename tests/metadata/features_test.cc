#include "metadata/features.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace sluice {
namespace {

/// A command's output in the transcript of kafka-storage.sh.
std::string transcript(const std::string& command) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/reference/transcripts/storage.txt");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::size_t begin = all.find("$ " + command + "\n");
  if (begin == std::string::npos) return "";
  const std::string start = "--- stdout\n";
  const std::size_t output = all.find(start, begin) + start.size();
  return all.substr(output, all.find("--- stderr", output) - output);
}

/// What kafka-storage.sh version-mapping prints.
std::string version_mapping(MetadataVersion version) {
  std::string text = fmt::format("metadata.version={} ({})\n", version.value, name(version));
  for (const auto feature : {kKRaftVersionFeature, kTransactionVersionFeature, kGroupVersionFeature,
                             kElrVersionFeature, kShareVersionFeature, kStreamsVersionFeature})
    text += fmt::format("{}={}\n", feature, default_feature_level(feature, version));
  return text;
}

TEST(Features, HaveTheLevelsThatKafkaGivesNewClusters) {
  int compared = 0;
  for (const MetadataVersionInfo& version : metadata_versions()) {
    const std::string expected =
        transcript("kafka-storage.sh version-mapping --release-version " + version.name());
    if (expected.empty()) continue;
    EXPECT_EQ(version_mapping(version.level), expected);
    ++compared;
  }
  EXPECT_EQ(compared, 9);
  EXPECT_EQ(version_mapping(kMetadataVersionLatest), transcript("kafka-storage.sh version-mapping"));
}

TEST(Features, BootstrapInKafkasOrderWithoutLevelZero) {
  using Levels = std::vector<std::pair<std::string_view, std::int16_t>>;
  EXPECT_EQ(bootstrap_feature_levels(kMetadataVersionLatest), (Levels{{"metadata.version", 33},
                                                                      {"eligible.leader.replicas.version", 1},
                                                                      {"group.version", 1},
                                                                      {"share.version", 2},
                                                                      {"streams.version", 1},
                                                                      {"transaction.version", 2}}));
  EXPECT_EQ(bootstrap_feature_levels({7}), (Levels{{"metadata.version", 7}}));
}

TEST(Features, DependOnMetadataVersionWhereKafkaSaysSo) {
  EXPECT_EQ(transcript("kafka-storage.sh feature-dependencies --feature eligible.leader.replicas.version=1"),
            fmt::format("eligible.leader.replicas.version=1 requires:\n    metadata.version={} ({})\n",
                        feature_dependencies(kElrVersionFeature, 1).front().level, name(MetadataVersion{23})));
  EXPECT_TRUE(feature_dependencies(kShareVersionFeature, 2).empty());
  const FeatureLevels old{{"metadata.version", 22}};
  EXPECT_FALSE(check_feature_dependencies(kElrVersionFeature, 1, old));
  EXPECT_TRUE(check_feature_dependencies(kElrVersionFeature, 0, old));
  EXPECT_TRUE(check_feature_dependencies(kElrVersionFeature, 1, {{"metadata.version", 23}}));
}

TEST(MetadataVersion, IsReadFromItsNameAndFromAReleases) {
  for (const MetadataVersionInfo& version : metadata_versions()) {
    EXPECT_EQ(find_metadata_version(version.level), &version);
    EXPECT_EQ(parse_metadata_version(version.name()), version.level);
  }
  EXPECT_EQ(parse_metadata_version("4.4"), MetadataVersion{33});
  EXPECT_EQ(parse_metadata_version("3.7"), MetadataVersion{19});
  EXPECT_EQ(parse_metadata_version("4.4-IV9"), std::nullopt);
  EXPECT_EQ(name(MetadataVersion{99}), "UNKNOWN 99");
}

// From 4.3-IV0 on brokers tell of cordoned directories: going back below it would lose that.
TEST(MetadataVersion, KnowsBetweenWhichLevelsRecordsDiffer) {
  EXPECT_TRUE(metadata_changes_between({29}, {30}));
  EXPECT_TRUE(metadata_changes_between({33}, {29}));
  EXPECT_FALSE(metadata_changes_between({24}, {29}));
  EXPECT_FALSE(metadata_changes_between({33}, {33}));
}

TEST(MetadataVersion, DecidesHowRecordsAreWritten) {
  EXPECT_EQ(register_broker_record_version({33}), 4);
  EXPECT_EQ(register_broker_record_version({29}), 3);
  EXPECT_EQ(register_broker_record_version({16}), 2);
  EXPECT_EQ(register_broker_record_version({7}), 1);
  EXPECT_EQ(partition_record_version({33}), 2);
  EXPECT_EQ(partition_record_version({22}), 1);
  EXPECT_EQ(partition_change_record_version({16}), 0);
}

}  // namespace
}  // namespace sluice
