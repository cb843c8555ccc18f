// metadata/metadata_delta.h: records applied to an image, one by one.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "metadata/metadata_changes.h"
#include "metadata/metadata_image.h"
#include "wire/metadata/broker_registration_change_record.h"
#include "wire/metadata/clear_elr_record.h"
#include "wire/metadata/feature_level_record.h"
#include "wire/metadata/fence_broker_record.h"
#include "wire/metadata/producer_ids_record.h"
#include "wire/metadata/remove_access_control_entry_record.h"
#include "wire/metadata/remove_delegation_token_record.h"
#include "wire/metadata/remove_topic_record.h"
#include "wire/metadata/remove_user_scram_credential_record.h"
#include "wire/metadata/topic_record.h"
#include "wire/metadata/unfence_broker_record.h"
#include "wire/metadata/unregister_broker_record.h"
#include "wire/metadata/unregister_controller_record.h"

namespace sluice {

/// What records make of an image. The image stays as it is; what they do not touch is shared with the next one.
/// For one task. After an error the delta must not be used any more: the log contradicts itself, and going on
/// would make this node believe other than the rest of the cluster.
class MetadataDelta {
 public:
  explicit MetadataDelta(const MetadataImage& base);

  /// Applies a record of any type as it stands in the log. Records of transactions and no-ops change nothing: who
  /// replays the log heeds them (MetadataReplay). Errors: corrupt (also: of what is not there),
  /// unsupported_version (also: of a type that this program does not know).
  Result<void> apply(Bytes record);

  /// What the records spoke of.
  const TouchedMetadata& touched() const { return touched_; }
  /// The image with all that was applied; the delta goes on from there.
  MetadataImage finish(MetadataProvenance provenance);

 private:
  // One for each type of record that says something.
  Result<void> apply(const wire::TopicRecord& record);
  Result<void> apply(const wire::PartitionRecord& record);
  Result<void> apply(const wire::PartitionChangeRecord& record);
  Result<void> apply(const wire::RemoveTopicRecord& record);
  Result<void> apply(const wire::ClearElrRecord& record);
  Result<void> apply(const wire::ConfigRecord& record);
  Result<void> apply(const wire::RegisterBrokerRecord& record);
  Result<void> apply(const wire::UnregisterBrokerRecord& record);
  Result<void> apply(const wire::FenceBrokerRecord& record);
  Result<void> apply(const wire::UnfenceBrokerRecord& record);
  Result<void> apply(const wire::BrokerRegistrationChangeRecord& record);
  Result<void> apply(const wire::RegisterControllerRecord& record);
  Result<void> apply(const wire::UnregisterControllerRecord& record);
  Result<void> apply(const wire::FeatureLevelRecord& record);
  Result<void> apply(const wire::ProducerIdsRecord& record);
  Result<void> apply(const wire::AccessControlEntryRecord& record);
  Result<void> apply(const wire::RemoveAccessControlEntryRecord& record);
  Result<void> apply(const wire::ClientQuotaRecord& record);
  Result<void> apply(const wire::UserScramCredentialRecord& record);
  Result<void> apply(const wire::RemoveUserScramCredentialRecord& record);
  Result<void> apply(const wire::DelegationTokenRecord& record);
  Result<void> apply(const wire::RemoveDelegationTokenRecord& record);

  template <class Record>
  Result<void> decode_and_apply(Bytes body, std::int16_t version);
  /// A copy of the broker, to be changed. Errors: corrupt (not registered, or with another epoch).
  Result<BrokerImage> registered(NodeId id, std::int64_t epoch) const;
  void put(BrokerImage broker);
  void put_config(ConfigResource resource, std::string_view key, std::optional<std::string_view> value);
  void clear_elr(TopicImage& topic);

  MetadataImage image_;  // Parts without an editor are changed here.
  std::optional<FeatureLevels> features_;
  std::optional<ClusterImage::Brokers> brokers_;
  std::optional<ClusterImage::Controllers> controllers_;
  TopicsEditor topics_;
  ConfigsImage::Map::Editor configs_;
  ClientQuotasImage::Editor client_quotas_;
  AclsImage::Editor acls_;
  ScramImage::Editor scram_;
  DelegationTokensImage::Editor delegation_tokens_;
  TouchedMetadata touched_;
};

}  // namespace sluice
