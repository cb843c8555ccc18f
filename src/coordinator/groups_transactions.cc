// coordinator/groups_transactions.cc: offsets that are committed with a transaction (KIP-98, KIP-447).
#include <utility>

#include "coordinator/groups.h"

namespace sluice {

ErrorCode Groups::check_transactional(const wire::TxnOffsetCommitRequest& request) const {
  const std::int32_t generation = request.generation_id_or_member_epoch;
  if (shares_.find(request.group_id) != nullptr) return ErrorCode::group_id_not_found;
  const ClassicGroup* group = find(request.group_id);
  if (group == nullptr) return generation < 0 ? ErrorCode::none : ErrorCode::illegal_generation;
  return group->check_transactional(generation, request.member_id, request.group_instance_id);
}

Granted<Groups::Committer> Groups::committer_of(const wire::TxnOffsetCommitRequest& request) const {
  Committer committer{.epoch = request.generation_id_or_member_epoch};
  if (const ConsumerGroup* consumers = find_consumer_group(request.group_id); consumers != nullptr) {
    const Granted<const ConsumerMember*> member = transactional_member(*consumers, request);
    if (!member) return refused(member.error());
    committer.consumer = *member;
    return committer;
  }
  if (const StreamsGroup* streams = streams_.find(request.group_id); streams != nullptr) {
    if (committer.epoch == -1 && request.member_id.empty() && !request.group_instance_id) return committer;
    const Granted<const StreamsMember*> member =
        streams_.committing_member(*streams, request.member_id, committer.epoch);
    if (!member) return refused(member.error());
    committer.streams = streams;
    committer.streams_member = *member;
    return committer;
  }
  if (const ErrorCode error = check_transactional(request); error != ErrorCode::none)
    return refused(Refusal{error, {}});
  return committer;
}

PendingCommit Groups::commit_transactional(const GroupStep& step, const wire::TxnOffsetCommitRequest& request) {
  PendingCommit commit{.group = std::string(request.group_id), .producer_id = request.producer_id};
  const Granted<Committer> committer = committer_of(request);
  if (!committer) {
    commit.answer.error = committer.error().code;
    return commit;
  }
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) {
      const std::string_view metadata = partition.committed_metadata.value_or("");
      if (metadata.size() > step.options.offset_metadata_bytes_max) {
        commit.answer.partitions.push_back(ErrorCode::offset_metadata_too_large);
        continue;
      }
      const ErrorCode may = may_commit(*committer, topic.name, topic.topic_id, partition.partition_index);
      if (may != ErrorCode::none) {
        commit.answer.partitions.push_back(may);
        continue;
      }
      CommittedOffset offset;
      offset.offset = partition.committed_offset;
      offset.leader_epoch = partition.committed_leader_epoch;
      offset.metadata = metadata;
      offset.committed = step.wall;
      offset.topic_id = topic.topic_id;
      offset.order = next_order_++;
      Result<CoordinatorRecord> record =
          offset_record(request.group_id, topic.name, partition.partition_index, offset);
      if (!record || record->size() > step.options.record_bytes_max) {
        commit.answer.partitions.push_back(ErrorCode::invalid_commit_offset_size);
        continue;
      }
      commit.answer.partitions.push_back(ErrorCode::none);
      commit.records.push_back(std::move(*record));
      commit.offsets.push_back({std::string(topic.name), partition.partition_index, std::move(offset)});
    }
  return commit;
}

void Groups::add_pending(WallTime now, PendingCommit commit) {
  if (!exists(commit.group)) create(commit.group, now);
  for (PendingOffset& pending : commit.offsets)
    offsets_.put_pending(commit.producer_id, commit.group, pending.topic, pending.partition,
                         std::move(pending.offset));
}

}  // namespace sluice
