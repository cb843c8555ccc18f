#include "controller/update_features.h"

#include <gtest/gtest.h>

#include "controller/cluster.h"

namespace sluice {
namespace {

using test::Cluster;
using test::said;

constexpr int kUpgrade = 1, kSafeDowngrade = 2, kUnsafeDowngrade = 3;
constexpr std::string_view kPrefix =
    "INVALID_UPDATE_VERSION: The update failed for all features since the following feature had an error: ";

class UpdateFeatures : public testing::Test {
 protected:
  UpdateFeatures() : cluster(0) {
    auto node = test::broker(1, 11);
    node.features.clear();
    for (const SupportedFeature& supported : supported_features()) {
      auto& range = node.features.emplace_back();
      range.name = supported.name;
      range.min_supported_version = supported.min;
      range.max_supported_version = supported.max;
    }
    cluster.apply(test::list(node, test::unfence(1, 11)));
  }

  static void add(wire::UpdateFeaturesRequest& request, std::string_view name, std::int16_t level, int type) {
    auto& update = request.feature_updates.emplace_back();
    update.feature = name;
    update.max_version_level = level;
    update.upgrade_type = static_cast<std::int8_t>(type);
  }
  /// Changes one feature, and says what the answer says behind what all refusals begin with.
  std::string update(std::string_view name, std::int16_t level, int type = kUpgrade) {
    wire::UpdateFeaturesRequest request;
    add(request, name, level, type);
    const auto decision = update_features(cluster.context(), request, {1}, 1);
    const std::string answer = said(*decision.answer);
    if (answer.empty()) {
      cluster.apply(decision);
      return answer;
    }
    EXPECT_TRUE(decision.records.empty());
    EXPECT_EQ(answer.substr(0, kPrefix.size()), kPrefix);
    return answer.substr(std::min(kPrefix.size(), answer.size()));
  }

  Cluster cluster;
};

TEST_F(UpdateFeatures, RaisesAndLowers) {
  EXPECT_EQ(update("share.version", 1), "");
  EXPECT_EQ(cluster.image.features.level("share.version"), 1);
  EXPECT_EQ(update("share.version", 2), "");
  EXPECT_EQ(update("share.version", 0, kSafeDowngrade), "");
  EXPECT_EQ(cluster.image.features.level("share.version"), 0);
}

TEST_F(UpdateFeatures, SaysInKafkasWordsWhyNot) {
  EXPECT_EQ(
      update("metadata.version", 34),
      "Invalid update version 34 for feature metadata.version. Local controller 1 only supports versions 7-33");
  EXPECT_EQ(update("metadata.version", 30),
            "Invalid update version 30 for feature metadata.version. Can't downgrade the version of this feature "
            "without setting the upgrade type to either safe or unsafe downgrade.");
  EXPECT_EQ(
      update("metadata.version", 30, kSafeDowngrade),
      "Unsupported metadata.version downgrade from 33 to 30. Refusing to perform the requested downgrade because "
      "it might delete metadata information.");
  EXPECT_EQ(
      update("metadata.version", 30, kUnsafeDowngrade),
      "Unsupported metadata.version downgrade from 33 to 30. Unsafe metadata downgrade is not supported in this "
      "version.");
  EXPECT_EQ(
      update("nope.version", 1),
      "Invalid update version 1 for feature nope.version. Local controller 1 does not support this feature.");
  EXPECT_EQ(update("kraft.version", 5),
            "Invalid update version 5 for feature kraft.version. Local controller 1 only supports versions 0-1");
  EXPECT_EQ(update("kraft.version", 0, kSafeDowngrade),
            "Invalid update version 0 for feature kraft.version. Can't downgrade the version of this feature.");
  EXPECT_EQ(update("share.version", -1),
            "Invalid update version -1 for feature share.version. A feature version "
            "cannot be less than 0.");
  EXPECT_EQ(update("share.version", 1, kSafeDowngrade),
            "Invalid update version 1 for feature share.version. Can't downgrade to a newer version.");
  EXPECT_EQ(
      update("share.version", 1, 0),
      "Invalid update version 1 for feature share.version. The controller does not support the given upgrade "
      "type.");
}

TEST_F(UpdateFeatures, AsksEveryBroker) {
  cluster.apply(test::list(test::broker(2, 12)));  // Knows metadata.version only.
  EXPECT_EQ(update("share.version", 1),
            "Invalid update version 1 for feature share.version. Broker 2 does not support this feature.");
}

TEST_F(UpdateFeatures, ChangesAllOrNothing) {
  wire::UpdateFeaturesRequest request;
  add(request, "share.version", 1, kUpgrade);
  add(request, "nope.version", 1, kUpgrade);
  const auto decision = update_features(cluster.context(), request, {1}, 1);
  EXPECT_TRUE(decision.records.empty());
  ASSERT_EQ((*decision.answer).results.size(), 2u);
  for (const auto& result : (*decision.answer).results) EXPECT_EQ(said(result), said(*decision.answer));
}

TEST_F(UpdateFeatures, OnlyLooksWhereAskedTo) {
  wire::UpdateFeaturesRequest request;
  add(request, "share.version", 1, kUpgrade);
  request.validate_only = true;
  const auto decision = update_features(cluster.context(), request, {1}, 1);
  EXPECT_EQ(said(*decision.answer), "");
  EXPECT_TRUE(decision.records.empty());
}

// With eligible leader replicas the cluster has one min.insync.replicas for all of its brokers.
TEST_F(UpdateFeatures, SetsMinInsyncReplicasWhereReplicasBecomeEligible) {
  cluster.set("min.insync.replicas", "2");
  cluster.apply(test::list(test::config(4, "1", "min.insync.replicas", "3")));
  EXPECT_EQ(update("eligible.leader.replicas.version", 1), "");
  EXPECT_TRUE(cluster.image.elr_enabled());
  EXPECT_EQ(cluster.image.configs.of(ConfigResourceType::broker, ""), (ConfigMap{{"min.insync.replicas", "2"}}));
  EXPECT_TRUE(cluster.image.configs.of(ConfigResourceType::broker, "1").empty());
}

TEST_F(UpdateFeatures, GoesBackBetweenLevelsThatHoldTheSame) {
  Cluster old(0);
  old.apply(test::list(test::feature("metadata.version", 29)));
  wire::UpdateFeaturesRequest request;
  add(request, "metadata.version", 24, kSafeDowngrade);
  const auto decision = update_features(old.context(), request, {1}, 1);
  EXPECT_EQ(said(*decision.answer), "");
  old.apply(decision);
  EXPECT_EQ(old.image.metadata_version(), MetadataVersion{24});
}

}  // namespace
}  // namespace sluice
