// metadata/metadata_image.h: everything the metadata log says, at one offset.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/loop.h"
#include "metadata/acls_image.h"
#include "metadata/client_quotas_image.h"
#include "metadata/cluster_image.h"
#include "metadata/configs_image.h"
#include "metadata/credentials_image.h"
#include "metadata/features.h"
#include "metadata/topics_image.h"
#include "wire/ids.h"

namespace sluice {

/// Where in the metadata log an image stands. With `epoch` it names the snapshot that could be made of the image.
struct MetadataProvenance {
  Offset last_offset{-1};  ///< Of the last record that is in the image; -1: none is.
  LeaderEpoch last_epoch{-1};
  WallTime last_append_time{};  ///< Of that record's batch.
  friend bool operator==(const MetadataProvenance&, const MetadataProvenance&) = default;
};

/// The features of the cluster that are not at level 0.
class FeaturesImage {
 public:
  FeaturesImage() : levels_(std::make_shared<FeatureLevels>()) {}
  explicit FeaturesImage(FeatureLevels levels) : levels_(std::make_shared<FeatureLevels>(std::move(levels))) {}

  /// 0 where nothing was set.
  std::int16_t level(std::string_view feature) const {
    const auto found = levels_->find(feature);
    return found == levels_->end() ? std::int16_t{0} : found->second;
  }
  /// None until the log's first records have set it.
  std::optional<MetadataVersion> metadata_version() const {
    const auto found = levels_->find(kMetadataVersionFeature);
    if (found == levels_->end()) return std::nullopt;
    return MetadataVersion{found->second};
  }
  const FeatureLevels& levels() const { return *levels_; }
  friend bool operator==(const FeaturesImage& a, const FeaturesImage& b) { return *a.levels_ == *b.levels_; }

 private:
  std::shared_ptr<const FeatureLevels> levels_;
};

/// A value whose parts are shared: copying one is copying a dozen pointers. Once made it never changes, so that
/// any thread may read it; each shard holds a shared_ptr to the one that is current for it.
struct MetadataImage {
  MetadataProvenance provenance;
  FeaturesImage features;
  ClusterImage cluster;
  TopicsImage topics;
  ConfigsImage configs;
  ClientQuotasImage client_quotas;
  ProducerId next_producer_id{-1};  ///< The first of the block that is given out next; -1: none was yet.
  AclsImage acls;
  ScramImage scram;
  DelegationTokensImage delegation_tokens;

  /// Null if there is none. Lives as long as this image.
  const TopicImage* topic(std::string_view name) const { return topics.topic(name); }
  const TopicImage* topic(const Uuid& id) const { return topics.topic(id); }
  const BrokerImage* broker(NodeId id) const { return cluster.broker(id); }
  /// The least level where none is set.
  MetadataVersion metadata_version() const { return features.metadata_version().value_or(kMetadataVersionMin); }
  bool elr_enabled() const {
    return features.level(kElrVersionFeature) >= 1 && supports_eligible_leader_replicas(metadata_version());
  }
  /// Whether no record is in it.
  bool is_empty() const { return provenance.last_offset.value < 0; }

  /// Whether two images say the same, wherever they stand.
  bool same_content(const MetadataImage& other) const;
  friend bool operator==(const MetadataImage& a, const MetadataImage& b) {
    return a.provenance == b.provenance && a.same_content(b);
  }
};

using MetadataImagePointer = std::shared_ptr<const MetadataImage>;

}  // namespace sluice
