#include "client/detail/assigned.h"

#include "client/list_offsets.h"

namespace sluice::client::detail {

std::optional<std::int64_t> reset_target(const OffsetReset& policy, const Loop& loop) {
  using Kind = OffsetReset::Kind;
  switch (policy.kind) {
    case Kind::earliest: return offset_at::kEarliest;
    case Kind::latest: return offset_at::kLatest;
    case Kind::by_duration: return (loop.wall_now() - policy.before).time_since_epoch().count();
    case Kind::none: return std::nullopt;
  }
  return std::nullopt;
}

AssignedPartition* Assigned::find(const TopicPartition& partition) {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? nullptr : &found->second;
}

void Assigned::assign(const std::set<TopicPartition>& partitions) {
  std::erase_if(partitions_, [&](const auto& entry) { return !partitions.contains(entry.first); });
  for (const TopicPartition& partition : partitions) {
    const auto [entry, is_new] = partitions_.try_emplace(partition);
    entry->second.revoked = false;
    if (is_new) entry->second.incarnation = next_incarnation_++;
  }
}

void Assigned::seek(AssignedPartition& partition, Offset offset, LeaderEpoch epoch) {
  partition.position = offset;
  partition.position_epoch = epoch;
  partition.validated_epoch = LeaderEpoch{-1};
  partition.reset_to.reset();
  partition.preferred_replica.reset();
  partition.not_before = {};
  partition.incarnation = next_incarnation_++;
}

void Assigned::reset(AssignedPartition& partition, std::int64_t to) {
  partition.position.reset();
  partition.reset_to = to;
  partition.preferred_replica.reset();
  partition.not_before = {};
  partition.incarnation = next_incarnation_++;
}

Offsets Assigned::consumed() const {
  Offsets offsets;
  for (const auto& [partition, state] : partitions_)
    if (state.position) offsets.emplace(partition, OffsetAndMetadata{*state.position, state.position_epoch, {}});
  return offsets;
}

}  // namespace sluice::client::detail
