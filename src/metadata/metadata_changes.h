// metadata/metadata_changes.h: how an image differs from the one before it, for those who act on it.
#pragma once

#include <set>
#include <vector>

#include "metadata/metadata_image.h"

namespace sluice {

/// What records spoke of; a record need not have changed anything.
struct TouchedMetadata {
  std::set<Uuid> topics;
  std::set<ConfigResource> configs;
  std::set<NodeId> brokers;
  std::set<NodeId> controllers;

  void merge(TouchedMetadata other);
};

/// A topic that came, went or changed. What a deleted and created topic of the same name are: two topics.
struct TopicChange {
  TopicPointer before;  ///< Null if it is new.
  TopicPointer after;   ///< Null if it was deleted.

  const Uuid& id() const { return (after ? after : before)->id(); }
  const std::string& name() const { return (after ? after : before)->name(); }
  bool created() const { return before == nullptr; }
  bool deleted() const { return after == nullptr; }
  /// Partitions that are new, gone or different, by index.
  std::vector<PartitionIndex> partitions() const;
};

/// Everything that is different between two images. Topics are ordered by id, the rest by its order.
struct MetadataChanges {
  std::vector<TopicChange> topics;
  std::vector<ConfigResource> configs;
  std::vector<NodeId> brokers;  ///< Registered, changed or gone: look into the new image.
  std::vector<NodeId> controllers;
  bool features = false;
  bool client_quotas = false;
  bool acls = false;
  bool scram = false;
  bool delegation_tokens = false;

  bool empty() const;
  /// Compares what was touched, and the parts that are not listed one by one.
  static MetadataChanges between(const MetadataImage& before, const MetadataImage& after,
                                 const TouchedMetadata& touched);
};

}  // namespace sluice
