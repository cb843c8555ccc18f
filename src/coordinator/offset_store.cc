#include "coordinator/offset_store.h"

#include <set>
#include <utility>

namespace sluice {
namespace {

constexpr std::int16_t kRecordVersion = 4;    // What Kafka 4.4 writes.
constexpr std::int16_t kExpiringVersion = 1;  // The last one that has room for an expiry.

std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }

const CommittedOffset* find_in(const OffsetStore::Groups& groups, std::string_view group, std::string_view topic,
                               PartitionIndex partition) {
  const auto topics = groups.find(group);
  if (topics == groups.end()) return nullptr;
  const auto partitions = topics->second.find(topic);
  if (partitions == topics->second.end()) return nullptr;
  const auto found = partitions->second.find(partition);
  return found == partitions->second.end() ? nullptr : &found->second;
}

void put_in(OffsetStore::Groups& groups, std::string_view group, std::string_view topic, PartitionIndex partition,
            CommittedOffset offset) {
  auto topics = groups.find(group);
  if (topics == groups.end()) topics = groups.emplace(group, OffsetStore::Topics{}).first;
  auto partitions = topics->second.find(topic);
  if (partitions == topics->second.end())
    partitions = topics->second.emplace(topic, OffsetStore::Partitions{}).first;
  partitions->second[partition] = std::move(offset);
}

void remove_from(OffsetStore::Groups& groups, std::string_view group, std::string_view topic,
                 PartitionIndex partition) {
  const auto topics = groups.find(group);
  if (topics == groups.end()) return;
  const auto partitions = topics->second.find(topic);
  if (partitions == topics->second.end()) return;
  partitions->second.erase(partition);
  if (!partitions->second.empty()) return;
  topics->second.erase(partitions);
  if (topics->second.empty()) groups.erase(topics);
}

}  // namespace

bool is_of_topic(const CommittedOffset& offset, const Uuid& topic_id) {
  return topic_id.is_zero() || offset.topic_id.is_zero() || offset.topic_id == topic_id;
}

Result<CoordinatorRecord> offset_record(std::string_view group, std::string_view topic, PartitionIndex partition,
                                        const CommittedOffset& offset) {
  const wire::OffsetCommitKey key{.group = group, .topic = topic, .partition = partition};
  const wire::OffsetCommitValue value{
      .offset = offset.offset,
      .leader_epoch = offset.leader_epoch,
      .metadata = offset.metadata,
      .commit_timestamp = milliseconds(offset.committed),
      .expire_timestamp = offset.expires ? milliseconds(*offset.expires) : -1,
      .topic_id = offset.topic_id,
  };
  return coordinator_record(key, value, offset.expires ? kExpiringVersion : kRecordVersion);
}

Result<CoordinatorRecord> offset_tombstone(std::string_view group, std::string_view topic,
                                           PartitionIndex partition) {
  return coordinator_tombstone(wire::OffsetCommitKey{.group = group, .topic = topic, .partition = partition});
}

CommittedOffset offset_of(const wire::OffsetCommitValue& value, std::int64_t order) {
  const auto at = [](std::int64_t ms) { return WallTime{std::chrono::milliseconds(ms)}; };
  CommittedOffset offset;
  offset.offset = value.offset;
  offset.leader_epoch = value.leader_epoch;
  offset.metadata = value.metadata;
  offset.committed = at(value.commit_timestamp);
  if (value.expire_timestamp >= 0) offset.expires = at(value.expire_timestamp);
  offset.topic_id = value.topic_id;
  offset.order = order;
  return offset;
}

const OffsetStore::Topics* OffsetStore::of_group(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

const CommittedOffset* OffsetStore::find(std::string_view group, std::string_view topic,
                                         PartitionIndex partition) const {
  return find_in(groups_, group, topic, partition);
}

void OffsetStore::put(std::string_view group, std::string_view topic, PartitionIndex partition,
                      CommittedOffset offset) {
  put_in(groups_, group, topic, partition, std::move(offset));
}

void OffsetStore::remove(std::string_view group, std::string_view topic, PartitionIndex partition) {
  remove_from(groups_, group, topic, partition);
  for (auto& [producer, pending] : pending_) remove_from(pending, group, topic, partition);
  std::erase_if(pending_, [](const auto& producer) { return producer.second.empty(); });
}

void OffsetStore::remove_group(std::string_view group) {
  if (const auto found = groups_.find(group); found != groups_.end()) groups_.erase(found);
  for (auto& [producer, pending] : pending_)
    if (const auto found = pending.find(group); found != pending.end()) pending.erase(found);
  std::erase_if(pending_, [](const auto& producer) { return producer.second.empty(); });
}

void OffsetStore::clear() {
  groups_.clear();
  pending_.clear();
}

void OffsetStore::put_pending(ProducerId producer, std::string_view group, std::string_view topic,
                              PartitionIndex partition, CommittedOffset offset) {
  put_in(pending_[producer], group, topic, partition, std::move(offset));
}

void OffsetStore::end_transaction(ProducerId producer, bool committed) {
  const auto ended = pending_.extract(producer);
  if (ended.empty() || !committed) return;
  for (auto& [group, topics] : ended.mapped())
    for (auto& [topic, partitions] : topics)
      for (auto& [partition, offset] : partitions) {
        const CommittedOffset* present = find(group, topic, partition);
        if (present == nullptr || present->order < offset.order) put(group, topic, partition, std::move(offset));
      }
}

bool OffsetStore::is_pending(std::string_view group, std::string_view topic, PartitionIndex partition) const {
  for (const auto& [producer, pending] : pending_)
    if (find_in(pending, group, topic, partition) != nullptr) return true;
  return false;
}

bool OffsetStore::has_pending(std::string_view group) const {
  for (const auto& [producer, pending] : pending_)
    if (pending.contains(group)) return true;
  return false;
}

std::vector<std::string> OffsetStore::pending_groups() const {
  std::set<std::string> names;
  for (const auto& [producer, pending] : pending_)
    for (const auto& [group, topics] : pending) names.insert(group);
  return {names.begin(), names.end()};
}

}  // namespace sluice
