// What administrators do with the offsets of share groups. The share coordinator has these; the group keeps which
// topics it has told it of, and changes that before it tells and after.
#include "coordinator/share_groups.h"

namespace sluice {
namespace {

Granted<void> check_empty(const ShareGroup* group) {
  if (group != nullptr && !group->members.empty())
    return refused(ErrorCode::non_empty_group, "The group is not empty.");
  return {};
}

}  // namespace

AssignedPartitions ShareGroups::partitions_with_state(std::string_view id) const {
  AssignedPartitions partitions;
  const ShareGroup* group = find(id);
  if (group == nullptr) return partitions;
  for (const auto& [topic, share] : group->topics.initialized)
    if (!share.partitions.empty()) partitions.emplace(topic, share.partitions);
  return partitions;
}

Granted<std::int32_t> ShareGroups::begin_alteration(GroupStep& step, std::string_view id, NameTaken taken,
                                                    const ShareStarts& starts) {
  if (taken == NameTaken::yes) return refused(ErrorCode::group_id_not_found, "Group {} is not a share group.", id);
  const ShareGroup* group = find(id);
  if (auto empty = check_empty(group); !empty) return refused(std::move(empty.error()));
  ShareStateTopics topics = group == nullptr ? ShareStateTopics{} : group->topics;
  auto& begun = initialize_[std::string(id)];
  for (const auto& [topic_id, partitions] : starts) {
    const TopicImage* topic = cluster_.image->topics.topic(topic_id);
    if (topic == nullptr) continue;
    ShareTopic& initializing = topics.initializing[topic_id];
    initializing.name = topic->name();
    for (const auto& [partition, start] : partitions) initializing.partitions.insert(partition);
    topics.deleting.erase(topic_id);
    // A member that joins meanwhile must not have it begun anew, without the offset.
    begun[topic_id] = step.now;
  }
  // By this record a group exists that nobody has joined yet.
  if (topics != (group == nullptr ? ShareStateTopics{} : group->topics))
    emit(step, share_group_records::topics(id, topics));
  group = find(id);
  return group == nullptr ? ShareGroup{}.epoch : group->epoch;
}

Granted<AssignedPartitions> ShareGroups::begin_offset_deletion(GroupStep& step, std::string_view id,
                                                               NameTaken taken, const std::set<Uuid>& asked) {
  if (taken == NameTaken::yes) return refused(ErrorCode::group_id_not_found, "Group {} is not a share group.", id);
  const ShareGroup* group = find(id);
  if (group == nullptr) return refused(ErrorCode::group_id_not_found, "Group {} not found.", id);
  if (auto empty = check_empty(group); !empty) return refused(std::move(empty.error()));
  ShareStateTopics topics = group->topics;
  AssignedPartitions partitions;
  for (const Uuid& topic_id : asked) {
    if (const auto known = topics.initialized.find(topic_id); known != topics.initialized.end()) {
      topics.deleting[topic_id] = known->second.name;
      partitions[topic_id] = std::move(known->second.partitions);
      topics.initialized.erase(known);
    } else if (topics.deleting.contains(topic_id)) {
      // Begun before, and not brought to its end.
      const TopicImage* topic = cluster_.image->topics.topic(topic_id);
      const auto count = topic == nullptr ? 0 : static_cast<std::int32_t>(topic->partition_count());
      for (PartitionIndex i{0}; i.value < count; ++i.value) partitions[topic_id].insert(i);
    }
  }
  if (topics != group->topics) emit(step, share_group_records::topics(id, topics));
  return partitions;
}

void ShareGroups::end_offset_deletion(GroupStep& step, std::string_view id, const std::set<Uuid>& deleted) {
  const ShareGroup* group = find(id);
  if (group == nullptr) return;
  ShareStateTopics topics = group->topics;
  for (const Uuid& topic : deleted) topics.deleting.erase(topic);
  if (topics != group->topics) emit(step, share_group_records::topics(id, topics));
}

}  // namespace sluice
