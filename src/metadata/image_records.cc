#include "metadata/image_records.h"

#include "wire/metadata/feature_level_record.h"
#include "wire/metadata/producer_ids_record.h"
#include "wire/metadata/topic_record.h"

namespace sluice {

ImageRecords::ImageRecords(MetadataImagePointer image)
    : image_(std::move(image)),
      version_(image_->metadata_version()),
      topics_(image_->topics.sorted_by_id()),
      configs_(image_->configs.map().sorted()),
      quotas_(image_->client_quotas.sorted()),
      acls_(image_->acls.sorted()),
      scram_(image_->scram.sorted()),
      tokens_(image_->delegation_tokens.sorted()) {}

bool ImageRecords::next(RecordList& to, std::size_t count) {
  const std::size_t enough = to.size() + count;
  while (part_ != Part::end && to.size() < enough) {
    if (next_of_part(to)) continue;
    part_ = static_cast<Part>(static_cast<int>(part_) + 1);
    at_ = 0;
  }
  return part_ != Part::end;
}

/// Adds the records of one more element of the part; false if it has none left.
bool ImageRecords::next_of_part(RecordList& to) {
  const std::size_t at = at_++;
  switch (part_) {
    case Part::features:
      if (at == 0) add_features(to);
      return at == 0;
    case Part::nodes:
      if (at == 0) add_nodes(to);
      return at == 0;
    case Part::topics:
      if (at >= topics_.size()) return false;
      add_topic(*topics_[at], to);
      return true;
    case Part::configs: {
      if (at >= configs_.size()) return false;
      const auto& [resource, configs] = *configs_[at];
      for (const auto& [key, value] : *configs) {
        wire::ConfigRecord record;
        record.resource_type = static_cast<std::int8_t>(resource.type);
        record.resource_name = resource.name;
        record.name = key;
        record.value = value;
        to.add(record, 0);
      }
      return true;
    }
    case Part::quotas:
      if (at >= quotas_.size()) return false;
      for (const auto& [key, limit] : quotas_[at]->second)
        to.add(client_quota_record(quotas_[at]->first, key, limit), 0);
      return true;
    case Part::producer_ids:
      if (at == 0 && image_->next_producer_id.value >= 0) {
        wire::ProducerIdsRecord record;
        record.broker_id = {-1};
        record.broker_epoch = -1;
        record.next_producer_id = image_->next_producer_id;
        to.add(record, 0);
      }
      return at == 0;
    case Part::acls:
      if (at < acls_.size()) to.add(acls_[at]->second.record(acls_[at]->first), 0);
      return at < acls_.size();
    case Part::scram:
      if (at < scram_.size()) to.add(scram_[at]->second.record(scram_[at]->first), 0);
      return at < scram_.size();
    case Part::tokens:
      if (at < tokens_.size()) to.add(tokens_[at]->second.record(tokens_[at]->first), 0);
      return at < tokens_.size();
    case Part::end: return false;
  }
  return false;
}

void ImageRecords::add_features(RecordList& to) const {
  const auto add = [&to](std::string_view name, std::int16_t level) {
    wire::FeatureLevelRecord record;
    record.name = name;
    record.feature_level = level;
    to.add(record, 0);  // Version 0 always: it is read before anyone can know of a later one.
  };
  if (image_->features.metadata_version()) add(kMetadataVersionFeature, version_.value);
  for (const auto& [name, level] : image_->features.levels())
    if (name != kMetadataVersionFeature) add(name, level);
}

void ImageRecords::add_nodes(RecordList& to) const {
  for (const auto& [id, broker] : image_->cluster.brokers())
    to.add(broker->record(version_), register_broker_record_version(version_));
  if (!supports_controller_registration(version_)) return;
  for (const auto& [id, controller] : image_->cluster.controllers()) to.add(controller->record(), 0);
}

void ImageRecords::add_topic(const TopicImage& topic, RecordList& to) const {
  wire::TopicRecord record;
  record.name = topic.name();
  record.topic_id = topic.id();
  to.add(record, 0);
  for (std::size_t i = 0; i < topic.partition_count(); ++i) {
    const PartitionIndex index{static_cast<std::int32_t>(i)};
    const PartitionImage* partition = topic.partition(index);
    if (partition != nullptr)
      to.add(partition->record(topic.id(), index, version_), partition_record_version(version_));
  }
}

}  // namespace sluice
