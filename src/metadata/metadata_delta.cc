#include "metadata/metadata_delta.h"

#include <algorithm>

#include "metadata/record_list.h"
#include "wire/metadata/abort_transaction_record.h"
#include "wire/metadata/begin_transaction_record.h"
#include "wire/metadata/end_transaction_record.h"
#include "wire/metadata/no_op_record.h"
#include "wire/metadata/zk_migration_state_record.h"
#include "wire/reader.h"

namespace sluice {

namespace {

template <class Record>
Result<Record> decode_whole(Bytes body, std::int16_t version) {
  wire::Reader reader(body);
  auto record = Record::decode(reader, version);
  if (!record) return record;
  reader.expect_end();
  if (reader.failed()) return reader.failure();
  return record;
}

/// Of a record that changes nothing.
template <class Record>
Result<void> check(Bytes body, std::int16_t version) {
  const auto record = decode_whole<Record>(body, version);
  if (!record) return fail(record.error());
  return {};
}

}  // namespace

MetadataDelta::MetadataDelta(const MetadataImage& base)
    : image_(base),
      topics_(base.topics),
      configs_(base.configs.map()),
      client_quotas_(base.client_quotas),
      acls_(base.acls),
      scram_(base.scram),
      delegation_tokens_(base.delegation_tokens) {}

template <class Record>
Result<void> MetadataDelta::decode_and_apply(Bytes body, std::int16_t version) {
  const auto record = decode_whole<Record>(body, version);
  if (!record) return fail(record.error());
  return apply(*record);
}

Result<void> MetadataDelta::apply(Bytes record) {
  const auto head = read_record_head(record);
  if (!head) return fail(head.error());
  const std::int16_t version = head->version;
  switch (head->type) {
    case wire::TopicRecord::kType: return decode_and_apply<wire::TopicRecord>(record, version);
    case wire::PartitionRecord::kType: return decode_and_apply<wire::PartitionRecord>(record, version);
    case wire::PartitionChangeRecord::kType: return decode_and_apply<wire::PartitionChangeRecord>(record, version);
    case wire::RemoveTopicRecord::kType: return decode_and_apply<wire::RemoveTopicRecord>(record, version);
    case wire::ClearElrRecord::kType: return decode_and_apply<wire::ClearElrRecord>(record, version);
    case wire::ConfigRecord::kType: return decode_and_apply<wire::ConfigRecord>(record, version);
    case wire::RegisterBrokerRecord::kType: return decode_and_apply<wire::RegisterBrokerRecord>(record, version);
    case wire::UnregisterBrokerRecord::kType:
      return decode_and_apply<wire::UnregisterBrokerRecord>(record, version);
    case wire::FenceBrokerRecord::kType: return decode_and_apply<wire::FenceBrokerRecord>(record, version);
    case wire::UnfenceBrokerRecord::kType: return decode_and_apply<wire::UnfenceBrokerRecord>(record, version);
    case wire::BrokerRegistrationChangeRecord::kType:
      return decode_and_apply<wire::BrokerRegistrationChangeRecord>(record, version);
    case wire::RegisterControllerRecord::kType:
      return decode_and_apply<wire::RegisterControllerRecord>(record, version);
    case wire::UnregisterControllerRecord::kType:
      return decode_and_apply<wire::UnregisterControllerRecord>(record, version);
    case wire::FeatureLevelRecord::kType: return decode_and_apply<wire::FeatureLevelRecord>(record, version);
    case wire::ProducerIdsRecord::kType: return decode_and_apply<wire::ProducerIdsRecord>(record, version);
    case wire::AccessControlEntryRecord::kType:
      return decode_and_apply<wire::AccessControlEntryRecord>(record, version);
    case wire::RemoveAccessControlEntryRecord::kType:
      return decode_and_apply<wire::RemoveAccessControlEntryRecord>(record, version);
    case wire::ClientQuotaRecord::kType: return decode_and_apply<wire::ClientQuotaRecord>(record, version);
    case wire::UserScramCredentialRecord::kType:
      return decode_and_apply<wire::UserScramCredentialRecord>(record, version);
    case wire::RemoveUserScramCredentialRecord::kType:
      return decode_and_apply<wire::RemoveUserScramCredentialRecord>(record, version);
    case wire::DelegationTokenRecord::kType: return decode_and_apply<wire::DelegationTokenRecord>(record, version);
    case wire::RemoveDelegationTokenRecord::kType:
      return decode_and_apply<wire::RemoveDelegationTokenRecord>(record, version);
    case wire::NoOpRecord::kType: return check<wire::NoOpRecord>(record, version);
    case wire::BeginTransactionRecord::kType: return check<wire::BeginTransactionRecord>(record, version);
    case wire::EndTransactionRecord::kType: return check<wire::EndTransactionRecord>(record, version);
    case wire::AbortTransactionRecord::kType: return check<wire::AbortTransactionRecord>(record, version);
    // Left by Kafka 3; there is nothing to migrate from any more.
    case wire::ZkMigrationStateRecord::kType: return check<wire::ZkMigrationStateRecord>(record, version);
    default: return fail(Errc::unsupported_version, "metadata record type {} is not known", head->type);
  }
}

Result<void> MetadataDelta::apply(const wire::TopicRecord& record) {
  touched_.topics.insert(record.topic_id);
  return topics_.add(std::string(record.name), record.topic_id);
}

Result<void> MetadataDelta::apply(const wire::PartitionRecord& record) {
  TopicImage* topic = topics_.open(record.topic_id);
  if (topic == nullptr)
    return fail(Errc::corrupt, "partition {} is of topic {}, which does not exist", record.partition_id.value,
                record.topic_id.text());
  auto partition = PartitionImage::from(record);
  if (!partition) return fail(partition.error());
  touched_.topics.insert(record.topic_id);
  return topic->set_partition(record.partition_id, std::make_shared<PartitionImage>(std::move(*partition)));
}

Result<void> MetadataDelta::apply(const wire::PartitionChangeRecord& record) {
  TopicImage* topic = topics_.open(record.topic_id);
  const PartitionImage* before = topic == nullptr ? nullptr : topic->partition(record.partition_id);
  if (before == nullptr)
    return fail(Errc::corrupt, "partition {} of topic {} changes but does not exist", record.partition_id.value,
                record.topic_id.text());
  auto after = before->after(record);
  if (!after) return fail(after.error());
  touched_.topics.insert(record.topic_id);
  return topic->set_partition(record.partition_id, std::make_shared<PartitionImage>(std::move(*after)));
}

Result<void> MetadataDelta::apply(const wire::RemoveTopicRecord& record) {
  const TopicImage* topic = topics_.topic(record.topic_id);
  if (topic == nullptr)
    return fail(Errc::corrupt, "topic {} is removed but does not exist", record.topic_id.text());
  ConfigResource resource{ConfigResourceType::topic, topic->name()};
  if (configs_.erase(resource)) touched_.configs.insert(std::move(resource));
  touched_.topics.insert(record.topic_id);
  topics_.remove(record.topic_id);
  return {};
}

void MetadataDelta::clear_elr(TopicImage& topic) {
  for (std::size_t at = 0; at < topic.partition_count(); ++at) {
    const PartitionIndex index{static_cast<std::int32_t>(at)};
    const PartitionImage* partition = topic.partition(index);
    if (partition == nullptr || (partition->elr.empty() && partition->last_known_elr.empty())) continue;
    auto cleared = std::make_shared<PartitionImage>(*partition);
    cleared->elr.clear();
    cleared->last_known_elr.clear();
    const auto set = topic.set_partition(index, std::move(cleared));
    SLUICE_ASSERT(set.has_value());
  }
}

Result<void> MetadataDelta::apply(const wire::ClearElrRecord& record) {
  const TopicsImage topics = topics_.finish();
  std::vector<Uuid> ids;
  if (record.topic_name.empty()) {  // All topics.
    for (const TopicImage* topic : topics.sorted_by_id()) ids.push_back(topic->id());
  } else if (const TopicImage* topic = topics.topic(record.topic_name)) {
    ids.push_back(topic->id());
  } else {
    return fail(Errc::corrupt, "eligible leader replicas of topic {} are cleared, which does not exist",
                record.topic_name);
  }
  for (const Uuid& id : ids) {
    clear_elr(*topics_.open(id));
    touched_.topics.insert(id);
  }
  return {};
}

void MetadataDelta::put_config(ConfigResource resource, std::string_view key,
                               std::optional<std::string_view> value) {
  const auto* before = configs_.find(resource);
  auto after = before == nullptr ? std::make_shared<ConfigMap>() : std::make_shared<ConfigMap>(**before);
  if (value)
    after->insert_or_assign(std::string(key), std::string(*value));
  else if (const auto found = after->find(key); found != after->end())
    after->erase(found);
  touched_.configs.insert(resource);
  if (after->empty())
    configs_.erase(resource);
  else
    configs_.put(std::move(resource), std::move(after));
}

Result<void> MetadataDelta::apply(const wire::ConfigRecord& record) {
  put_config({static_cast<ConfigResourceType>(record.resource_type), std::string(record.resource_name)},
             record.name, record.value);
  return {};
}

Result<BrokerImage> MetadataDelta::registered(NodeId id, std::int64_t epoch) const {
  const ClusterImage::Brokers& brokers = brokers_ ? *brokers_ : image_.cluster.brokers();
  const auto found = brokers.find(id);
  if (found == brokers.end()) return fail(Errc::corrupt, "broker {} changes but is not registered", id.value);
  if (found->second->epoch != epoch)
    return fail(Errc::corrupt, "broker {} changes at epoch {} but is registered with {}", id.value, epoch,
                found->second->epoch);
  return *found->second;
}

void MetadataDelta::put(BrokerImage broker) {
  if (!brokers_) brokers_ = image_.cluster.brokers();
  const NodeId id = broker.id;
  touched_.brokers.insert(id);
  brokers_->insert_or_assign(id, std::make_shared<BrokerImage>(std::move(broker)));
}

Result<void> MetadataDelta::apply(const wire::RegisterBrokerRecord& record) {
  put(BrokerImage::from(record));
  return {};
}

Result<void> MetadataDelta::apply(const wire::UnregisterBrokerRecord& record) {
  const auto broker = registered(record.broker_id, record.broker_epoch);
  if (!broker) return fail(broker.error());
  if (!brokers_) brokers_ = image_.cluster.brokers();
  brokers_->erase(record.broker_id);
  touched_.brokers.insert(record.broker_id);
  return {};
}

Result<void> MetadataDelta::apply(const wire::FenceBrokerRecord& record) {
  auto broker = registered(record.id, record.epoch);
  if (!broker) return fail(broker.error());
  broker->fenced = true;
  put(std::move(*broker));
  return {};
}

Result<void> MetadataDelta::apply(const wire::UnfenceBrokerRecord& record) {
  auto broker = registered(record.id, record.epoch);
  if (!broker) return fail(broker.error());
  broker->fenced = false;
  put(std::move(*broker));
  return {};
}

Result<void> MetadataDelta::apply(const wire::BrokerRegistrationChangeRecord& record) {
  auto broker = registered(record.broker_id, record.broker_epoch);
  if (!broker) return fail(broker.error());
  if (record.fenced < -1 || record.fenced > 1 || record.in_controlled_shutdown < 0 ||
      record.in_controlled_shutdown > 1)
    return fail(Errc::corrupt, "broker {} changes with fenced {} and controlled shutdown {}",
                record.broker_id.value, record.fenced, record.in_controlled_shutdown);
  if (record.fenced != 0) broker->fenced = record.fenced == 1;
  if (record.in_controlled_shutdown == 1) broker->in_controlled_shutdown = true;
  if (!record.log_dirs.empty()) {
    broker->log_dirs = record.log_dirs;
    std::ranges::sort(broker->log_dirs);
  }
  if (record.cordoned_log_dirs) broker->cordoned_log_dirs = record.cordoned_log_dirs;
  put(std::move(*broker));
  return {};
}

Result<void> MetadataDelta::apply(const wire::RegisterControllerRecord& record) {
  if (!controllers_) controllers_ = image_.cluster.controllers();
  controllers_->insert_or_assign(record.controller_id,
                                 std::make_shared<ControllerImage>(ControllerImage::from(record)));
  touched_.controllers.insert(record.controller_id);
  return {};
}

Result<void> MetadataDelta::apply(const wire::UnregisterControllerRecord& record) {
  if (!controllers_) controllers_ = image_.cluster.controllers();
  if (controllers_->erase(record.controller_id) == 0)
    return fail(Errc::corrupt, "controller {} is unregistered but was not registered", record.controller_id.value);
  touched_.controllers.insert(record.controller_id);
  return {};
}

Result<void> MetadataDelta::apply(const wire::FeatureLevelRecord& record) {
  // Someone else's cluster may be ahead of this program; what its records then mean, nobody here can tell.
  if (record.name == kMetadataVersionFeature && find_metadata_version({record.feature_level}) == nullptr)
    return fail(Errc::unsupported_version, "metadata.version {} is not between {} and {}", record.feature_level,
                kMetadataVersionMin.value, kMetadataVersionLatest.value);
  if (!features_) features_ = image_.features.levels();
  if (record.feature_level == 0)
    features_->erase(std::string(record.name));
  else
    features_->insert_or_assign(std::string(record.name), record.feature_level);
  return {};
}

Result<void> MetadataDelta::apply(const wire::ProducerIdsRecord& record) {
  image_.next_producer_id = record.next_producer_id;
  return {};
}

Result<void> MetadataDelta::apply(const wire::AccessControlEntryRecord& record) {
  acls_.put(record.id, AclImage::from(record));
  return {};
}

Result<void> MetadataDelta::apply(const wire::RemoveAccessControlEntryRecord& record) {
  if (!acls_.erase(record.id))
    return fail(Errc::corrupt, "access control entry {} is removed but does not exist", record.id.text());
  return {};
}

Result<void> MetadataDelta::apply(const wire::ClientQuotaRecord& record) {
  sluice::apply(record, client_quotas_);
  return {};
}

Result<void> MetadataDelta::apply(const wire::UserScramCredentialRecord& record) {
  scram_.put({record.mechanism, std::string(record.name)}, ScramCredentialImage::from(record));
  return {};
}

Result<void> MetadataDelta::apply(const wire::RemoveUserScramCredentialRecord& record) {
  if (!scram_.erase(ScramUser{record.mechanism, std::string(record.name)}))
    return fail(Errc::corrupt, "SCRAM credential of {} is removed but does not exist", record.name);
  return {};
}

Result<void> MetadataDelta::apply(const wire::DelegationTokenRecord& record) {
  delegation_tokens_.put(std::string(record.token_id), DelegationTokenImage::from(record));
  return {};
}

Result<void> MetadataDelta::apply(const wire::RemoveDelegationTokenRecord& record) {
  if (!delegation_tokens_.erase(record.token_id))
    return fail(Errc::corrupt, "delegation token {} is removed but does not exist", record.token_id);
  return {};
}

MetadataImage MetadataDelta::finish(MetadataProvenance provenance) {
  image_.provenance = provenance;
  if (features_) image_.features = FeaturesImage(std::move(*features_));
  features_.reset();
  if (brokers_ || controllers_) {
    image_.cluster = ClusterImage(
        std::make_shared<ClusterImage::Brokers>(brokers_ ? std::move(*brokers_) : image_.cluster.brokers()),
        std::make_shared<ClusterImage::Controllers>(controllers_ ? std::move(*controllers_)
                                                                 : image_.cluster.controllers()));
    brokers_.reset();
    controllers_.reset();
  }
  image_.topics = topics_.finish();
  image_.configs = ConfigsImage(configs_.finish());
  image_.client_quotas = client_quotas_.finish();
  image_.acls = acls_.finish();
  image_.scram = scram_.finish();
  image_.delegation_tokens = delegation_tokens_.finish();
  return image_;
}

}  // namespace sluice
