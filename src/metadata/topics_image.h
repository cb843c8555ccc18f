// metadata/topics_image.h: the topics of a cluster, by name and by id.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metadata/image_map.h"
#include "metadata/partition_image.h"

namespace sluice {

/// One topic. Invariant: partitions are numbered from 0 without a gap, once the records that make it are all
/// applied.
class TopicImage {
 public:
  TopicImage(std::string name, Uuid id) : name_(std::move(name)), id_(id) {}

  const std::string& name() const { return name_; }
  const Uuid& id() const { return id_; }
  std::size_t partition_count() const { return partitions_.size(); }
  /// Null if the topic has no such partition. Lives as long as some topic that shares it.
  const PartitionImage* partition(PartitionIndex index) const {
    const auto at = static_cast<std::size_t>(index.value);
    return index.value >= 0 && at < partitions_.size() ? partitions_[at].get() : nullptr;
  }
  /// By index; versions of a topic share what did not change, so that pointers tell what did.
  const std::vector<std::shared_ptr<const PartitionImage>>& partitions() const { return partitions_; }

  /// Errors: corrupt (an index that no topic has).
  Result<void> set_partition(PartitionIndex index, std::shared_ptr<const PartitionImage> partition);

  friend bool operator==(const TopicImage& a, const TopicImage& b);

 private:
  std::string name_;
  Uuid id_;
  std::vector<std::shared_ptr<const PartitionImage>> partitions_;
};

using TopicPointer = std::shared_ptr<const TopicImage>;

/// All topics. Copies share everything.
class TopicsImage {
 public:
  /// Null if there is none. Lives as long as an image that holds it.
  const TopicImage* topic(std::string_view name) const {
    const Uuid* id = ids_.find(name);
    return id == nullptr ? nullptr : topic(*id);
  }
  const TopicImage* topic(const Uuid& id) const {
    const TopicPointer* found = topics_.find(id);
    return found == nullptr ? nullptr : found->get();
  }
  TopicPointer shared(const Uuid& id) const {
    const TopicPointer* found = topics_.find(id);
    return found == nullptr ? nullptr : *found;
  }
  std::size_t size() const { return topics_.size(); }
  /// In an order that must not show.
  std::vector<const TopicImage*> unsorted() const;
  /// Sorted by name.
  std::vector<const TopicImage*> sorted_by_name() const;
  /// Sorted by id.
  std::vector<const TopicImage*> sorted_by_id() const;

  friend bool operator==(const TopicsImage& a, const TopicsImage& b);

 private:
  friend class TopicsEditor;
  ImageMap<std::string, Uuid> ids_;
  ImageMap<Uuid, TopicPointer> topics_;
};

/// Makes changed topics out of some that stay as they are. Each topic that is touched is copied once.
class TopicsEditor {
 public:
  explicit TopicsEditor(const TopicsImage& base) : base_(base), ids_(base.ids_), topics_(base.topics_) {}

  const TopicImage* topic(const Uuid& id) const;
  /// The topic, to be changed; null if there is none.
  TopicImage* open(const Uuid& id);
  /// Errors: corrupt (the name or the id is taken).
  Result<void> add(std::string name, const Uuid& id);
  /// False if there is none.
  bool remove(const Uuid& id);

  /// Whether anything was opened, added or removed.
  bool changed() const { return ids_.changed() || topics_.changed() || !open_.empty(); }
  TopicsImage finish();

 private:
  TopicsImage base_;
  ImageMap<std::string, Uuid>::Editor ids_;
  ImageMap<Uuid, TopicPointer>::Editor topics_;
  std::map<Uuid, std::shared_ptr<TopicImage>> open_;
};

}  // namespace sluice
