#include "metadata/topics_image.h"

#include <algorithm>

namespace sluice {
namespace {

// A record may name a partition before those below it; this bounds what a damaged one can make us allocate.
constexpr std::int32_t kPartitionsMax = 1 << 20;

}  // namespace

Result<void> TopicImage::set_partition(PartitionIndex index, std::shared_ptr<const PartitionImage> partition) {
  if (index.value < 0 || index.value >= kPartitionsMax)
    return fail(Errc::corrupt, "topic {} cannot have a partition {}", name_, index.value);
  const auto at = static_cast<std::size_t>(index.value);
  if (at >= partitions_.size()) partitions_.resize(at + 1);
  partitions_[at] = std::move(partition);
  return {};
}

bool operator==(const TopicImage& a, const TopicImage& b) {
  if (a.name_ != b.name_ || a.id_ != b.id_) return false;
  return std::ranges::equal(a.partitions_, b.partitions_, [](const auto& x, const auto& y) {
    return x == y || (x != nullptr && y != nullptr && *x == *y);
  });
}

std::vector<const TopicImage*> TopicsImage::unsorted() const {
  std::vector<const TopicImage*> topics;
  topics.reserve(topics_.size());
  for (const auto* entry : topics_.unsorted()) topics.push_back(entry->second.get());
  return topics;
}

std::vector<const TopicImage*> TopicsImage::sorted_by_name() const {
  std::vector<const TopicImage*> topics;
  topics.reserve(ids_.size());
  for (const auto* entry : ids_.sorted()) topics.push_back(topic(entry->second));
  return topics;
}

std::vector<const TopicImage*> TopicsImage::sorted_by_id() const {
  std::vector<const TopicImage*> topics;
  topics.reserve(topics_.size());
  for (const auto* entry : topics_.sorted()) topics.push_back(entry->second.get());
  return topics;
}

bool operator==(const TopicsImage& a, const TopicsImage& b) {
  if (!(a.ids_ == b.ids_)) return false;
  return std::ranges::all_of(a.topics_.unsorted(), [&b](const auto* entry) {
    const TopicImage* other = b.topic(entry->first);
    return other != nullptr && (other == entry->second.get() || *other == *entry->second);
  });
}

const TopicImage* TopicsEditor::topic(const Uuid& id) const {
  if (const auto open = open_.find(id); open != open_.end()) return open->second.get();
  const TopicPointer* found = topics_.find(id);
  return found == nullptr ? nullptr : found->get();
}

TopicImage* TopicsEditor::open(const Uuid& id) {
  if (const auto open = open_.find(id); open != open_.end()) return open->second.get();
  const TopicPointer* found = topics_.find(id);
  if (found == nullptr) return nullptr;
  return open_.emplace(id, std::make_shared<TopicImage>(**found)).first->second.get();
}

Result<void> TopicsEditor::add(std::string name, const Uuid& id) {
  if (ids_.find(name) != nullptr) return fail(Errc::corrupt, "there is a topic {} already", name);
  if (topic(id) != nullptr) return fail(Errc::corrupt, "there is a topic with id {} already", id.text());
  auto topic = std::make_shared<TopicImage>(name, id);
  ids_.put(std::move(name), id);
  topics_.put(id, topic);
  open_.emplace(id, std::move(topic));
  return {};
}

bool TopicsEditor::remove(const Uuid& id) {
  const TopicImage* found = topic(id);
  if (found == nullptr) return false;
  ids_.erase(std::string(found->name()));
  open_.erase(id);
  return topics_.erase(id);
}

TopicsImage TopicsEditor::finish() {
  for (auto& [id, topic] : open_) topics_.put(id, std::move(topic));
  open_.clear();
  base_.ids_ = ids_.finish();
  base_.topics_ = topics_.finish();
  return base_;
}

}  // namespace sluice
