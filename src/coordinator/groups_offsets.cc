// coordinator/groups_offsets.cc: committing, reading, deleting and expiring offsets.
#include <utility>

#include "coordinator/groups.h"

namespace sluice {
namespace {

constexpr std::int16_t kMemberEpochFrom =
    9;  // KIP-848: the version from which members without a group are told so.

// A time before any other may expire; a sum that would go around lies beyond all time.
WallTime later(WallTime from, std::int64_t ms) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(from.time_since_epoch().count(), ms, &sum)) sum = INT64_MAX;
  return WallTime{std::chrono::milliseconds(sum)};
}

/// From when on the age of an offset counts; nothing where it does not age.
std::optional<WallTime> ages_from(const ClassicGroup* group, const CommittedOffset& offset) {
  if (group == nullptr || !group->protocol_type()) return offset.committed;  // Consumers without a group.
  // A group's offsets age once it is empty: while it has members they are in use, even if nothing is committed.
  if (group->state() == ClassicState::empty) return group->state_since().value_or(offset.committed);
  const bool knows_topics = group->is_consumer_group() && group->subscribed_topics();
  if (knows_topics && group->state() == ClassicState::stable) return offset.committed;
  return std::nullopt;
}

/// Whether who says this of itself may commit offsets of a consumer group. Whose epoch is behind may still commit
/// what it held then (KIP-1251): of that may_commit_partition() decides.
Granted<const ConsumerMember*> check_consumer_commit(const ConsumerGroup& group, std::string_view member_id,
                                                     std::int32_t epoch) {
  const ConsumerMember* member = group.find(member_id);
  if (member == nullptr)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", member_id, group.id());
  if (epoch > member->epoch)
    return refused(member->classic ? ErrorCode::illegal_generation : ErrorCode::stale_member_epoch,
                   "Received member epoch {} is newer than current member epoch {}.", epoch, member->epoch);
  return member;
}

bool was_assigned_by(const PartitionEpochs& partitions, const Uuid& topic, PartitionIndex partition,
                     std::int32_t epoch) {
  const auto found = partitions.find(topic);
  if (found == partitions.end()) return false;
  const auto assigned = found->second.find(partition);
  return assigned != found->second.end() && assigned->second <= epoch;
}

ErrorCode may_commit_partition(const ConsumerMember* member, std::int32_t epoch, const Uuid& topic,
                               PartitionIndex partition) {
  if (member == nullptr || epoch == member->epoch || was_assigned_by(member->assigned, topic, partition, epoch) ||
      was_assigned_by(member->pending_release, topic, partition, epoch))
    return ErrorCode::none;
  return member->classic ? ErrorCode::illegal_generation : ErrorCode::stale_member_epoch;
}

}  // namespace

Granted<const ConsumerMember*> Groups::committing_member(const ConsumerGroup& group,
                                                         const wire::OffsetCommitRequest& request,
                                                         const GroupClient& client) const {
  const std::int32_t epoch = request.generation_id_or_member_epoch;
  if (epoch < 0 && group.empty()) return nullptr;
  Granted<const ConsumerMember*> member = check_consumer_commit(group, request.member_id, epoch);
  // Older versions have no name for a stale epoch.
  if (member && !(*member)->classic && client.version < kMemberEpochFrom)
    return refused(ErrorCode::unsupported_version,
                   "OffsetCommit version 9 or above must be used by members using the "
                   "consumer group protocol");
  return member;
}

Granted<const ConsumerMember*> Groups::transactional_member(const ConsumerGroup& group,
                                                            const wire::TxnOffsetCommitRequest& request) const {
  const std::int32_t epoch = request.generation_id_or_member_epoch;
  const bool says_nothing = epoch == -1 && request.member_id.empty() && !request.group_instance_id;
  if (says_nothing || (epoch < 0 && group.empty())) return nullptr;
  return check_consumer_commit(group, request.member_id, epoch);
}

ErrorCode Groups::may_commit(const Committer& committer, std::string_view topic, const Uuid& topic_id,
                             PartitionIndex partition) {
  if (committer.streams != nullptr)
    return StreamsGroups::may_commit(*committer.streams, committer.streams_member, committer.epoch, topic,
                                     partition);
  return may_commit_partition(committer.consumer, committer.epoch, topic_id, partition);
}

Granted<Groups::Committer> Groups::committer_of(GroupStep& step, const wire::OffsetCommitRequest& request,
                                                const GroupClient& client) {
  Committer committer{.epoch = request.generation_id_or_member_epoch};
  if (const ConsumerGroup* consumers = find_consumer_group(request.group_id); consumers != nullptr) {
    const Granted<const ConsumerMember*> member = committing_member(*consumers, request, client);
    if (!member) return refused(member.error());
    committer.consumer = *member;
    return committer;
  }
  if (const StreamsGroup* streams = streams_.find(request.group_id); streams != nullptr) {
    const Granted<const StreamsMember*> member =
        streams_.committing_member(*streams, request.member_id, committer.epoch);
    if (!member) return refused(member.error());
    if (*member != nullptr && client.version < kMemberEpochFrom)
      return refused(ErrorCode::unsupported_version,
                     "OffsetCommit version 9 or above must be used by members using the streams group protocol");
    committer.streams = streams;
    committer.streams_member = *member;
    return committer;
  }
  if (const ErrorCode error = check_commit(step, request, client); error != ErrorCode::none)
    return refused(Refusal{error, {}});
  return committer;
}

ErrorCode Groups::check_commit(GroupStep& step, const wire::OffsetCommitRequest& request,
                               const GroupClient& client) {
  const std::int32_t generation = request.generation_id_or_member_epoch;
  if (shares_.find(request.group_id) != nullptr) return ErrorCode::group_id_not_found;
  ClassicGroup* group = find(request.group_id);
  if (group == nullptr) {
    if (generation >= 0)
      return client.version >= kMemberEpochFrom ? ErrorCode::group_id_not_found : ErrorCode::illegal_generation;
    group = &create(request.group_id, step.wall);
  }
  const ErrorCode error = group->check_commit(step, generation, request.member_id, request.group_instance_id);
  watch(*group);
  return error;
}

OffsetsAnswer Groups::commit(GroupStep& step, const wire::OffsetCommitRequest& request,
                             const GroupClient& client) {
  OffsetsAnswer answer;
  const bool was_there = exists(request.group_id);
  const Granted<Committer> committer = committer_of(step, request, client);
  if (!committer) {
    answer.error = committer.error().code;
    return answer;
  }
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) {
      const ErrorCode may = may_commit(*committer, topic.name, topic.topic_id, partition.partition_index);
      answer.partitions.push_back(may != ErrorCode::none ? may
                                                         : commit_partition(step, request, topic, partition));
    }
  // The group of a commit that came to nothing would exist in memory only.
  if (!was_there && step.effects.records.empty() && find(request.group_id) != nullptr) remove(request.group_id);
  return answer;
}

ErrorCode Groups::commit_partition(GroupStep& step, const wire::OffsetCommitRequest& request,
                                   const wire::OffsetCommitRequest::OffsetCommitRequestTopic& topic,
                                   const wire::OffsetCommitRequest::OffsetCommitRequestPartition& partition) {
  const std::string_view metadata = partition.committed_metadata.value_or("");
  if (metadata.size() > step.options.offset_metadata_bytes_max) return ErrorCode::offset_metadata_too_large;
  CommittedOffset offset;
  offset.offset = partition.committed_offset;
  offset.leader_epoch = partition.committed_leader_epoch;
  offset.metadata = metadata;
  offset.committed = step.wall;
  if (partition.commit_timestamp >= 0)
    offset.committed = WallTime{std::chrono::milliseconds(partition.commit_timestamp)};
  if (request.retention_time_ms >= 0) offset.expires = later(step.wall, request.retention_time_ms);
  offset.topic_id = topic.topic_id;
  offset.order = next_order_++;
  Result<CoordinatorRecord> record =
      offset_record(request.group_id, topic.name, partition.partition_index, offset);
  if (!record || record->size() > step.options.record_bytes_max) return ErrorCode::invalid_commit_offset_size;
  step.effects.records.push_back(std::move(*record));
  offsets_.put(request.group_id, topic.name, partition.partition_index, std::move(offset));
  return ErrorCode::none;
}

FetchedOffset Groups::fetched(std::string_view group, std::string_view topic, const Uuid& topic_id,
                              PartitionIndex partition, bool require_stable) const {
  FetchedOffset fetched{.partition = partition, .metadata = {}};
  if (require_stable && offsets_.is_pending(group, topic, partition)) {
    fetched.error = ErrorCode::unstable_offset_commit;
    return fetched;
  }
  const CommittedOffset* offset = offsets_.find(group, topic, partition);
  if (offset == nullptr || !is_of_topic(*offset, topic_id)) return fetched;
  fetched.offset = offset->offset;
  fetched.leader_epoch = offset->leader_epoch;
  fetched.metadata = offset->metadata;
  return fetched;
}

// Who says who it is must be so: it may go on from what it fetches.
ErrorCode Groups::check_fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request) const {
  if (!request.member_id && request.member_epoch < 0) return ErrorCode::none;
  if (const StreamsGroup* streams = streams_.find(request.group_id); streams != nullptr) {
    const StreamsMember* member = streams->find(request.member_id.value_or(""));
    if (member == nullptr) return ErrorCode::unknown_member_id;
    return request.member_epoch == member->epoch ? ErrorCode::none : ErrorCode::stale_member_epoch;
  }
  const ConsumerGroup* group = find_consumer_group(request.group_id);
  if (group == nullptr) return ErrorCode::none;
  const ConsumerMember* member = group->find(request.member_id.value_or(""));
  if (member == nullptr) return ErrorCode::unknown_member_id;
  if (request.member_epoch == member->epoch) return ErrorCode::none;
  return member->classic ? ErrorCode::illegal_generation : ErrorCode::stale_member_epoch;
}

FetchAnswer Groups::fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request,
                          bool require_stable) const {
  FetchAnswer answer;
  answer.error = check_fetch(request);
  if (answer.error != ErrorCode::none) return answer;
  if (request.topics) {
    for (const auto& topic : *request.topics) {
      FetchedTopic& shown = answer.topics.emplace_back();
      shown.name = topic.name;
      shown.id = topic.topic_id;
      for (const PartitionIndex partition : topic.partition_indexes)
        shown.partitions.push_back(
            fetched(request.group_id, topic.name, topic.topic_id, partition, require_stable));
    }
    return answer;
  }
  const OffsetStore::Topics* topics = offsets_.of_group(request.group_id);
  if (topics == nullptr) return answer;
  for (const auto& [topic, partitions] : *topics) {
    FetchedTopic& shown = answer.topics.emplace_back();
    shown.name = topic;
    for (const auto& [partition, offset] : partitions) {
      if (shown.id.is_zero()) shown.id = offset.topic_id;
      shown.partitions.push_back(fetched(request.group_id, topic, Uuid{}, partition, require_stable));
    }
  }
  return answer;
}

void Groups::remove_offset(GroupStep& step, std::string_view group, std::string_view topic,
                           PartitionIndex partition) {
  Result<CoordinatorRecord> tombstone = offset_tombstone(group, topic, partition);
  if (!tombstone) return;
  step.effects.records.push_back(std::move(*tombstone));
  offsets_.remove(group, topic, partition);
}

OffsetsAnswer Groups::delete_offsets(GroupStep& step, const wire::OffsetDeleteRequest& request) {
  const ClassicGroup* group = find(request.group_id);
  const ConsumerGroup* consumers = find_consumer_group(request.group_id);
  const StreamsGroup* streams = streams_.find(request.group_id);
  if (group == nullptr && consumers == nullptr && streams == nullptr)
    return {.error = ErrorCode::group_id_not_found, .partitions = {}};
  // What members of another protocol type read cannot be told.
  const bool is_opaque = group != nullptr && group->state() != ClassicState::empty && !group->is_consumer_group();
  if (is_opaque) return {.error = ErrorCode::non_empty_group, .partitions = {}};

  OffsetsAnswer answer;
  for (const auto& topic : request.topics) {
    const bool is_read = (group != nullptr && group->may_be_subscribed_to(topic.name)) ||
                         (consumers != nullptr && consumers->subscriptions().topics().contains(topic.name)) ||
                         (streams != nullptr && streams->reads(topic.name));
    for (const auto& partition : topic.partitions) {
      answer.partitions.push_back(is_read ? ErrorCode::group_subscribed_to_topic : ErrorCode::none);
      if (!is_read && offsets_.find(request.group_id, topic.name, partition.partition_index) != nullptr)
        remove_offset(step, request.group_id, topic.name, partition.partition_index);
    }
  }
  return answer;
}

std::vector<std::string> Groups::group_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, group] : classic_) ids.push_back(id);
  for (const auto& [id, group] : consumers_) ids.push_back(id);
  for (const auto& [id, group] : streams_.all()) ids.push_back(id);
  return ids;
}

bool Groups::expire_group_offsets(GroupStep& step, const std::string& id) {
  const OffsetStore::Topics* topics = offsets_.of_group(id);
  if (topics == nullptr) return !offsets_.has_pending(id);
  const ClassicGroup* group = find(id);
  // Of the newer kinds of group the topics that are read are known, so that the others' offsets age at any time.
  const ConsumerGroup* consumers = find_consumer_group(id);
  const StreamsGroup* streams = streams_.find(id);
  const std::chrono::milliseconds retention = step.options.offsets_retention;
  std::vector<std::pair<std::string, PartitionIndex>> expired;
  bool all = true;
  for (const auto& [topic, partitions] : *topics) {
    const bool is_read = (group != nullptr && group->may_be_subscribed_to(topic)) ||
                         (consumers != nullptr && consumers->subscriptions().topics().contains(topic)) ||
                         (streams != nullptr && streams->reads(topic));
    for (const auto& [partition, offset] : partitions) {
      const std::optional<WallTime> from = ages_from(group, offset);
      const bool is_old =
          from && step.wall >= (offset.expires ? *offset.expires : later(*from, retention.count()));
      if (is_old && !is_read && !offsets_.is_pending(id, topic, partition))
        expired.emplace_back(topic, partition);
      else
        all = false;
    }
  }
  for (const auto& [topic, partition] : expired) remove_offset(step, id, topic, partition);
  return all && !offsets_.has_pending(id);
}

void Groups::expire_offsets(GroupStep& step) {
  for (const std::string& id : group_ids()) {
    if (!expire_group_offsets(step, id)) continue;
    const ClassicGroup* group = find(id);
    const ConsumerGroup* consumers = find_consumer_group(id);
    const StreamsGroup* streams = streams_.find(id);
    if ((group != nullptr && group->is_vacant()) || (consumers != nullptr && consumers->empty()) ||
        (streams != nullptr && streams->empty()))
      delete_group(step, id);
  }
}

void Groups::forget_topics(GroupStep& step, const std::vector<std::string>& topics) {
  shares_.forget_topics(step);
  for (const std::string& id : group_ids()) {
    for (const std::string& topic : topics) {
      const OffsetStore::Topics* of_group = offsets_.of_group(id);
      if (of_group == nullptr) break;
      const auto found = of_group->find(topic);
      if (found == of_group->end()) continue;
      std::vector<PartitionIndex> partitions;
      for (const auto& [partition, offset] : found->second) partitions.push_back(partition);
      for (const PartitionIndex partition : partitions) remove_offset(step, id, topic, partition);
    }
  }
}

}  // namespace sluice
