#include "coordinator/group_coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/java_hash.h"
#include "coordinator/group_partition.h"
#include "coordinator/internal_topics.h"

namespace sluice {

GroupCoordinator::GroupCoordinator(Loop& loop, SharePersister& persister, GroupOptions options,
                                   CoordinatorRuntimeOptions runtime_options)
    : loop_(loop),
      persister_(persister),
      options_(std::make_shared<GroupOptions>(options)),
      runtime_options_(runtime_options),
      tasks_(loop) {}

void GroupCoordinator::load(PartitionIndex partition, std::int32_t partition_count,
                            std::unique_ptr<CoordinatorLog> log) {
  SLUICE_ASSERT(partition_count > 0 && !partitions_.contains(partition));
  partition_count_ = partition_count;
  const auto loading = std::make_shared<GroupPartition>(loop_, fmt::format("{}-{}", kGroupTopic, partition.value),
                                                        std::move(log), options_, runtime_options_, persister_);
  partitions_.emplace(partition, loading);
  loading->set_cluster(cluster_, {});
  loading->start();
  if (tasks_.size() == 0) tasks_.start(expire_offsets());
}

Task<void> GroupCoordinator::unload(PartitionIndex partition) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) co_return;
  const Partition unloaded = std::move(found->second);
  partitions_.erase(found);
  co_await unloaded->close();
}

Task<void> GroupCoordinator::close() {
  tasks_.stop();
  while (!partitions_.empty()) {
    const PartitionIndex first = partitions_.begin()->first;
    co_await unload(first);
  }
  co_await tasks_.close();
}

GroupCoordinator::Partition GroupCoordinator::partition_of(std::string_view group) const {
  if (partition_count_ == 0) return nullptr;
  const auto found = partitions_.find(PartitionIndex{partition_for_id(group, partition_count_)});
  return found == partitions_.end() ? nullptr : found->second;
}

Task<JoinAnswer> GroupCoordinator::join(const wire::JoinGroupRequest& request, GroupClient client) {
  if (request.group_id.empty()) co_return JoinAnswer::failed(ErrorCode::invalid_group_id, request.member_id);
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return JoinAnswer::failed(ErrorCode::not_coordinator, request.member_id);
  co_return co_await partition->join(request, client);
}

Task<SyncAnswer> GroupCoordinator::sync(const wire::SyncGroupRequest& request) {
  if (request.group_id.empty()) co_return SyncAnswer::failed(ErrorCode::invalid_group_id);
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return SyncAnswer::failed(ErrorCode::not_coordinator);
  co_return co_await partition->sync(request);
}

ErrorCode GroupCoordinator::heartbeat(const wire::HeartbeatRequest& request) {
  if (request.group_id.empty()) return ErrorCode::invalid_group_id;
  const Partition partition = partition_of(request.group_id);
  return partition ? partition->heartbeat(request) : ErrorCode::not_coordinator;
}

Task<LeaveAnswer> GroupCoordinator::leave(const wire::LeaveGroupRequest& request, GroupClient client) {
  if (request.group_id.empty()) co_return LeaveAnswer{ErrorCode::invalid_group_id, {}};
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return LeaveAnswer{ErrorCode::not_coordinator, {}};
  co_return co_await partition->leave(request, client);
}

Task<ConsumerHeartbeatAnswer> GroupCoordinator::consumer_heartbeat(
    const wire::ConsumerGroupHeartbeatRequest& request, GroupClient client) {
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return ConsumerHeartbeatAnswer::failed({ErrorCode::not_coordinator, {}});
  co_return co_await partition->consumer_heartbeat(request, client);
}

Task<ConsumerHeartbeatAnswer> GroupCoordinator::share_heartbeat(const wire::ShareGroupHeartbeatRequest& request,
                                                                GroupClient client) {
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return ConsumerHeartbeatAnswer::failed({ErrorCode::not_coordinator, {}});
  co_return co_await partition->share_heartbeat(request, client);
}

Task<DescribedConsumerGroup> GroupCoordinator::describe_share_group(std::string_view group) {
  const Partition partition = partition_of(group);
  if (!partition) co_return DescribedConsumerGroup::failed(ErrorCode::not_coordinator, group);
  co_return co_await partition->describe_share_group(group);
}

Task<PartitionsAnswer> GroupCoordinator::share_partitions(std::string_view group) {
  const Partition partition = partition_of(group);
  if (!partition) co_return PartitionsAnswer{ErrorCode::not_coordinator, {}};
  co_return co_await partition->share_partitions(group);
}

Task<AlteredShareOffsets> GroupCoordinator::alter_share_offsets(std::string_view group,
                                                                const ShareStarts& starts) {
  const Partition partition = partition_of(group);
  if (!partition) co_return AlteredShareOffsets::failed({ErrorCode::not_coordinator, {}});
  co_return co_await partition->alter_share_offsets(group, starts);
}

Task<DeletedShareOffsets> GroupCoordinator::delete_share_offsets(std::string_view group,
                                                                 const std::set<Uuid>& topics) {
  const Partition partition = partition_of(group);
  if (!partition) co_return DeletedShareOffsets::failed({ErrorCode::not_coordinator, {}});
  co_return co_await partition->delete_share_offsets(group, topics);
}

Task<StreamsHeartbeatAnswer> GroupCoordinator::streams_heartbeat(const wire::StreamsGroupHeartbeatRequest& request,
                                                                 GroupClient client) {
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return StreamsHeartbeatAnswer::failed({ErrorCode::not_coordinator, {}});
  co_return co_await partition->streams_heartbeat(request, client);
}

Task<DescribedStreamsGroup> GroupCoordinator::describe_streams_group(std::string_view group) {
  const Partition partition = partition_of(group);
  if (!partition) co_return DescribedStreamsGroup::failed(ErrorCode::not_coordinator, group);
  co_return co_await partition->describe_streams_group(group);
}

Granted<void> GroupCoordinator::take_topology_description(
    const wire::StreamsGroupTopologyDescriptionUpdateRequest& request) {
  const Partition partition = partition_of(request.group_id);
  if (!partition) return refused({ErrorCode::not_coordinator, {}});
  return partition->take_topology_description(request);
}

Task<DescribedConsumerGroup> GroupCoordinator::describe_consumer_group(std::string_view group) {
  const Partition partition = partition_of(group);
  if (!partition) co_return DescribedConsumerGroup::failed(ErrorCode::not_coordinator, group);
  co_return co_await partition->describe_consumer_group(group);
}

Task<OffsetsAnswer> GroupCoordinator::commit(const wire::OffsetCommitRequest& request, GroupClient client) {
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return OffsetsAnswer{ErrorCode::not_coordinator, {}};
  co_return co_await partition->commit(request, client);
}

Task<OffsetsAnswer> GroupCoordinator::commit_transactional(const wire::TxnOffsetCommitRequest& request,
                                                           bool epoch_bump, TransactionCheck check) {
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return OffsetsAnswer{ErrorCode::not_coordinator, {}};
  co_return co_await partition->commit_transactional(request, epoch_bump, std::move(check));
}

Task<ErrorCode> GroupCoordinator::write_marker(PartitionIndex index, TransactionMarker marker) {
  const auto found = partitions_.find(index);
  if (found == partitions_.end()) co_return ErrorCode::not_coordinator;
  const Partition partition = found->second;
  co_return co_await partition->write_marker(marker);
}

Task<FetchAnswer> GroupCoordinator::fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request,
                                          bool require_stable) {
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return FetchAnswer{ErrorCode::not_coordinator, {}};
  co_return co_await partition->fetch(request, require_stable);
}

Task<OffsetsAnswer> GroupCoordinator::delete_offsets(const wire::OffsetDeleteRequest& request) {
  if (request.group_id.empty()) co_return OffsetsAnswer{ErrorCode::invalid_group_id, {}};
  const Partition partition = partition_of(request.group_id);
  if (!partition) co_return OffsetsAnswer{ErrorCode::not_coordinator, {}};
  co_return co_await partition->delete_offsets(request);
}

Task<ErrorCode> GroupCoordinator::delete_group(std::string_view group) {
  const Partition partition = partition_of(group);
  if (!partition) co_return ErrorCode::not_coordinator;
  co_return co_await partition->delete_group(group);
}

Task<DescribedGroup> GroupCoordinator::describe(std::string_view group) {
  const Partition partition = partition_of(group);
  if (!partition) co_return DescribedGroup::failed(ErrorCode::not_coordinator, group);
  co_return co_await partition->describe(group);
}

Task<ListAnswer> GroupCoordinator::list() {
  ListAnswer all;
  const std::map<PartitionIndex, Partition> partitions = partitions_;  // They may change while one is waited for.
  for (const auto& [index, partition] : partitions) {
    ListAnswer listed = co_await partition->list();
    // What has gone elsewhere is told there.
    if (listed.error == ErrorCode::not_coordinator) continue;
    if (listed.error != ErrorCode::none) co_return listed;
    std::ranges::move(listed.groups, std::back_inserter(all.groups));
  }
  co_return all;
}

void GroupCoordinator::set_buffer_bytes_max(std::size_t bytes) {
  runtime_options_.buffer_bytes_max = bytes;
  for (const auto& [index, partition] : partitions_) partition->set_buffer_bytes_max(bytes);
}

void GroupCoordinator::set_cluster(GroupCluster cluster, const GroupClusterChange& change) {
  for (const auto& [index, partition] : partitions_) partition->set_cluster(cluster, change);
  cluster_ = std::move(cluster);
}

void GroupCoordinator::forget_topics(const std::vector<std::string>& topics) {
  for (const auto& [index, partition] : partitions_) partition->forget_topics(topics);
}

Task<void> GroupCoordinator::expire_offsets() {
  while (!tasks_.stopping()) {
    const bool stopped = co_await tasks_.sleep_until(loop_.now() + options_->offsets_retention_check_interval);
    if (stopped) co_return;
    for (const auto& [index, partition] : partitions_) partition->expire_offsets();
  }
}

}  // namespace sluice
