// metadata/image_records.h: an image as the records that make it: what a snapshot holds.
#pragma once

#include <cstddef>
#include <vector>

#include "metadata/metadata_image.h"
#include "metadata/record_list.h"

namespace sluice {

/// Yields the records of an image, some at a time, so that a large image does not hold up its shard. The kinds
/// come in Kafka's order (metadata.version first, because it says how to read the rest), within a kind they are
/// sorted.
class ImageRecords {
 public:
  explicit ImageRecords(MetadataImagePointer image);

  /// Adds about `count` records to `to`: a topic is not torn apart. False when there are none left.
  bool next(RecordList& to, std::size_t count);

 private:
  enum class Part { features, nodes, topics, configs, quotas, producer_ids, acls, scram, tokens, end };
  void add_features(RecordList& to) const;
  void add_nodes(RecordList& to) const;
  void add_topic(const TopicImage& topic, RecordList& to) const;
  bool next_of_part(RecordList& to);

  MetadataImagePointer image_;
  MetadataVersion version_;
  Part part_ = Part::features;
  std::size_t at_ = 0;
  std::vector<const TopicImage*> topics_;
  std::vector<const ConfigsImage::Map::Entry*> configs_;
  std::vector<const ClientQuotasImage::Entry*> quotas_;
  std::vector<const AclsImage::Entry*> acls_;
  std::vector<const ScramImage::Entry*> scram_;
  std::vector<const DelegationTokensImage::Entry*> tokens_;
};

}  // namespace sluice
